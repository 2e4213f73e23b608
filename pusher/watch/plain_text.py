"""Mark-up to plain text: one line of it (`fold`, `line_of`) or whole paragraphs (`paragraphs`). Pure; nothing recurses.

All text that comes from outside passes through `fold`: marks of slots, invisible and control characters end here.
"""

import html
import re
from collections.abc import Iterator
from typing import TypeAlias

import lxml.html
from lxml import etree

from channels.slots import strip_marks

Element: TypeAlias = etree._Element

#: More than this of one body is not kept: a yearbook, not a notice.
LONGEST_BODY = 300_000

#: Controls, zero-width and direction characters, half surrogates (no database takes them).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")
#: Elements whose text is no part of what readers read.
_UNSEEN = (
    "script style noscript template head title select option button input textarea iframe object embed svg canvas "
    "audio video map nav footer"
)
_UNSEEN_TAGS = frozenset(_UNSEEN.split())
#: Elements that stand in lines of their own.
_BLOCKS = (
    "address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure form h1 h2 "
    "h3 h4 h5 h6 header hr li main ol p pre section summary table tbody tfoot thead ul"
)
_BLOCK_TAGS = frozenset(_BLOCKS.split())
_CELLS = frozenset({"td", "th"})
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Parts of a page that are no part of its text: share bars, codes to scan, pagers, tools for reading and printing.
_TOOLS = re.compile(
    r"(?:^|[\s_-])(?:share|bdsharebuttonbox|bshare|qrcode|ewm|erweima|print|printer|crumbs?|breadcrumbs?|pager|"
    r"pagination|fontsize|setfont|toolbar|sxp|prenext|prevnext|related)(?:[\s_-]|\d|$)"
)


def fold(text: str) -> str:
    """One line of plain text: every run of white space one blank, nothing invisible, no marks of slots."""
    return " ".join(_INVISIBLE.sub("", strip_marks(text)).split())


def plain(text: str) -> str:
    """One line of plain text from a value that may hold mark-up or entities, as JSON lists and feeds have it."""
    bare = html.unescape(_TAG.sub("", text)) if "<" in text or "&" in text else text
    return fold(_TAG.sub("", bare) if "<" in bare else bare)


def paragraphs_of_markup(text: str) -> str:
    """Paragraphs of a value that may be mark-up or plain text with line breaks."""
    if _TAG.search(text):
        try:
            return paragraphs(lxml.html.fragment_fromstring(text, create_parent="div"))
        except (etree.LxmlError, ValueError):
            return plain(text)
    return _joined(re.split(r"\n\s*\n|\n(?=[\u3000\u00a0])", html.unescape(text).replace("\r\n", "\n")))


def line_of(element: Element) -> str:
    """All visible text of an element in one line."""
    return fold(re.sub(r"\s+", " ", "".join(_pieces(element))))


def paragraphs(element: Element) -> str:
    """The visible text of an element: paragraphs separated by one blank line, rows of tables as lines of "a | b"."""
    return _joined(re.split(r"\n\n+|\n *(?=[\u3000\u00a0])", re.sub(r" *\n *", "\n", "".join(_pieces(element)))))


def _joined(parts: list[str]) -> str:
    blocks = ("\n".join(line for line in map(_line, part.split("\n")) if line) for part in parts)
    return "\n\n".join(block for block in blocks if block)[:LONGEST_BODY]


def _line(text: str) -> str:
    return " | ".join(fold(cell) for cell in text.rstrip("\t ").split("\t")).strip(" |") if "\t" in text else fold(text)


def _pieces(element: Element) -> Iterator[str]:
    """Text and breaks in document order: "\\n\\n" around blocks, "\\n" for lines, "\\t" between cells of a row."""
    stack: list[Element | str] = [element]
    rows = 0
    while stack:
        node = stack.pop()
        if not isinstance(node, str):
            stack.extend(reversed(list(_parts(node))))
        elif node in {_ROW, _ROW_END}:
            yield "" if node == _ROW_END else " " if rows else "\n"
            rows += 1 if node == _ROW else -1
        else:
            yield " " if rows and node in {"\n", "\n\n"} else node


#: Around a row of a table whose cells become one line. The parser lets no such characters through.
_ROW, _ROW_END = "\x02", "\x03"


def _parts(element: Element) -> Iterator[Element | str]:
    """What an element consists of, its own breaks included."""
    before, after = _breaks(element)
    yield before
    if element.text:
        yield _spaced(element, element.text)
    for child in element:
        if isinstance(child.tag, str) and not is_unseen(child):
            yield child
        if child.tail:
            yield _spaced(element, child.tail)
    yield after


def _spaced(element: Element, text: str) -> str:
    """Breaks of the source are no breaks of the text, except in <pre>."""
    return text if element.tag == "pre" else re.sub(r"[ \t\r\n\f\v\x02\x03]+", " ", text)


def _breaks(element: Element) -> tuple[str, str]:
    if element.tag == "br":
        return "\n", ""
    if element.tag in _CELLS:
        return ("\t", "") if element.getprevious() is not None else ("", "")
    if element.tag == "tr":
        return (_ROW, _ROW_END) if _is_data(element) else ("\n\n", "\n\n")
    return ("\n\n", "\n\n") if element.tag in _BLOCK_TAGS else ("", "")


def _is_data(row: Element) -> bool:
    """Whether a row of a table has several filled cells; the others are there for the layout of the page."""
    cells = (cell for cell in row if cell.tag in _CELLS)
    return sum(1 for cell in cells if any(text.strip() for text in cell.itertext())) > 1


def is_unseen(element: Element) -> bool:
    """Whether readers do not see an element, or see it as a tool and not as text; scripts may unveil the whole body."""
    if element.tag in {"html", "body"}:
        return False
    if element.tag in _UNSEEN_TAGS or "hidden" in element.attrib:
        return True
    if _HIDDEN.search(element.get("style", "")):
        return True
    return bool(_TOOLS.search(f"{element.get('id', '')} {element.get('class', '')}".lower()))
