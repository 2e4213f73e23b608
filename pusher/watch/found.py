"""What one fetch brought (`Page`) and what was read in it (`Reading`, `Row`, `Article`).

The two ways in stand in `pusher.watch.read`; both are pure, synchronous and never raise for anything a page holds:

    read_list(page, kind, selectors, *, at) -> Reading
        The rows of a list page, feed or JSON list. Kind `None` lets the page say what it is; a page that is one article
        comes back as kind "article" with one row and `Reading.article` filled, a home page as kind "page" without rows.
    read_article(page, row, selectors, *, at) -> Article
        Everything that an article page says; what it does not say is taken from `row`, the row that led to it.

`selectors` (`pusher.watch.selectors.Selectors`, from the settings) override recognition; `None` or an empty one lets
the page speak. `at` is the aware time of the fetch: dates without a year mean the latest one that is not after it.

Rows come in the order of the page, repeats included. What makes two rows the same thing is `keys`: a thing is known
when any of its keys is. `Article.keys` may hold more than the row did (the 索引号 stands on the article page only).

Alerts are recognised (kind "cap") but not read here: hand such a page to `pusher.watch.cap_feed.read_cap`.
Reading is CPU work: some 20 to 200 ms a page of usual size, so run it in a thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a fetched page is; all but `PAGE` may be set for a source."""

    LISTING = "listing"
    ARTICLE = "article"
    FEED = "feed"
    JSON = "json"
    CAP = "cap"
    #: Neither a list nor an article: a home page, a menu, a form.
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Page:
    """The bytes of one answer, as they came."""

    #: Absolute address after all redirects: relative links start here.
    url: str
    body: bytes
    #: The Content-Type header, "" without one; its charset is believed last.
    content_type: str = ""
    status: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a list: enough to know whether it is new, and where to read on."""

    #: Plain text, white space folded, whole where the page tells the whole.
    title: str
    #: Absolute http(s) address; "" where the row cannot be opened ("#", javascript).
    url: str = ""
    #: Aware; None if the row does not say.
    published: datetime | None = None
    #: As the row states it; "" if it does not.
    issuer: str = ""
    #: Every name of the same thing, the one to store first; never empty (see `pusher.watch.keys`).
    keys: tuple[str, ...] = ()
    #: Summary or beginning that the list shows; "" if none.
    summary: str = ""
    #: Whole text where the list carries it (JSON, feeds), paragraphs separated by one blank line; "" if it does not.
    body: str = ""
    #: 文号; "" if the row does not say.
    document_number: str = ""
    #: 索引号; "" if the row does not say.
    index_number: str = ""
    #: Attachments as (name, absolute address).
    attachments: Sequence[tuple[str, str]] = ()
    #: Further facts of the source, as it names them.
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The key to store the thing under."""
        return self.keys[0] if self.keys else ""


@dataclass(frozen=True, slots=True)
class Article:
    """What an article page says of one thing; the fields are those of `pusher.item.Item` where the names agree."""

    #: Address that was read (after redirects).
    url: str
    title: str
    #: Aware (+08:00 where the page has no zone); None if neither page nor row says.
    published: datetime | None = None
    #: ContentSource, 来源 or 发布机构, as stated; "" if not.
    issuer: str = ""
    #: ColumnName or the last step of 当前位置; "" if unknown.
    column: str = ""
    #: Plain text, paragraphs separated by one blank line, rows of tables as lines; "" where only attachments stand.
    body: str = ""
    #: The tag Description, where it says more than the title; "" if none.
    summary: str = ""
    #: Attachments as (name, absolute address).
    attachments: Sequence[tuple[str, str]] = ()
    #: 文号; "" if none.
    document_number: str = ""
    #: 索引号; "" if none.
    index_number: str = ""
    #: SiteName; "" if the page does not say.
    site: str = ""
    #: Area of the site from its SiteIDCode, without trailing zeros ("360403"); "" for ministries and where none stands.
    area: str = ""
    #: Every name of the same thing, those of the row first.
    keys: tuple[str, ...] = ()
    #: Doubts, one sentence each.
    problems: Sequence[str] = ()
    #: Name of the encoding that was read.
    encoding: str = ""

    @property
    def key(self) -> str:
        """The key to store the thing under."""
        return self.keys[0] if self.keys else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read in one page of a source."""

    kind: Kind
    #: Name of the encoding that was read ("utf-8", "gb18030").
    encoding: str
    #: In the page's order, repeats included.
    rows: Sequence[Row] = ()
    #: Name of the column ("通知公告"); "" if the page does not say.
    column: str = ""
    #: SiteName or the feed's title; "" if the page does not say.
    site: str = ""
    #: Area of the site from its SiteIDCode, without trailing zeros; "" if none.
    area: str = ""
    #: The article itself, where the page is one.
    article: Article | None = None
    #: One sentence where nothing can be said of this source's rows (an error answer, broken JSON): the fetch failed,
    #: and no rows does not mean an empty list. "" otherwise.
    failure: str = ""
    #: Doubts, one sentence each: rows that cannot be opened, nothing recognised.
    problems: Sequence[str] = ()
