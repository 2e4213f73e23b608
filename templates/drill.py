"""The mark of drills and tests, put first in everything, whatever a template says. Pure."""

from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser

from typing_extensions import override

from templates.fields import first_free

_STYLE = "margin:0;padding:12px 16px;background:#fff3bf;color:#1a1a1a;font-size:18px;font-weight:bold;line-height:1.5"


def mark(drill: str) -> str:
    """What is printed for the drill status "演练" or "测试"."""
    return f"【{drill}】"


def drill_in(text: str) -> str:
    """The drill status whose mark stands first in `text`; "" for live."""
    return next((drill for drill in ("演练", "测试") if text.startswith(mark(drill))), "")


def marked(text: str, drill: str) -> str:
    """`text` with the mark first, once."""
    return text if text.startswith(mark(drill)) else f"{mark(drill)}{text}"


def marked_html(html: str, drill: str) -> str:
    """A page, or a fragment, with a heading of its own before everything else that is seen."""
    place = _body_start(html)
    heading = f'<p style="{_STYLE}">{escape(mark(drill))}这是{escape(drill)}，不是真实情况，请勿惊慌，请勿转发。</p>\n'
    return f"{html[:place]}{heading}{html[place:]}"


def marked_fields(fields: Mapping[str, str], drill: str) -> dict[str, str]:
    """The fields with the mark first in the first one of free text. Raises ValueError if there is none."""
    if not fields:
        return {}
    first = first_free(fields)
    return {name: marked(value, drill) if name == first else value for name, value in fields.items()}


class _Body(HTMLParser):
    """Finds where the body of a page begins, past comments and styles that only look like it."""

    #: Line from 1 and column of the tag, and its length.
    place: tuple[int, int, int] | None = None

    @override
    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "body" and self.place is None:
            self.place = (*self.getpos(), len(self.get_starttag_text() or ""))


def _body_start(html: str) -> int:
    """Index behind the tag `<body …>`; 0 where there is none."""
    parser = _Body()
    parser.feed(html)
    if parser.place is None:
        return 0
    line, column, length = parser.place
    return sum(map(len, html.split("\n")[: line - 1])) + line - 1 + column + length
