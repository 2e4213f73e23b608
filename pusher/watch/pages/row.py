"""One row of a list: which of its links is the thing, how it is called, when it was published. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pusher.watch.dates import bare_date, date_of_address, date_of_pieces, read_date
from pusher.watch.found import Row
from pusher.watch.keys import is_index_number, keys
from pusher.watch.pages.labels import Label, is_labelled, labelled
from pusher.watch.pages.titles import Chunk, date_in_title, title_of, titles_beside
from pusher.watch.plain_text import Element
from pusher.watch.tree import Document, is_link, link_of

_UNREAD = frozenset({"script", "style", "template"})
#: A longer piece of a row is a summary: a date inside it is no date of publication.
_SHORT = 40
#: A piece with fewer letters is no summary.
_SUMMARY = 20
_LETTER = re.compile(r"[^\W\d_]")
#: A link with a shorter name beside the title is a category, a department or a tool.
_RIVAL = 8
#: So many more links (解读, 附件) a row with one date may hold.
_BESIDE = 3


@dataclass(frozen=True, slots=True)
class Region:
    """The part of a page that one row takes up."""

    elements: Sequence[Element]
    #: Text right before the first element that belongs to the row.
    lead: str = ""
    #: Whether the text behind each element belongs to the row, too.
    tails: bool = False


@dataclass(frozen=True, slots=True)
class RowFacts:
    """What a row says, as far as it was understood."""

    title: str
    #: The element that leads to the thing.
    link: Element
    #: Which of the row's links that is, and how many there are.
    place: tuple[int, int]
    #: Absolute address; "" where it cannot be opened.
    url: str
    published: datetime | None
    #: Whether the row itself shows the date (else it was read off the address).
    is_dated: bool
    #: How many other links could be the thing, too: it is a block of rows then, and no row.
    rivals: int
    has_picture: bool
    labels: Mapping[Label, str]
    summary: str
    #: Characters of text in the whole row.
    length: int

    def with_texts(self, *, title: str, date: str, issuer: str, at: datetime) -> "RowFacts":
        """The same row with what selectors found in it; an empty text changes nothing."""
        published = (bare_date(date, at=at) or read_date(date, at=at)) if date else None
        return replace(
            self,
            title=title or self.title,
            published=published or self.published,
            is_dated=published is not None or self.is_dated,
            labels={**self.labels, Label.PUBLISHER: issuer} if issuer else self.labels,
        )

    def as_row(self, page: str) -> Row:
        """The row as it is handed on; `page` is the address of its list."""
        index_number = self.labels.get(Label.INDEX_NUMBER, "")
        dated = f"{self.title} {self.published:%Y-%m-%d}" if self.published else self.title
        return Row(
            title=self.title,
            url=self.url,
            published=self.published,
            issuer=self.labels.get(Label.PUBLISHER) or self.labels.get(Label.SOURCE, ""),
            keys=keys(self.url, index_number=index_number, title=dated, page=page),
            summary=self.summary,
            document_number=self.labels.get(Label.DOCUMENT_NUMBER, ""),
            index_number=index_number if is_index_number(index_number) else "",
        )


def read_row(
    region: Region,
    page: Document,
    *,
    at: datetime,
    named: Mapping[Label, str] | None = None,
    link: Element | None = None,
) -> RowFacts | None:
    """What the row says; None where no link in it has a title.

    `named` are values under the heads of a table's columns (they win); `link` is the row's link where it is known.
    """
    pieces = list(chunks(region))
    known = list(links(region))
    titles = {one: title_of(one, pieces, at=at) for one in (known if link is None else [link])}
    chosen = _chosen(titles)
    title = titles[chosen] or titles_beside(pieces, at=at) if chosen is not None else ""
    if chosen is None or not title:
        return None
    url = page.absolute(link_of(chosen)) or _other_address(region, page)
    labels = {**labelled(piece.text for piece in pieces if piece.link is not chosen), **(named or {})}
    shown = _shown_date(pieces, chosen, labels, at=at)
    return RowFacts(
        title=title,
        link=chosen,
        place=(known.index(chosen) if chosen in known else 0, len(known)),
        url=url,
        published=shown or (date_of_address(url, at=at) if url else None),
        is_dated=shown is not None,
        rivals=_rivals(titles, chosen, title, dates=sum(bare_date(piece.text, at=at) is not None for piece in pieces)),
        has_picture=any(next(element.iter("img"), None) is not None for element in region.elements),
        labels=labels,
        summary=_summary(pieces, title),
        length=sum(len(piece.text) for piece in pieces),
    )


def chunks(region: Region, *, skip: Callable[[Element], bool] = lambda _: False) -> Iterator[Chunk]:
    """The texts of a region in document order; empty ones are left out, and all of what `skip` names."""
    stack: list[Chunk | tuple[Element, Element | None]] = []
    for element in reversed(region.elements):
        if region.tails:
            stack.append(Chunk.of(element.tail, element, None))
        stack.append((element, None))
    if region.lead and region.elements:
        yield Chunk.of(region.lead, region.elements[0], None)
    while stack:
        node = stack.pop()
        if isinstance(node, Chunk):
            if node.text:
                yield node
        elif isinstance(node[0].tag, str) and node[0].tag not in _UNREAD and not skip(node[0]):
            stack.extend(reversed(list(_parts(*node))))


def links(region: Region) -> Iterator[Element]:
    """Everything in a region that leads somewhere, or looks as if it did."""
    for element in region.elements:
        yield from (inner for inner in element.iter("*") if is_link(inner))


def _parts(element: Element, link: Element | None) -> Iterator[Chunk | tuple[Element, Element | None]]:
    inside = element if is_link(element) else link
    yield Chunk.of(element.text, element, inside)
    for child in element:
        yield child, inside
        yield Chunk.of(child.tail, element, inside)


def _chosen(titles: Mapping[Element, str]) -> Element | None:
    """The link whose name is most like a title; of links to the same place, the one that names it first."""
    first: dict[str, Element] = {}
    for link, title in titles.items():
        target = link_of(link) or str(id(link))
        if len(title) > len(titles.get(first.get(target, link), "")) == 0 or target not in first:
            first[target] = link
    return max(first.values(), key=lambda link: _likeness(titles[link]), default=None)


def _likeness(title: str) -> int:
    """How much a text is like a title: long, but no sentence, and no category in brackets."""
    if "。" in title or (title[:1] in "[【" and title[-1:] in "]】"):
        return min(len(title), 3)
    return min(len(title), 40)


def _rivals(titles: Mapping[Element, str], chosen: Element, title: str, *, dates: int) -> int:
    """How many links besides the chosen one could be things of their own; beside one single date a few are allowed."""
    least = max(_RIVAL, len(title) // 2)
    others = {
        link_of(link) if link_of(link) not in {"", "#"} else str(id(link))
        for link, other in titles.items()
        if other != title and len(other) >= least and _likeness(other) > 3
    }
    count = len(others - {link_of(chosen)})
    return 0 if dates == 1 and count <= _BESIDE else count


def _other_address(region: Region, page: Document) -> str:
    """Where the row leads as a whole, when its title is a link to nowhere (<li onclick=…>)."""
    outer = (element for element in region.elements if is_link(element))
    return next((found for element in outer if (found := page.absolute(link_of(element)))), "")


def _shown_date(
    pieces: Sequence[Chunk], chosen: Element, labels: Mapping[Label, str], *, at: datetime
) -> datetime | None:
    """The date that the row shows, by the surest place first."""
    labelled_date = labels.get(Label.PUBLISHED, "")
    found = bare_date(labelled_date, at=at) or read_date(labelled_date, at=at) or _of_time_tag(pieces, at=at)
    outside = [piece.text for piece in pieces if piece.link is not chosen]
    inside = [piece.text for piece in pieces if piece.link is chosen]
    for texts in (outside, inside):
        found = found or next((day for text in texts if (day := bare_date(text, at=at))), None)
    found = found or _set_in_pieces([piece.text for piece in pieces], at=at)
    found = found or date_in_title("".join(inside), at=at)
    short = (text for text in outside if len(text) <= _SHORT)
    return found or next((day for text in short if (day := read_date(text, at=at))), None)


def _of_time_tag(pieces: Sequence[Chunk], *, at: datetime) -> datetime | None:
    """What <time datetime=…> says, whatever words stand in it."""
    stated = (piece.owner.get("datetime", "") for piece in pieces if piece.owner.tag == "time")
    return next((day for text in stated if (day := bare_date(text, at=at))), None)


def _set_in_pieces(texts: Sequence[str], *, at: datetime) -> datetime | None:
    """A date whose day stands above its month and year, as cards show it."""
    windows = (texts[start : start + size] for size in (3, 2) for start in range(len(texts) - size + 1))
    return next((day for window in windows if (day := date_of_pieces(window, at=at))), None)


def _summary(pieces: Sequence[Chunk], title: str) -> str:
    """The longest sentence of the row that is not its title."""
    longest = max((piece.text for piece in pieces if not is_labelled(piece.text)), key=len, default="")
    is_sentence = len(_LETTER.findall(longest)) >= _SUMMARY
    return longest if is_sentence and title not in longest and longest not in title else ""
