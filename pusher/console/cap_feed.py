"""Warnings for machines: an Atom feed of current and past ones, each as CAP 1.2 XML and as JSON under CAP's names."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from aiohttp import web
from lxml import etree

from pusher.console.conditional import conditional
from pusher.console.site import Site

_ATOM = "http://www.w3.org/2005/Atom"
#: Seconds for which an answer may be kept: short, because a warning may be ended at any moment.
_AGE = 10
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_DIGITS = 18
_CAP_TYPE = "application/cap+xml"


@dataclass(frozen=True, slots=True)
class Listed:
    """One version in the feed."""

    number: int
    headline: str
    identifier: str
    sent: datetime
    expires: datetime
    #: Whether it holds at this moment.
    is_current: bool
    #: "" for a live one; else "测试": a named public test, whose headline says so first.
    drill: str = ""


class Alerts(Protocol):
    """What the feed asks of the service: live warnings alone, and public tests."""

    async def listed(self) -> Sequence[Listed]:
        """The newest first."""
        ...

    async def xml(self, number: int) -> bytes | None:
        """The CAP document; None where the public has no such warning."""
        ...

    async def json(self, number: int) -> Mapping[str, Any] | None:
        """The same under CAP's names."""
        ...


@dataclass(frozen=True, slots=True)
class CapFeed:
    """`GET /cap`, `/cap/NUMBER.xml` and `/cap/NUMBER.json`."""

    site: Site
    alerts: Alerts

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        number = f"{{number:[0-9]{{1,{_DIGITS}}}}}"
        return [
            web.get("/cap", self.feed),
            web.get(f"/cap/{number}.xml", self.one_xml),
            web.get(f"/cap/{number}.json", self.one_json),
        ]

    async def feed(self, request: web.Request) -> web.Response:
        """Current and past warnings and public tests; which is which is said by a category."""
        body = self._atom(await self.alerts.listed())
        return conditional(request, body, content_type="application/atom+xml", age=_AGE)

    async def one_xml(self, request: web.Request) -> web.Response:
        """One alert as CAP 1.2."""
        document = await self.alerts.xml(int(request.match_info["number"]))
        if document is None:
            raise web.HTTPNotFound
        return conditional(request, document, content_type=_CAP_TYPE, age=_AGE)

    async def one_json(self, request: web.Request) -> web.Response:
        """One alert as JSON."""
        said = await self.alerts.json(int(request.match_info["number"]))
        if said is None:
            raise web.HTTPNotFound
        body = json.dumps(said, ensure_ascii=False).encode()
        return conditional(request, body, content_type="application/json", age=_AGE)

    def _atom(self, listed: Sequence[Listed]) -> bytes:
        address = f"{self.site.public_url}/cap"
        feed = etree.fromstring(f'<feed xmlns="{_ATOM}" xml:lang="zh-CN"/>')
        _add(feed, "id", address)
        _add(feed, "title", f"{self.site.town} 预警")
        _add(feed, "updated", max((each.sent for each in listed), default=_NEVER).isoformat())
        _add(feed, "link", rel="self", type="application/atom+xml", href=address)
        _add(_add(feed, "author"), "name", self.site.town)
        for each in listed:
            entry = _add(feed, "entry")
            document = f"{address}/{each.number}"
            _add(entry, "id", f"{document}.xml")
            _add(entry, "title", each.headline)
            _add(entry, "updated", each.sent.isoformat())
            _add(entry, "published", each.sent.isoformat())
            _add(entry, "category", term="test" if each.drill else "current" if each.is_current else "past")
            _add(entry, "link", rel="alternate", type=_CAP_TYPE, href=f"{document}.xml")
            _add(entry, "link", rel="alternate", type="application/json", href=f"{document}.json")
            _add(entry, "summary", each.identifier)
        return bytes(etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _add(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{_ATOM}}}{name}", attributes)
    child.text = text
    return child
