"""Whether what somebody wrote answers a roll-call. Pure.

It must be forgiving: a warden in a storm writes "收到", "到", "1" or "已转移23人". And it must not take for an answer
what is none: "没收到", "谁啊？" or a telephone that answers by itself close no call, for silence is never consent. What
is not recognised costs one more call; what is recognised wrongly may cost a village its warning.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

from channels.stop_words import bare
from pusher.warnings.roll_call.machine import is_away, is_machines

#: Under which name the words of a reply are kept beside the answers to questions.
REPLY = "回复"
#: Longer texts are letters, or a machine's.
_LONGEST = 500

#: These say it where they stand alone, between commas or blanks.
_WHOLE = re.compile(
    r"1+|到|在|好|行|是|嗯+|中|可以|知道|收|应到|应答|OK|OKAY|YES|Y|ROGER|SHOUDAO|SD|👌|👍|✅|\[?(?:OK|强|好的|握手|抱拳)\]?"
)
#: "No" to a question that asks whether; alone it answers nothing else.
_NO = frozenset({"N", "否"})
_WHETHER = "是否"
#: What people put before and after without meaning anything by it.
_BEFORE = re.compile(r"^(?:您好|你好|领导|报告|我们?|本人|咱们?|俺们?|这边|这里|村里|我村|本村|我处|都|均|已经?|全部)+")
_AFTER = re.compile(r"(?:了|的|呢|啦|吧|哦|噢|啊|呀|嘞|哈|滴|谢谢)+$")
#: These say it wherever they stand in a clause.
_ACKNOWLEDGED = re.compile(
    r"收到|收悉|知悉|知晓|获悉|知道了|明白|清楚|了解|已阅|已读|遵命|照办|立即执行|马上执行|坚决执行|"
    r"到岗|到位|在岗|在位|在现场|到达现场|赶到"
)
_DOING = re.compile(
    r"(?:已经?|均已|都已|全部|正在?|在|马上|立即|立刻|这就|现在|开始|继续|完成)(?:去|要|做好)?(?:了)?"
    r"(?:转移|撤离|撤|疏散|通知|传达|转告|告知|喊|劝|组织|安排|部署|落实|处置|处理|执行|行动|启动|排查|巡查|巡|检查|"
    r"到村|到场|到达|赶|出发|前往|上山|下村|入户|敲门|集合|待命|值班|值守|封|关|停|完毕|完成)"
)
_COUNTED = re.compile(r"[\d零一二三四五六七八九十百千两]+\s*(?:多|余|来)?\s*(?:人|户|个?村|个?自然村|名|处)")
#: With one of these in front, or behind it, the words say the contrary.
_NEGATED = re.compile(
    r"(?:还没有?|没有?|尚未|未能?|不能|无法|不|别|勿|从未)(?:是很?|太|会|要|能|去|在)?"
    r"(?:收到|收悉|知悉|知晓|知道|明白|清楚|了解|阅|读|执行|到岗|到位|在岗|在位|在现场|到达现场|到达|赶到|"
    r"转移|撤离|撤|疏散|通知|传达|转告|告知|组织|安排|落实|处置|处理|启动|完成|完毕)"
    r"|收到了?(?:您|你|贵)[^，。]{0,4}(?:邮件|来信|来函|来电|消息|信息|留言|短信|咨询|反馈|申请|请求|问题)|收到(?:没|否|不)"
)
_ASKED = re.compile(r"[?？吗么]|什么|谁|哪|怎么?|为啥|为何|几点|是不是|有没有|假的|骗")
_CLAUSES = re.compile(r"[，。；、,;:：!！~～.\s()（）【】“”\"'—…]+|(?<=[?？])")
_PAIRS = re.compile(r"[；;，,。\n]+")


def answers(text: str, questions: Sequence[str]) -> Mapping[str, str] | None:
    """What a text answers, by question, its words whole under `REPLY`; None if it is no answer.

    `questions` are those of the settings: "谁在指挥：王书记；是否转移：已转移23人" answers two of them.
    """
    words = text.strip()
    flat = unicodedata.normalize("NFKC", words).upper()
    if not flat or len(flat) > _LONGEST or is_machines(words):
        return None
    stated = dict(_stated(words, questions))
    if is_away(words) and not stated:
        # A telephone does not know the questions; whoever answers one by its name has read it.
        return None
    if says_no(words, questions):
        whether = [question for question in questions if _WHETHER in question]
        # Of several questions nobody knows which one is meant.
        return {REPLY: words, **(dict.fromkeys(whether, "否") if len(whether) == 1 else {})}
    if stated or any(map(_says_so, filter(None, _CLAUSES.split(flat)))):
        return {REPLY: words, **stated}
    return None


def says_no(text: str, questions: Sequence[str]) -> bool:
    """Whether a text is a bare "N" or "否", which answers a question that asks whether (是否…) if there is one."""
    return bare(text) in _NO and any(_WHETHER in question for question in questions)


def _says_so(clause: str) -> bool:
    if _ASKED.search(clause):
        return False
    left = _NEGATED.sub(" ", clause)
    if any(pattern.search(left) for pattern in (_ACKNOWLEDGED, _DOING, _COUNTED)):
        return True
    bare = _AFTER.sub("", _BEFORE.sub("", left) or left)
    return bool(_WHOLE.fullmatch(bare) or _WHOLE.fullmatch(left))


def _stated(text: str, questions: Sequence[str]) -> Iterator[tuple[str, str]]:
    for part in _PAIRS.split(text):
        for question in questions:
            named, _, answer = part.strip().partition(question)
            answer = answer.strip(" :：=?？是为")
            if not named and answer:
                yield question, answer
