"""The board as a JSON Feed (jsonfeed.org, version 1.1). Pure."""

import json
from collections.abc import Sequence
from typing import Any

from pusher.console.board_store import Posted
from pusher.console.sanitise import clean
from pusher.console.site import Site


def json_feed(site: Site, notices: Sequence[Posted], address: str, heading: str) -> bytes:
    """A feed of `notices`, the newest first; `address` is its own, `heading` its title."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": heading,
        "home_page_url": f"{site.public_url}/board",
        "feed_url": address,
        "language": "zh-CN",
        "authors": [{"name": site.town}],
        "items": [_item(site, posted) for posted in notices],
    }
    return json.dumps(feed, ensure_ascii=False).encode()


def _item(site: Site, posted: Posted) -> dict[str, Any]:
    post, address = posted.post, site.address(posted)
    return {
        "id": address,
        "url": address,
        "title": post.title,
        "content_html": str(clean(post.html)),
        "date_published": (post.published or posted.posted).isoformat(),
        "date_modified": posted.changed.isoformat(),
        "tags": [*filter(None, [post.drill]), *site.domain_names(posted), *site.area_names(posted)],
        **({"summary": post.summary} if post.summary else {}),
        **({"authors": [{"name": post.issuer}]} if post.issuer else {}),
    }
