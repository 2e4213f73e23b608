"""Facts of the site and the column that every government page carries in its head. Pure."""

import re

from pusher.watch.plain_text import line_of
from pusher.watch.tree import Document, texts
from subscribers.topic import area_code

#: Codes that sites keep after their area got another: 增城 became a district, 平潭 is no code of GB/T 2260.
_RENAMED = {"440183": "440118", "359000": "350128"}
_BREADCRUMB = re.compile(r"(?:当前|现在|所在|您的|你的)(?:的)?(?:所在)?的?位置")
_STEP = re.compile(r"\s*(?:>+|»|›|→|->|＞+|/|·)\s*")
_TOO_LONG = 30
_NO_COLUMNS = frozenset({"正文", "内容", "首页", "详情", "列表", "网站首页", "信息详情", "文章详情"})


def area_of(page: Document) -> str:
    """The area in the site's SiteIDCode (its first six digits), without trailing zeros; "" for ministries (bm…)."""
    match = re.match(r"\d{6}", page.meta("siteidcode"))
    return area_code(_RENAMED.get(match[0], match[0])) if match else ""


def column_of(page: Document, title: str = "") -> str:
    """ColumnName, else the last step of 当前位置 that is not the article's `title`; "" if the page says neither."""
    return page.meta("columnname", "lanmu") or _last_step(page, title)


def has_breadcrumb(page: Document) -> bool:
    """Whether the page says where in the site it stands: home pages do not."""
    return any("位置" in text and _BREADCRUMB.search(text[:200]) for text in texts(page.root))


def _last_step(page: Document, title: str) -> str:
    for element in page.root.iter("*"):
        own = f"{element.text or ''}{''.join(child.tail or '' for child in element)}"
        if "位置" in own and _BREADCRUMB.search(own[:200]) and isinstance(element.tag, str):
            line, outer = line_of(element), element.getparent()
            return _column(line_of(outer) if len(line) < 12 and outer is not None else line, title)
    return ""


def _column(line: str, title: str) -> str:
    """The last step of a breadcrumb that is short enough for a column and is not 正文."""
    steps = [step.strip(" :：") for step in _STEP.split(line)[1:]]
    fitting = [step for step in steps if 1 < len(step) <= _TOO_LONG and step not in _NO_COLUMNS and step not in title]
    return fitting[-1] if fitting else ""
