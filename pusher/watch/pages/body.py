"""Where the text of an article stands, and which files hang on it. Pure.

The containers that the common CMSs use come first; else the element that the most prose stands in.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pusher.watch.plain_text import Element, fold, is_unseen, line_of, paragraphs
from pusher.watch.tree import Document, classes, link_of, text_of

#: Ids and classes of bodies, surest first (TRS, UCAP, JCMS, Shanghai, Jiangsu, Guangdong …).
_CONTAINERS = (
    "ucap-content", "trs_editor_view", "trs_ueditor", "trs_editor", "zoom", "ivs_content", "main-txt",
    "article-content", "fontzoom", "zoomcon", "pages_content", "content_article", "article_content", "articlecontent",
)  # fmt: skip
_BLOCKS = frozenset({"div", "td", "article", "section", "main", "body", "form", "center", "dd"})
_ASIDE = re.compile(
    r"(?:^|[\s_-])(?:foot|footer|copyright|nav|navi?bar|menu|header|top|side|sidebar|related|xgwz|links?|login|search)"
    r"(?:[\s_-]|\d|$)"
)
_IMPRINT = re.compile(r"ICP备|版权所有|网站标识码|公网安备|技术支持[：:]|主办单位?[：:]|承办单位?[：:]")
_FILE = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|wps|et|ofd|rtf|txt|csv|zip|rar|7z|ceb|dwg)$", re.IGNORECASE)
_DOWNLOAD = re.compile(r"downfile|download|filedown|getfile|attach", re.IGNORECASE)
_PICTURE = re.compile(r"ewm|qrcode|logo|icon|share|print", re.IGNORECASE)
#: Less than this beside no file and no picture is an empty container.
_LEAST = 20
#: A container that holds less than this share of the prose is a box beside the text.
_SHARE = 0.3
#: Pieces of text shorter than this are buttons and captions.
_PIECE = 10
#: A section's prose counts so much for what the section stands in.
_INHERITED = 0.5


@dataclass(frozen=True, slots=True)
class Body:
    """The text of an article."""

    #: What it stands in; empty where there is none.
    parts: Sequence[Element]
    #: Paragraphs separated by one blank line.
    text: str
    #: Whether the container is one that a CMS uses for bodies.
    is_known: bool


def find_body(page: Document) -> Body:
    """The text of the page, or an empty one."""
    densest, weight = _densest(page.root)
    for name in _CONTAINERS:
        part = _fullest(page.root, name)
        if part is None:
            continue
        text = paragraphs(part)
        holds = len(text) >= max(_LEAST, _SHARE * weight) or (weight < 10 * _LEAST and _shows_something(part))
        if holds:
            return Body((part,), text, is_known=True)
    text = paragraphs(densest) if densest is not None else ""
    if densest is None or len(text) < _LEAST:
        return Body((), "", is_known=False)
    return Body((densest,), text, is_known=False)


def selected_body(page: Document, selector: str) -> Body:
    """The text of what the settings name, in the page's order."""
    parts = page.root.cssselect(selector)
    return Body(parts, "\n\n".join(filter(None, map(paragraphs, parts))), is_known=True)


def attachments(page: Document) -> Sequence[tuple[str, str]]:
    """The files that a page links, as (name, absolute address), each once; the page's frame is left out."""
    found: dict[str, str] = {}
    for link in page.root.iter("a"):
        url = page.absolute(link_of(link))
        if url and url not in found and _is_file(link, url) and not _is_aside(link):
            found[url] = _name(link, url)
    return [(name, url) for url, name in found.items()]


def _fullest(root: Element, name: str) -> Element | None:
    """The element of this id or class (any case) with the most text; outer ones win."""
    named = [element for element in root.iter("*") if name in classes(element).split()]
    return max(named, key=lambda element: len(text_of(element)), default=None)


def _shows_something(part: Element) -> bool:
    """Whether a container without text holds pictures or files."""
    pictures = (image.get("src") or "" for image in part.iter("img"))
    return any(src and not _PICTURE.search(src) for src in pictures) or any(
        _FILE.search(link.get("href", "")) for link in part.iter("a")
    )


def _densest(root: Element) -> tuple[Element | None, float]:
    """The element that the most prose stands in, and how much."""
    weights: dict[Element, float] = {}
    for element, text in _prose(root):
        share = float(len(text))
        for outer in _blocks_around(element):
            weights[outer] = weights.get(outer, 0) + share
            share *= _INHERITED
            if share < 1:
                break
    best = max(weights, key=lambda element: weights[element], default=None)
    return best, (weights[best] if best is not None else 0)


def _prose(root: Element) -> Iterator[tuple[Element, str]]:
    """Runs of text outside links and outside the page's frame, with the elements that they stand in."""
    stack = [root]
    while stack:
        element = stack.pop()
        if not isinstance(element.tag, str) or element.tag == "a" or (is_unseen(element) and element is not root):
            continue
        if _ASIDE.search(classes(element)) and element.tag != "body":
            continue
        texts = (element.text, *(child.tail for child in element))
        yield from (
            (element, line)
            for text in texts
            if text and len(line := fold(text)) >= _PIECE and not _IMPRINT.search(line)
        )
        stack.extend(element)


def _blocks_around(element: Element) -> Iterator[Element]:
    current: Element | None = element
    while current is not None:
        if current.tag in _BLOCKS:
            yield current
        current = current.getparent()


def _is_file(link: Element, url: str) -> bool:
    path = urlsplit(url).path
    if _FILE.search(path) or "appendix" in link.attrib:
        return True
    return bool(_DOWNLOAD.search(url)) and bool(_FILE.search(line_of(link)) or "附件" in line_of(link))


def _is_aside(link: Element) -> bool:
    return any(outer.tag in {"nav", "footer"} or _ASIDE.search(classes(outer)) for outer in link.iterancestors())


def _name(link: Element, url: str) -> str:
    """What readers see of the file; its own name where that is nothing."""
    return line_of(link) or fold(link.get("title") or "") or unquote(urlsplit(url).path.rsplit("/", 1)[-1])
