"""An article page: standard meta tags first, then what the page shows. Pure; never raises."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice, takewhile

from pusher.watch.dates import bare_date, date_of_address, read_date
from pusher.watch.found import Article, Row
from pusher.watch.json_list import find_text
from pusher.watch.keys import is_index_number, keys
from pusher.watch.pages.body import Body, attachments, find_body, selected_body
from pusher.watch.pages.headings import headings, page_name
from pusher.watch.pages.labels import Label, is_labelled, labelled
from pusher.watch.pages.row import Region, chunks
from pusher.watch.pages.script_values import values
from pusher.watch.pages.site import area_of, column_of
from pusher.watch.pages.titles import Chunk
from pusher.watch.plain_text import Element, is_unseen, line_of
from pusher.watch.selectors import ArticleSelectors
from pusher.watch.tree import Document

_PUBLISHED = ("pubdate", "publishdate", "publish_date", "firstpublishedtime", "article:published_time", "releasedate")
_ISSUER = ("contentsource", "source", "article:source")
#: 国办发〔2026〕3号, in any of the brackets that are typed for 〔〕.
_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,20}[〔\[［【（(]\s*(?:19|20)\d\d\s*年?[〕\]］】）)]\s*(?:第\s*)?\d+\s*号")
#: A heading with so many characters names a text, a shorter one may name the column.
_LONG_TITLE = 9
#: What ends like this names a site or an office.
_OFFICE = re.compile(r"(?:网|网站|平台|人民政府|管委会|委员会|办公室|街道办事处|[局厅部院])$")
#: So many texts before the body may be the lines under the heading: date, source, tools, the table of the catalogue.
_BEFORE = 80
#: A body that begins before its own heading holds those lines itself.
_WITHIN = 12
#: A longer one is a sentence.
_LINE = 60
#: So many characters of the tag Description must stand in the text for it to speak of this article.
_SUMMARY = 20


@dataclass(frozen=True, slots=True)
class _Parts:
    """A page cut at its body."""

    body: Body
    before: Sequence[Chunk]
    labels: dict[Label, str]


def read_article_page(
    page: Document, url: str, row: Row | None, selectors: ArticleSelectors, *, at: datetime, encoding: str
) -> Article:
    """Everything that the page at `url` says of its thing; what it does not say is taken from `row`."""
    parts = _cut(page, selectors)
    title = _selected(page, selectors.title) or title_of_page(page, parts.before) or (row.title if row else "")
    number = parts.labels.get(Label.INDEX_NUMBER, "").split(" ")[0]
    body = parts.body.text or _in_script(page, title) or (row.body if row else "")
    files = attachments(page)
    return Article(
        url=url,
        title=title,
        published=_published(page, parts, row, url, selectors, at=at),
        issuer=_issuer(page, parts, row, selectors),
        column=column_of(page, title),
        body=body,
        summary=_summary(page, title, body) or (row.summary if row else ""),
        attachments=files or (row.attachments if row else ()),
        document_number=_document_number(parts, title, body) or (row.document_number if row else ""),
        index_number=number if is_index_number(number) else (row.index_number if row else ""),
        site=page.meta("sitename"),
        area=area_of(page),
        keys=_keys(url, number, title, row),
        problems=() if body or files else ("the page shows no text and no attachment",),
        encoding=encoding,
    )


def looks_like_article(page: Document) -> bool:
    """Whether a page says when or from where its text was published, or repeats the name of a text as its heading."""
    if page.meta(*_PUBLISHED):
        return True
    parts = _cut(page, ArticleSelectors())
    if Label.PUBLISHED in parts.labels or Label.SOURCE in parts.labels:
        return True
    repeated = _repeated(page_name(page), list(headings(page.root)))
    return len(repeated) >= _LONG_TITLE and repeated != page.meta("sitename") and not _OFFICE.search(repeated)


def title_of_page(page: Document, before: Sequence[Chunk]) -> str:
    """The tag, else the heading that <title> repeats, else the nearest heading above the text, else <title>."""
    tagged = page.meta("articletitle")
    if tagged:
        return tagged
    name, shown = page_name(page), list(headings(page.root))
    repeated, above = _repeated(name, shown), _above(shown, before)
    return repeated if len(repeated) >= _LONG_TITLE else above or repeated or name


def _repeated(name: str, shown: Sequence[str]) -> str:
    """The heading that begins as <title> does; "" if there is none."""
    return next((text for text in shown if _bare(name).startswith(_bare(text)) or _bare(text) == _bare(name)), "")


def _bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def _above(shown: Sequence[str], before: Sequence[Chunk]) -> str:
    """The last long heading above the text, else the last one."""
    texts = _bare("".join(piece.text for piece in before))
    near = sorted((text for text in shown if _bare(text) in texts), key=lambda text: texts.rfind(_bare(text)))
    return next((text for text in reversed(near) if len(text) >= _LONG_TITLE), near[-1] if near else "")


def _cut(page: Document, selectors: ArticleSelectors) -> _Parts:
    body = selected_body(page, selectors.body) if selectors.body else find_body(page)
    pieces = list(chunks(Region((page.root,)), skip=is_unseen))
    start = _start(pieces, body.parts)
    before = pieces[max(0, start - _BEFORE) : start]
    labels = dict(labelled(piece.text for piece in before))
    opening = takewhile(lambda text: is_labelled(text) or len(text) <= _LINE, (piece.text for piece in pieces[start:]))
    for label, value in labelled(_up_to_salutation(islice(opening, _WITHIN))).items():
        labels.setdefault(label, value)
    return _Parts(body, before, labels)


def _up_to_salutation(texts: Iterable[str]) -> Iterable[str]:
    """The lines above a text that begins with whom it is for ("各有关单位："), or with a sentence."""
    return takewhile(lambda text: not text.endswith(("：", ":", "。")) or is_labelled(text), texts)


def _start(pieces: Sequence[Chunk], parts: Sequence[Element]) -> int:
    """Where the body begins among the texts of the page; their number where there is no body."""
    inside = {element for part in parts for element in part.iter("*")}
    return next((place for place, piece in enumerate(pieces) if piece.owner in inside), len(pieces))


def _selected(page: Document, selector: str) -> str:
    found = next(iter(page.root.cssselect(selector)), None) if selector else None
    return line_of(found) if found is not None else ""


def _published(
    page: Document, parts: _Parts, row: Row | None, url: str, selectors: ArticleSelectors, *, at: datetime
) -> datetime | None:
    """By the settings, the tags, the labelled line, the last date above the text, the row, the address."""
    written = [_selected(page, selectors.date), page.meta(*_PUBLISHED), parts.labels.get(Label.PUBLISHED, "")]
    found = next((day for text in written if text and (day := bare_date(text, at=at) or read_date(text, at=at))), None)
    nearest = [piece.text for piece in reversed(parts.before) if len(piece.text) <= _LINE]
    bare = (day for text in nearest if (day := bare_date(text, at=at)))
    loose = (day for text in nearest[:_WITHIN] if (day := read_date(text, at=at)))
    return (
        found
        or next(bare, None)
        or next(loose, None)
        or (row.published if row else None)
        or date_of_address(url, at=at)
    )


def _issuer(page: Document, parts: _Parts, row: Row | None, selectors: ArticleSelectors) -> str:
    stated = _selected(page, selectors.issuer) or page.meta(*_ISSUER)
    shown = parts.labels.get(Label.SOURCE) or parts.labels.get(Label.PUBLISHER, "")
    named = labelled([stated]).get(Label.SOURCE, stated)
    return named or shown[:100] or (row.issuer if row else "")


def _document_number(parts: _Parts, title: str, body: str) -> str:
    """The labelled one, else the one in brackets behind the title, else a line of its own at the top of the text."""
    labelled_number = parts.labels.get(Label.DOCUMENT_NUMBER, "")
    if re.search(r"\d.*号", labelled_number):
        return labelled_number[:80]
    behind = _NUMBER.search(title[title.rfind("（") + 1 :] if title.endswith("）") else "")
    if behind:
        return behind[0]
    return next((match[0] for line in islice(body.splitlines(), 12) if (match := _NUMBER.fullmatch(line))), "")


def _summary(page: Document, title: str, body: str) -> str:
    """The tag Description where it speaks of this article: most sites describe themselves in it."""
    stated = page.meta("description")
    core = _bare(stated)[:_SUMMARY]
    speaks = len(core) == _SUMMARY and core in _bare(body) and "网站" not in core
    return stated if speaks and _bare(title) not in core and not _bare(title).startswith(core) else ""


def _keys(url: str, number: str, title: str, row: Row | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*(row.keys if row else ()), *keys(url, index_number=number, title=title))))


def _in_script(page: Document, title: str) -> str:
    """The text where only a script holds it: an object with this title and its "content" (gkmlpt)."""
    texts = (find_text(value, title) for script in page.root.iter("script") for value in values(script.text or ""))
    return next(filter(None, texts), "")
