"""From what was read in pages to the items that are stored; the settings of the source go first. Pure."""

from dataclasses import replace

from pusher.item import Item
from pusher.warnings.cap import shape
from pusher.watch.found import Article, Reading, Row
from pusher.watch.source import SourceSettings

#: An item with all the names of its thing, as the store takes it.
Named = tuple[Item, tuple[str, ...]]


def item_of_row(name: str, settings: SourceSettings, reading: Reading, row: Row, *, note: str = "") -> Named:
    """The item as far as its row in the list tells; `note` says why its own page was not read."""
    facts = {
        **row.facts,
        "site": reading.site,
        "site_area": reading.area,
        "index_number": row.index_number,
        "note": note,
    }
    item = Item(
        source=name,
        key=row.key,
        title=row.title,
        url=row.url,
        published=row.published,
        issuer=settings.issuer or row.issuer,
        column=settings.column or reading.column,
        body=row.body,
        summary=row.summary,
        attachments=tuple(row.attachments),
        document_number=row.document_number,
        kind=settings.kind_of_items,
        facts={key: value for key, value in facts.items() if value},
    )
    return item, tuple(row.keys)


def item_of_article(name: str, settings: SourceSettings, reading: Reading, article: Article, row: Row) -> Named:
    """The item as its own page tells; the list's column and site where the page says nothing of them."""
    facts = {
        **row.facts,
        "site": article.site or reading.site,
        "site_area": article.area or reading.area,
        "index_number": article.index_number,
    }
    item = Item(
        source=name,
        key=article.key,
        title=article.title,
        url=row.url or article.url,
        published=article.published,
        issuer=settings.issuer or article.issuer,
        # The list's own name goes first: an article tells the column that it was written for, which may be another.
        column=settings.column or reading.column or article.column,
        body=article.body,
        summary=article.summary,
        attachments=tuple(article.attachments),
        document_number=article.document_number,
        kind=settings.kind_of_items,
        facts={key: value for key, value in facts.items() if value},
    )
    return item, tuple(article.keys)


def item_of_alert(name: str, settings: SourceSettings, alert: Item, *, address: str = "") -> Named:
    """An alert as the CAP reader made it, under this source's name; `address` is the key of the page it came from."""
    item = replace(
        alert,
        source=name,
        kind=settings.item_kind or alert.kind,
        issuer=settings.issuer or alert.issuer,
        column=settings.column or alert.column,
        facts={name: _in_wgs84(name, text, settings) for name, text in alert.facts.items()},
    )
    return item, tuple(dict.fromkeys(filter(None, (item.key, address))))


def _in_wgs84(name: str, text: str, settings: SourceSettings) -> str:
    return shape.in_wgs84(text, settings.datum) if name in {"polygons", "circles"} else text
