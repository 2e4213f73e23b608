"""Headings of a page, and the name that its <title> gives it. Pure."""

import re
from collections.abc import Iterator

from pusher.watch.pages.labels import is_labelled
from pusher.watch.plain_text import Element, fold, line_of
from pusher.watch.tree import Document, classes

_TAGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
_CLASS = re.compile(r"(?:^|[\s_-])(?:\w*articletitle|\w*title|tit|bt)(?:[\s_-]|$)")
_INNER = frozenset({"p", "div", "span", "small"})
#: Between the name of a text and those of the column and the site.
_SEPARATOR = re.compile(r"\s*[_|｜]+\s*|\s+[-–—]+\s+|-{2,}|—{1,2}|-(?=[\u4e00-\u9fff]+$)")
_LEAST = 4
_LONGEST = 200


def headings(root: Element) -> Iterator[str]:
    """The texts of headings, and of what is called a title, in the page's order."""
    for element in root.iter("*"):
        if element.tag in _TAGS or _CLASS.search(classes(element)):
            text = _own_line(element)
            if _LEAST <= len(text) <= _LONGEST and not is_labelled(text):
                yield text


def page_name(page: Document) -> str:
    """The first part of <title> that is long enough to name something; "" without one."""
    name = next((fold("".join(str(text) for text in title.itertext())) for title in page.root.iter("title")), "")
    return next((part for part in _SEPARATOR.split(name) if len(part) >= _LEAST), name)


def _own_line(element: Element) -> str:
    """A heading's own text, without the date or tools that some put into a block inside it."""
    children = [child for child in element if isinstance(child.tag, str)]
    texts = (("" if child.tag in _INNER else line_of(child)) + (child.tail or "") for child in children)
    return fold((element.text or "") + "".join(texts)) or line_of(element)
