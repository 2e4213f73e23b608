"""The board as an Atom feed (RFC 4287). Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml import etree

from pusher.console.board_store import Posted
from pusher.console.sanitise import clean
from pusher.console.site import Site

_ATOM = "http://www.w3.org/2005/Atom"
_EMPTY = f'<feed xmlns="{_ATOM}" xml:lang="zh-CN"/>'

#: What an empty feed says of its last change.
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


def atom(site: Site, notices: Sequence[Posted], address: str, heading: str) -> bytes:
    """A feed of `notices`, the newest first; `address` is its own, `heading` its title."""
    feed = etree.fromstring(_EMPTY)
    _add(feed, "title", heading)
    _add(feed, "id", address)
    _add(feed, "link", rel="self", type="application/atom+xml", href=address)
    _add(feed, "link", rel="alternate", type="text/html", href=f"{site.public_url}/board")
    _add(feed, "updated", max((posted.changed for posted in notices), default=_NEVER).isoformat())
    _add(_add(feed, "author"), "name", site.town)
    for posted in notices:
        _add_entry(feed, site, posted)
    return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _add_entry(feed: etree._Element, site: Site, posted: Posted) -> None:
    post, address = posted.post, site.address(posted)
    entry = _add(feed, "entry")
    _add(entry, "title", post.title)
    _add(entry, "id", address)
    _add(entry, "link", rel="alternate", type="text/html", href=address)
    _add(entry, "published", (post.published or posted.posted).isoformat())
    _add(entry, "updated", posted.changed.isoformat())
    if post.issuer:
        _add(_add(entry, "author"), "name", post.issuer)
    for name in (*filter(None, [post.drill]), *site.domain_names(posted)):
        _add(entry, "category", term=name)
    if post.summary:
        _add(entry, "summary", post.summary)
    _add(entry, "content", clean(post.html), type="html")


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = text
    return child
