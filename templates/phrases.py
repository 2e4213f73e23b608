"""The phrases that every channel shares: headline, statement and facts of a notice. Pure.

They follow what Chinese warnings look like (单位 + 时间 + 发布 + 类型颜色 + 预警: …) and what
突发事件应对法 Art. 64 asks: 预警类别、级别、起始时间、可能影响的范围、警示事项、应当采取的措施、发布单位和发布时间.
"""

from templates.filters import cut, date
from templates.notice import Notice
from templates.plain import fold

#: Beginning of a notice without a summary, in UTF-16 units: enough to decide whether to open it.
_EXCERPT = 300
#: Most of a summary in a digest, in UTF-16 units.
_ENTRY = 120
#: A warning up to this length is told in its own words, not in those of a summary.
_WARNING = 400
#: Most of a body that is printed in a message; our page has the rest.
_BODY = 1500
#: Most of a body that is printed on our page: a book of a hundred pages is an attachment.
_PAGE = 60_000

_STATES = {"解除": "已解除", "撤回": "已撤回", "更正": "（更正）", "更新": "（更新）"}


def headline(notice: Notice) -> str:
    """One line that says who says what ("区气象台解除暴雨红色预警"); never cut, never without something to read."""
    if notice.event and "误发" in notice.title:
        # That there was no danger is the one thing to be read.
        return notice.title
    if notice.event:
        return f"{notice.issuer}{_act(notice)}{_warning(notice)}"
    readable = any(map(str.isalnum, notice.title))
    title = notice.title if readable else f"{notice.issuer or '有关单位'}发布的信息"
    return f"{notice.follows}：{title}" if notice.follows not in title else title


def short(notice: Notice) -> str:
    """The headline for where the issuer stands beside it and few characters are left, without 单位 and 关于."""
    line = headline(notice)
    return line.removeprefix(notice.issuer).removeprefix("关于") or line


def badge(notice: Notice) -> str:
    """Type, level and standing of a warning in a word ("暴雨红色预警已解除"); "" for a notice."""
    change = _change(notice)
    state = f"（{change}）" if change else _STATES.get(notice.follows, "")
    return f"{_warning(notice)}{state}" if is_warning(notice) else ""


def statement(notice: Notice) -> str:
    """What it says, in one line: the summary or the beginning of the body, "" if there is neither.

    A warning's begins with 单位、时间 and 类型颜色, unless its own text does so already.
    """
    if not is_warning(notice):
        return cut(notice.summary or fold(notice.body), _EXCERPT)
    said = _said(notice)
    begins_itself = bool(notice.issuer) and said.startswith(notice.issuer) and notice.follows in said
    return said if begins_itself else "：".join(filter(None, (_opening(notice), said)))


def content(notice: Notice) -> str:
    """The paragraphs to print in a message; "" where the statement of a warning says it all."""
    return cut(whole(notice), _BODY)


def whole(notice: Notice) -> str:
    """The same for our own page, which may be the only place to read all of it."""
    if is_warning(notice):
        return "" if _said(notice) == fold(notice.body) else cut(notice.body, _PAGE)
    return cut(notice.body, _PAGE) or notice.summary or ("正文见附件。" if notice.attachments else "")


def attachments(notice: Notice) -> list[tuple[str, str]]:
    """Names and addresses to print; an attachment without a name is numbered."""
    return [(name or f"附件{number}", address) for number, (name, address) in enumerate(notice.attachments, 1)]


def entries(notice: Notice, most: int) -> list[tuple[str, str, str, str]]:
    """What a digest tells, as (domain, title, about, address); the domain only where a new one begins.

    `about`: issuer and day in one line, then the beginning of the summary.
    """
    lines = []
    before = None
    for entry in notice.entries[:most]:
        where = "，".join(filter(None, (entry.issuer, date(entry.published, "day"))))
        about = "：".join(filter(None, (where, cut(entry.summary, _ENTRY) if entry.summary else "")))
        lines.append(("" if entry.domain == before else entry.domain or "其他", entry.title, about, entry.url))
        before = entry.domain
    return lines


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


def _said(notice: Notice) -> str:
    body = fold(notice.body)
    return body if body and len(body) <= _WARNING else notice.summary or cut(body, _WARNING)


def _opening(notice: Notice) -> str:
    if notice.event:
        return f"{notice.issuer}{published(notice)}{_act(notice)}{_warning(notice)}"
    title = headline(notice)
    if notice.issuer and title.startswith(notice.issuer):
        return "，".join(filter(None, (published(notice), title)))
    return f"{notice.issuer}{published(notice)}发布“{title}”"


def _act(notice: Notice) -> str:
    change = _change(notice)
    return f"{change}发布" if change else notice.follows or "发布"


def _change(notice: Notice) -> str:
    """Whether it grows worse or better: the first thing to know, and known by the title that its issuer gave."""
    is_update = notice.follows == "更新"
    return next((change for change in ("升级", "降级") if change in notice.title), "") if is_update else ""


def _warning(notice: Notice) -> str:
    return f"{notice.event}{notice.level}预警"
