"""Text to a tree of elements, however broken: the one place that calls the HTML parser. Pure; never raises.

The parser gives up on trees deeper than 256 elements and keeps what it has read; nothing here recurses.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urljoin, urlsplit

import lxml.html
from lxml import etree

from pusher.watch.plain_text import Element, fold

#: More of a page is not read; the longest real list page is a tenth of it.
_LONGEST = 4_000_000
#: Search results lead through a page that counts the visit.
_PASSES_ON = re.compile(r"/(?:link|jump|redirect|goto|go|visit|transfer|out)(?:\.\w+)?$", re.IGNORECASE)
_LONGEST_CALL = 2000
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)
#: Pages put together from parts end in the middle; what follows is shown by browsers, and dropped by the parser.
_END = re.compile(r"</(?:body|html)\s*>", re.IGNORECASE)
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: What scripts pass to the browser as an address: openUrl('/art/2026/…/art_1.html').
_QUOTED = re.compile(r"""['"]([^'"\s<>()]{2,500})['"]""")
_LIKE_ADDRESS = re.compile(r"^(?:https?:/|\.{0,2})/|\.(?:s?html?|jsp|aspx?|pdf)\b")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed page."""

    root: Element
    #: Absolute address that relative links start from (<base href>, else the page's own).
    base: str
    #: Contents of the meta tags by lower-case name, in the page's order, folded; empty ones are left out.
    metas: Mapping[str, Sequence[str]]

    def meta(self, *names: str) -> str:
        """The content of the first of these tags (lower case) that says anything; "" if none does."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    def absolute(self, href: str) -> str:
        """The absolute http(s) address of a link in this page; "" where it leads nowhere ("#", javascript:)."""
        return unwrapped(address(href, self.base))


def document(text: str, url: str) -> Document | None:
    """The page at `url`; None where there is nothing to parse."""
    root = fragment(text)
    if root is None:
        return None
    metas: dict[str, list[str]] = {}
    for tag in root.iter("meta"):
        name = (tag.get("name") or tag.get("property") or tag.get("http-equiv") or "").strip().lower()
        content = fold(tag.get("content") or "")
        if name and content:
            metas.setdefault(name, []).append(content)
    bases = (tag.get("href") for tag in root.iter("base"))
    base = next((address(href, url) for href in bases if href), "")
    return Document(root=root, base=base or url, metas=metas)


def fragment(text: str) -> Element | None:
    """The root (html) around whatever mark-up `text` holds; None where there is none."""
    clean = _UNSPEAKABLE.sub("", _END.sub("", _XML_DECLARATION.sub("", text[:_LONGEST])))
    if not clean.strip():
        return None
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        return lxml.html.document_fromstring(clean.encode("utf-8"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None


def address(href: str, base: str) -> str:
    """`href` made absolute; "" where it is no http(s) address or only a place on the same page."""
    target = href.strip().replace("\\", "/")
    if not target or (target.startswith("#") and not target.startswith("#/")):
        return ""
    try:
        whole = urljoin(base, re.sub(r"[\t\r\n]", "", target))
        parts = urlsplit(whole)
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return ""
    return whole.replace(" ", "%20")


def unwrapped(url: str) -> str:
    """Where an address of a page that only passes on (…/link.do?url=…) leads in the end; others as they are."""
    if not url:
        return ""
    parts = urlsplit(url)
    if not _PASSES_ON.search(parts.path):
        return url
    targets = (value for name, value in parse_qsl(parts.query) if name.lower() in {"url", "target", "link"})
    return next((found for value in targets if (found := address(value, "")) != ""), url)


def link_of(element: Element) -> str:
    """Where an element leads as it says so itself: href, an address in its onclick, data-href; "" if nowhere."""
    href = element.get("href", "") if element.tag == "a" else ""
    if href and not href.lstrip().lower().startswith(("javascript:", "#")):
        return href
    for script in (element.get("onclick", ""), href):
        quoted = (match[1] for match in _QUOTED.finditer(script[:_LONGEST_CALL]))
        found = next((text for text in quoted if _LIKE_ADDRESS.search(text)), "")
        if found:
            return found
    return element.get("data-href") or element.get("data-url") or href


def is_link(element: Element) -> bool:
    """Whether an element leads somewhere, or is an <a> that was meant to."""
    if element.tag == "a":
        return "href" in element.attrib or "onclick" in element.attrib
    return bool(element.get("onclick") or element.get("data-href")) and bool(link_of(element))


def texts(element: Element) -> Iterator[str]:
    """All texts of an element as the tree has them, scripts and styles left out."""
    for inner in element.iter("*"):
        if inner.tag not in {"script", "style"} and inner.text:
            yield inner.text
        if inner.tail and inner is not element:
            yield inner.tail


def text_of(element: Element) -> str:
    """All text of an element in one line, hidden or not."""
    return fold("".join(texts(element)))


def classes(element: Element) -> str:
    """Id and classes of an element, lower case, in one string."""
    return f"{element.get('id', '')} {element.get('class', '')}".lower()
