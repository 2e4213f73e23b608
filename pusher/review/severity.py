"""What a warning's title says of its level, and of the earlier warning that it continues or ends. Pure."""

import re
from dataclasses import dataclass

from pusher.review.phrases import plain
from subscribers.topic import Severity

COLOURS = {"红": Severity.RED, "橙": Severity.ORANGE, "黄": Severity.YELLOW, "蓝": Severity.BLUE}
#: As templates print it.
LEVEL_NAMES = {Severity.RED: "红色", Severity.ORANGE: "橙色", Severity.YELLOW: "黄色", Severity.BLUE: "蓝色"}
#: 12379 headlines end in "/III/较重"; the roman number and the word say the same.
_RANKS = {
    **dict.fromkeys(("I", "1", "特别重大", "特别严重", "一"), Severity.RED),
    **dict.fromkeys(("II", "2", "重大", "严重", "二"), Severity.ORANGE),
    **dict.fromkeys(("III", "3", "较大", "较重", "三"), Severity.YELLOW),
    **dict.fromkeys(("IV", "4", "一般", "四"), Severity.BLUE),
}
#: "红色旅游" and "蓝色海湾" tell no level.
_NO_LEVEL = (
    r"旅游|文化|教育|基因|革命|资源|景区|景点|基地|经典|故事|研学|遗址|根据地|家园|主题|传承|之旅|线路|阵地|精神|记忆|党建"
    r"|电影|歌曲|文旅|文物|海湾|经济|港湾|粮仓|天空|国土|网站|书刊"
)
_COLOUR = re.compile(rf"([红橙黄蓝])(?:色(?!{_NO_LEVEL})|(?=预警))|(?<=[为至])([红橙黄蓝])(?!色)")
_RANK = re.compile(
    r"/(IV|I{1,3}|[1-4])/|/(特别重大|特别严重|重大|严重|较大|较重|一般)$"
    r"|(?<![\dA-Za-z])(IV|I{1,3}|[一二三四])级[^应急响应]{0,6}预警"
)
#: A title in which one of these stands, or that ends in 预警, speaks of a warning in force …
_CURRENT = re.compile(
    r"发布|继续|更新|升级|降级|变更|调整|升为|降为|解除|终止|结束|取消|撤销|误发|更正|生效|维持|启动|等级为"
    r"|预警(?:信号)?(?:[(\[/][^()\[\]]{1,12}[)\]]?)?$"
)
#: … but papers about warnings, and warnings of other things, are none. What is said after the warning is no matter of
#: it: "发布暴雨红色预警，请做好停课方案".
_PAPER = re.compile(
    r"预案|办法|清单|指引|指南|方案|规定|条例|标准|演练|培训|会议|工作的|管理|制度|失业|就业|价格|信用|产能|消费|债务|学业"
)
_TEACHES = re.compile(r"解读|常识|科普|图解|什么|哪些|怎么|一览")
#: The warning and all before it: up to a mark that ends its clause.
_TOLD = re.compile(r".*?预警[^,，.。:：;；!！?？]*")
#: Offices that manage something: their names say nothing of a paper.
_OFFICE = re.compile(r"管理(?=[\u4e00-\u9fff]{0,8}?(?:[局部厅委处所站办]|中心)[^预]*预警)")
_MARK = r",，.。:：;；!！?？"
#: The end must be the warning's own: a red one for which all classes are called off (取消) is in force.
_ENDS = re.compile(
    rf"(?:解除|终止|结束|取消|撤销)(?:(?!应对|防范|迎战|发布|因)[^{_MARK}]){{0,30}}预警"
    rf"|预警[^{_MARK}]{{0,20}}解除"
    rf"|预警(?:信号)?[{_MARK}]?(?:现|现已|现予|已|已经|予以)解除"
    r"|预警(?:信号)?(?:现|现已|现予|已|已经|予以)?(?:终止|结束|取消|撤销)(?=$|[^\u4e00-\u9fff]|了|的|后|通知|公告|通告|信息|情况)"
)
_WRONG = re.compile(r"误发|更正|撤销|勘误")
_CONTINUES = re.compile(r"继续发布|更新|升级|降级|变更|调整|升为|降为|升至|降至|维持")
_OPENS, _CLOSES = r"[\[(【〔〈]", r"[\])】〕〉]"
#: A notice of a drill that people will hear is no part of it ("防空警报试鸣(演练)的公告"); a "(测试员)" tests nothing.
_DRILL = re.compile(
    rf"{_OPENS}(?:(演练|演习)(?![^\])】〕〉]*{_CLOSES}的)|(测试|试验)(?=[用版稿,，.。]|消息|信息|专用|请|勿|{_CLOSES}))"
)
#: In the title of a warning other words may stand before it: "【防汛应急演练】".
_DRILLED = re.compile(rf"{_OPENS}[^\[\](){{}}【】〔〕〈〉]{{0,8}}(演练|演习|测试|试验)")


@dataclass(frozen=True, slots=True)
class WarningTitle:
    """A title that announces a warning in force, or its end."""

    severity: Severity
    #: "" for a first warning, "更新", "更正" or "解除" where it follows an earlier one.
    follows: str
    #: "" for live, else "演练" or "测试".
    drill: str


def read_warning(title: str) -> WarningTitle | None:
    """What the title of a warning says; None for anything that is not one (a plan, a guide, a report about warnings).

    "…由黄色升级为橙色" has the later level; an ending has the level of what it ends.
    """
    text = plain(title)
    severity = _severity(text)
    if severity is None or "预警" not in text or not _CURRENT.search(text) or _is_paper(_DRILLED.sub("", text)):
        return None
    return WarningTitle(severity, _follows(text), _drill(text, _DRILLED))


def drill_of(title: str) -> str:
    """ "演练" or "测试" where the title begins or ends with that word in brackets; "" for live."""
    return _drill(plain(title), _DRILL)


def _severity(text: str) -> Severity | None:
    colours = [found.group(1) or found.group(2) for found in _COLOUR.finditer(text)]
    if colours:
        return COLOURS[colours[0 if _ENDS.search(text) else -1]]
    rank = _RANK.search(text)
    return _RANKS[next(filter(None, rank.groups()))] if rank else None


def _follows(text: str) -> str:
    for pattern, word in ((_WRONG, "更正"), (_ENDS, "解除"), (_CONTINUES, "更新")):
        if pattern.search(text):
            return word
    return ""


def _is_paper(text: str) -> bool:
    told = _TOLD.match(text)
    return bool(_TEACHES.search(text) or _PAPER.search(_OFFICE.sub("", told.group() if told else text)))


def _drill(text: str, sought: re.Pattern[str]) -> str:
    found = sought.search(text)
    return "" if found is None else "测试" if {"测试", "试验"}.intersection(found.groups()) else "演练"
