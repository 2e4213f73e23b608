"""Labelled values as pages show them: "索 引 号：…", "来源：…", a cell 发布机构 beside its value. Pure."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum


class Label(StrEnum):
    """What a label announces."""

    INDEX_NUMBER = "index_number"
    DOCUMENT_NUMBER = "document_number"
    PUBLISHER = "publisher"
    SOURCE = "source"
    PUBLISHED = "published"
    WRITTEN = "written"
    TITLE = "title"
    OTHER = "other"


_WORDS: Mapping[Label, str] = {
    Label.INDEX_NUMBER: "索引号 索引编号 信息索引号 信息索引",
    Label.DOCUMENT_NUMBER: "文号 发文字号 文件编号 文件号 发文号 公文编号 发文文号",
    Label.PUBLISHER: "发布机构 发文机关 发文机构 发文单位 发文部门 发布单位 发布部门 制发机关 发布机关 公开责任部门 "
    "公开部门 责任部门 责任单位 公开机构 信息公开部门 成文机关 制定机关 印发单位 印发机关",
    Label.SOURCE: "来源 信息来源 文章来源 稿件来源 新闻来源 稿源 供稿单位 供稿 来源单位 发布来源 消息来源 "
    "文章出处 出处",
    Label.PUBLISHED: "发布日期 发布时间 公开日期 公开时间 发文日期 发文时间 发表时间 发表日期 发稿时间 公布日期 "
    "公布时间 信息时间 录入时间 更新时间 更新日期 上传时间 印发日期 添加时间 信息发布日期 发布于 时间 日期",
    Label.WRITTEN: "成文日期 生成日期 成文时间 生成时间 实施日期 施行日期 生效日期 失效日期 废止日期 截止日期 "
    "截止时间 报名时间 开标时间",
    Label.TITLE: "名称 标题 信息名称 文件名称 文件标题 公文名称",
    Label.OTHER: "浏览 浏览量 浏览次数 点击 点击数 点击量 点击率 点击次数 阅读 阅读量 阅读数 阅读次数 访问量 访问次数 "
    "人气 字体 字号 字体大小 视力保护色 保护视力色 作者 作者单位 编辑 责任编辑 责编 审核 审核人 初审 复审 终审 打印 "
    "分享 分享到 关键字 关键词 主题词 主题分类 分类 体裁 体裁分类 服务对象 公开方式 公开形式 公开范围 公开类别 "
    "公开程序 有效性 效力状态 文件状态 内容概述 内容概要 内容摘要 摘要 信息类别 信息分类 组配分类 统一编号 "
    "公文种类 文件类型 栏目 所属栏目 概述 下载 序号 语种",
}
_OF_WORD = {word: label for label, words in _WORDS.items() for word in words.split()}
_ANY = "|".join(r"\s*".join(word) for word in sorted(_OF_WORD, key=len, reverse=True))
_WITH_COLON = re.compile(rf"(?<![\u4e00-\u9fff])(?P<word>{_ANY})\s*[】\]]?\s*[:：]")
_ALONE = re.compile(rf"[【\[]?\s*(?P<word>{_ANY})\s*[】\]]?\s*")
_EDGES = " \t|｜【】[]()（）丨,，;；-—>*"


def labelled(texts: Iterable[str]) -> Mapping[Label, str]:
    """The first non-empty value of each label; `texts` are the page's pieces of text in order, folded.

    A value stands behind its label in the same piece, or is the next piece.
    """
    found: dict[Label, str] = {}
    waiting: Label | None = None
    for text in texts:
        alone = _ALONE.fullmatch(text)
        cuts = [] if alone else list(_WITH_COLON.finditer(text))
        if waiting and not alone and (not cuts or cuts[0].start() > 0):
            _keep(found, waiting, text[: cuts[0].start()] if cuts else text)
        waiting = None
        if alone:
            waiting = _label(alone["word"])
        ends = [*(cut.start() for cut in cuts[1:]), len(text)]
        for cut, end in zip(cuts, ends[: len(cuts)], strict=True):
            label, value = _label(cut["word"]), text[cut.end() : end]
            _keep(found, label, value)
            waiting = None if value.strip(_EDGES) else label
    return found


def label_of(text: str) -> Label | None:
    """What the head of a column announces ("发文日期"); None if it is no label."""
    match = _ALONE.fullmatch(text.rstrip(":： "))
    return _label(match["word"]) if match else None


def is_labelled(text: str) -> bool:
    """Whether a piece of text begins with a label."""
    return bool(_WITH_COLON.match(text))


def _label(word: str) -> Label:
    return _OF_WORD[re.sub(r"\s", "", word)]


def _keep(found: dict[Label, str], label: Label, value: str) -> None:
    trimmed = value.strip(_EDGES)
    if trimmed and label not in found:
        found[label] = trimmed
