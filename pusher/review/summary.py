"""The first sentences of a body that say something. Pure."""

import re
from collections.abc import Iterator

#: Characters that a summary may have.
LONGEST = 120
#: Sentences that it may have.
MOST_SENTENCES = 3
_SENTENCE = re.compile(r"[^。!?！？]*[。!?！？]+[”’」』))]*|[^。!?！？]+$")
#: "各街道办事处，区政府有关部门：" and "尊敬的居民朋友：".
_SALUTATION = re.compile(r"^[^。]{1,120}[::：]$")
#: What pages print around the text.
_FURNITURE = re.compile(
    r"^(?:首页|当前位置|您现在的位置|您当前的位置|索\s*引\s*号|文\s*号|发文字号|发布(?:机构|日期|时间)|发文(?:机关|日期)|成文日期|生成日期|公开日期|来源|信息来源"
    r"|作者|责任编辑|编辑|审核|浏览次数|阅读|点击|字体|分享|打印|关闭|附件|主题(?:词|分类)|有效性|名称|分类|责任部门|扫一扫|上一篇|下一篇|相关链接)"
)
_DOCUMENT_NUMBER = re.compile(r"^\S{1,20}[〔\[【((]\d{4}[〕\]】))]\s*(?:第)?\d+号$")
#: Sentences that every notice has.
_EMPTY_WORDS = re.compile(
    r"印发给你们|请(?:认真|遵照|结合实际|抓好|严格)[^。]{0,20}(?:执行|落实|实施)|^特此|^现(?:将|予)?[^。]{0,30}(?:予以公示|公示如下|公告如下|通知如下|公布如下|通告如下|发布如下)"
    r"|^根据[^。]{0,80}(?:公示|公告|通知|通告|公布)如下|如有异议|遇到?(?:的)?问题|发现问题|欢迎监督|^(?:附件|联系人|联系电话|监督电话|公示期|公示时间)"
)
_IS_WHOLE = re.compile(r"[。!?！？][”’」』))]*$")
_SITE = re.compile(r"门户网站.{0,12}(?:网址|http)|网站(?:主办|承办|标识码)|版权所有|备案号")
_PAUSE = re.compile(r"[,;，；、]")


def summary_of(body: str, title: str) -> str:
    """One to three whole sentences of `body`, at most 120 characters; a first sentence that is longer is cut with "…".

    Salutations, headings, page furniture, the title itself and the set phrases of notices are passed over; a line
    without a full stop counts where nothing else stands; "" if nothing is left.
    """
    lines = list(_sentences(body, title))
    whole = [sentence for sentence in lines if _IS_WHOLE.search(sentence)] or lines[:1]
    chosen: list[str] = []
    for sentence in whole[:MOST_SENTENCES]:
        if len("".join(chosen)) + len(sentence) > LONGEST:
            break
        chosen.append(sentence)
    return "".join(chosen) or _cut(next(iter(whole), ""))


def is_about_the_site(summary: str) -> bool:
    """Whether a page's own description speaks of the web site and not of what is published on the page."""
    return bool(_SITE.search(summary))


def _sentences(body: str, title: str) -> Iterator[str]:
    for line in body.splitlines():
        text = " ".join(line.split())
        if not text or _is_furniture(text, title):
            continue
        for found in _SENTENCE.finditer(text):
            sentence = found.group().strip()
            if sentence and not _EMPTY_WORDS.search(sentence):
                yield sentence


def _is_furniture(line: str, title: str) -> bool:
    return (
        line == " ".join(title.split())
        or bool(_SALUTATION.match(line) or _FURNITURE.match(line) or _DOCUMENT_NUMBER.match(line))
        or not re.search(r"[\u4e00-\u9fffA-Za-z]{2}", line)
    )


def _cut(sentence: str) -> str:
    if len(sentence) <= LONGEST:
        return sentence
    pauses = [found.start() for found in _PAUSE.finditer(sentence, 0, LONGEST - 1)]
    return sentence[: pauses[-1] if pauses and pauses[-1] > LONGEST // 2 else LONGEST - 1] + "…"
