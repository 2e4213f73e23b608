"""The phrases that every channel shares: headline, statement and facts of a notice. Pure.

They follow what Chinese warnings look like (单位 + 时间 + 发布 + 类型颜色 + 预警: …) and what 突发事件应对法 Art. 64 asks of
them: 预警类别、级别、起始时间、可能影响的范围、警示事项、应当采取的措施、发布单位和发布时间.
"""

from templates.filters import cut, date
from templates.notice import Notice
from templates.plain import fold

#: Beginning of a notice without a summary, in UTF-16 units: enough to decide whether to open it.
_EXCERPT = 300


def headline(notice: Notice) -> str:
    """One line that says who says what ("区气象台解除暴雨红色预警"); never cut."""
    if notice.event:
        return f"{notice.issuer}{_act(notice)}{_warning(notice)}"
    return f"{notice.follows}：{notice.title}" if notice.follows else notice.title


def statement(notice: Notice) -> str:
    """What it says, in one line: the summary or the beginning of the body, "" if there is neither; warnings uncut.

    A warning's begins with 单位、时间 and 类型颜色, unless its own text does so already.
    """
    said = fold(notice.summary or notice.body)
    if not is_warning(notice):
        return cut(said, _EXCERPT)
    begins_itself = bool(notice.issuer) and said.startswith(notice.issuer)
    return said if begins_itself else "：".join(filter(None, (_opening(notice), said)))


def facts(notice: Notice) -> list[tuple[str, str]]:
    """Labels and values in the order to print them; what is unknown is left out."""
    if is_warning(notice):
        pairs = [
            ("预警类别", notice.event),
            ("预警级别", notice.level),
            ("起始时间", date(notice.starts, "minute")),
            ("影响范围", "、".join(notice.areas)),
        ]
    else:
        pairs = [("涉及地区", "、".join(notice.areas))]
    pairs += [("发布单位", notice.issuer), ("发布时间", published(notice))]
    return [(label, value) for label, value in pairs if value]


def published(notice: Notice) -> str:
    """When it was published, to the minute for a warning and to the day for a notice; "" if unknown."""
    return date(notice.published, "minute" if is_warning(notice) else "day")


def is_warning(notice: Notice) -> bool:
    """Whether it warns, rather than informs."""
    return bool(notice.level or notice.event)


def _opening(notice: Notice) -> str:
    if notice.event:
        return f"{notice.issuer}{published(notice)}{_act(notice)}{_warning(notice)}"
    return f"{notice.issuer}{published(notice)}{_act(notice)}“{notice.title}”"


def _act(notice: Notice) -> str:
    return notice.follows or "发布"


def _warning(notice: Notice) -> str:
    return f"{notice.event}{notice.level}预警"
