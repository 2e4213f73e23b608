"""How the thing behind a link is called: its title attribute, its text, or a heading beside it. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.watch.dates import bare_date, read_date
from pusher.watch.pages.labels import Label, is_labelled, labelled
from pusher.watch.plain_text import Element, fold
from pusher.watch.tree import classes

_AROUND = r"[\s\[\]【】（）()<>《》»›….。_-]*"
#: Words that stand on a link beside the title, and never are one.
_GENERIC = re.compile(
    rf"{_AROUND}(?:(?:点击|查看|阅读|浏览|了解|进入)?(?:更多|详情|详细|详细信息|全文|原文|内容)?|进入|置顶|热|新|推荐|下载|附件|首页|返回|"
    rf"more|new|hot|top|read more|details?|\d{{1,3}}[.、]?){_AROUND}",
    re.IGNORECASE,
)
_BULLETS = " \t·•●◆◇■□▪▫►▶▸›»>*-—|｜"
_STUCK = re.compile(r"^[\[【(（]?置顶[\]】)）]?\s*")
_CUT = re.compile(r"\s*(?:\.{2,}|…+|。{2,})\s*$")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {"div", "p", "li", "dd", "dt", "section", "article", "td"}
_TITLE_CLASS = re.compile(r"(?:^|[\s_-])(?:\w*title|\w*tit|bt|biaoti|headline|subject)(?:[\s_-]|\d|$)")
_DATE_AT_END = re.compile(
    r"\s*[\[(（【]\s*(\d{4}\s*[-./年]\s*\d{1,2}\s*[-./月]\s*\d{1,2}\s*日?|\d{1,2}[-/]\d{1,2})\s*[\])）】]\s*$"
    r"|\s+(\d{4}[-./]\d{1,2}[-./]\d{1,2})\s*$"
)
#: A shorter text beside a link without words is a category, not the title.
_LEAST = 5
#: A longer one is a whole text that stands in a link.
_LONGEST = 300
_INVITATION = 40


@dataclass(frozen=True, slots=True)
class Chunk:
    """One run of text in a page."""

    #: One line of it.
    text: str
    #: The same with the blanks at its edges, to join runs by.
    raw: str
    #: The element whose text it is.
    owner: Element
    #: The link that it stands in; None outside links.
    link: Element | None

    @classmethod
    def of(cls, text: str | None, owner: Element, link: Element | None) -> "Chunk":
        """The chunk of a text as the tree has it."""
        return cls(text=fold(text or ""), raw=re.sub(r"\s+", " ", text or ""), owner=owner, link=link)


def title_of(link: Element, pieces: Sequence[Chunk], *, at: datetime) -> str:
    """The title that a link carries, whole if its attribute tells the whole; "" if it only says "更多" or a date."""
    inside = [piece for piece in pieces if piece.link is link and not _is_beside(piece.text, at=at)]
    shown = _trimmed(_of_pieces(_heading(inside, link) or _first_block(inside, link)), at=at)
    return whole_title(_stated(link), shown or _of_picture(link))


def titles_beside(pieces: Sequence[Chunk], *, at: datetime) -> str:
    """The title of a row whose link only says "查看详情": a heading, else the first text that can be one."""
    free = [piece for piece in pieces if not _is_beside(piece.text, at=at)]
    heading = next((piece for piece in free if _is_heading(piece.owner)), None)
    best = heading or next((piece for piece in free if len(piece.text) >= _LEAST), None)
    return _trimmed(best.text, at=at) if best else ""


def whole_title(stated: str, shown: str) -> str:
    """The title attribute, unless it says something else than the text that readers see."""
    if not stated or is_generic(stated):
        return shown
    attribute, text = (re.sub(r"\s", "", part) for part in (stated, _CUT.sub("", shown)))
    if not text or text in attribute:
        return stated if len(attribute) <= 3 * len(text) + 100 or shown != _CUT.sub("", shown) else shown
    if attribute in text or len(attribute) < len(text):
        return shown
    return stated if sum(letter in attribute for letter in text) >= 0.7 * len(text) else shown


def date_in_title(text: str, *, at: datetime) -> datetime | None:
    """The date in brackets, or after a blank, at the end of a link's text."""
    match = _DATE_AT_END.search(text)
    return (bare_date(match[0], at=at) or read_date(match[0], at=at)) if match else None


def is_generic(text: str) -> bool:
    """Whether a text only invites to click."""
    return len(text) <= _INVITATION and bool(_GENERIC.fullmatch(text))


def _is_beside(text: str, *, at: datetime) -> bool:
    """Whether a piece of a link is no part of the title: a date, "[详细]", "浏览：12"."""
    return is_generic(text) or is_labelled(text) or bare_date(text, at=at) is not None


def _stated(link: Element) -> str:
    """The title attribute; some write "标题：… 发布时间：…" into it."""
    stated = fold(link.get("title") or "")[:_LONGEST]
    return labelled([stated]).get(Label.TITLE, stated)


def _of_picture(link: Element) -> str:
    pictures = (picture.get("alt") or picture.get("title") or "" for picture in link.iter("img"))
    return next(
        (text for text in map(fold, pictures) if len(text) >= _LEAST and not re.search(r"\.\w{3,4}$", text)), ""
    )


def _heading(inside: Sequence[Chunk], link: Element) -> Sequence[Chunk]:
    """The pieces of the heading inside a link that wraps a whole card."""
    for piece in inside:
        heading = next((owner for owner in _up(piece.owner, link) if owner is not link and _is_heading(owner)), None)
        if heading is not None:
            return [other for other in inside if any(owner is heading for owner in _up(other.owner, link))]
    return []


def _first_block(inside: Sequence[Chunk], link: Element) -> Sequence[Chunk]:
    """The pieces of the first block with enough text: what follows it is a summary."""
    blocks: dict[Element, list[Chunk]] = {}
    for piece in inside:
        block = next((owner for owner in _up(piece.owner, link) if owner.tag in _BLOCKS), link)
        blocks.setdefault(block, []).append(piece)
    return next((block for block in blocks.values() if len(_of_pieces(block)) >= _LEAST), inside)


def _up(element: Element, top: Element) -> Iterator[Element]:
    """`element` and what it stands in, up to `top`."""
    current: Element | None = element
    while current is not None and current is not top:
        yield current
        current = current.getparent()
    yield top


def _is_heading(element: Element) -> bool:
    return element.tag in _HEADINGS or bool(_TITLE_CLASS.search(classes(element)))


def _of_pieces(pieces: Sequence[Chunk]) -> str:
    return fold("".join(piece.raw for piece in pieces))[:_LONGEST]


def _trimmed(text: str, *, at: datetime) -> str:
    """Without bullet, "[置顶]" and the date behind the title."""
    bare = _STUCK.sub("", text.strip(_BULLETS)).strip(_BULLETS)
    return _DATE_AT_END.sub("", bare) if date_in_title(bare, at=at) else bare
