"""What is printed: a poster of a notice for the wall, and a month of a domain as a handbook; as pages, and as PDF.

PDF needs what `pusher.console.printing` looks for. One is made at a time, in a thread, and nothing is fetched for it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from aiohttp import web
from lxml import html

from pusher.clock import CHINA, now
from pusher.console import board_store, query
from pusher.console.board import qr
from pusher.console.board_store import Post, Posted
from pusher.console.chosen import DIGITS
from pusher.console.page import SECURITY_HEADERS, environment, page
from pusher.console.printing import lack
from pusher.console.query import WrongQueryError
from pusher.console.site import Site
from pusher.database import Database
from subscribers.topic import Severity

#: Lines of large type that a sheet has room for, between a title and the code, and characters of a line.
_LINES, _LINE = 14, 25

#: Notices of a handbook at most.
_LONGEST = 200
#: Seconds for which a print may be kept.
_AGE = 60


@dataclass(frozen=True, slots=True)
class Prints:
    """Posters and handbooks."""

    database: Database
    site: Site
    #: One PDF at a time: each takes a second of a processor.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        number = f"{{number:[0-9]{{1,{DIGITS}}}}}"
        return [
            web.get(f"/board/{number}/poster", self.poster),
            web.get(f"/board/{number}/poster.pdf", self.poster),
            web.get("/board/handbook", self.handbook),
            web.get("/board/handbook.pdf", self.handbook),
        ]

    async def poster(self, request: web.Request) -> web.Response:
        """A notice on one sheet of A4, in large type."""
        async with self.database.read() as connection:
            posted = await board_store.get(connection, int(request.match_info["number"]))
        if posted is None or posted.withdrawn is not None:
            return page(request, "missing", status=404, site=self.site)
        values: dict[str, Any] = {
            "posted": posted,
            "at": now(),
            "qr": qr(self.site.address(posted)),
            "extract": _extract(posted.post),
        }
        return await self._shown(request, "poster", f"poster-{posted.id}", values)

    async def handbook(self, request: web.Request) -> web.Response:
        """`?domain=education&month=2026-11`: what a domain published in a month, with a table of contents."""
        domain = query.choice(request.query, "domain", self.site.domains)
        month = _month(query.month(request.query, "month"))
        if not domain:
            raise WrongQueryError("请在网址里写明领域，例如 domain=" + next(iter(self.site.domains), ""))
        async with self.database.read() as connection:
            found = await board_store.latest(connection, domain=domain, since=month[0], until=month[1], limit=_LONGEST)
        values: dict[str, Any] = {
            "domain": domain,
            "heading": f"{self.site.domains[domain]}　{month[0].year}年{month[0].month}月",
            "month": f"{month[0]:%Y-%m}",
            "notices": _oldest_first([posted for posted in found if not posted.post.drill]),
            "most": _LONGEST if len(found) == _LONGEST else None,
            "qr": qr(f"{self.site.public_url}/board?domain={domain}"),
        }
        return await self._shown(request, "handbook", f"handbook-{domain}-{month[0]:%Y-%m}", values)

    async def _shown(self, request: web.Request, name: str, file: str, values: dict[str, Any]) -> web.Response:
        if not request.path.endswith(".pdf"):
            return page(request, name, age=_AGE, site=self.site, is_pdf=False, **values)
        # Looking takes the library's own loading, once.
        missing = await asyncio.to_thread(lack)
        if missing is not None:
            return page(request, "no_pdf", status=501, site=self.site, missing=missing)
        text = (
            environment("pusher.console")
            .get_template(f"{name}.html.j2")
            .render(request=request, size="normal", site=self.site, is_pdf=True, **values)
        )
        async with self.turn:
            made = await asyncio.to_thread(_pdf, text)
        headers = {
            **SECURITY_HEADERS,
            "Content-Disposition": f'inline; filename="{file}.pdf"',
            "Cache-Control": f"max-age={_AGE}",
        }
        return web.Response(body=made, content_type="application/pdf", headers=headers)


def _extract(post: Post) -> str:
    """What stands on a poster in place of a notice too long for one sheet; "" = all of it, and so for any warning."""
    lines = _lines(post.html)
    if post.topic.severity > Severity.NOTICE or sum(-(-len(line) // _LINE) for line in lines) <= _LINES:
        return ""
    words = " ".join(post.summary.split()) or "".join(lines)
    room = _LINES * _LINE // 2
    return words if len(words) <= room else words[: room - 1] + "…"


def _lines(fragment: str) -> list[str]:
    """The words of a page's fragment, as far as they stand in lines of their own."""
    if not fragment.strip():
        return []
    whole = html.fragment_fromstring(fragment, create_parent="div")
    for element in whole.iter("br", "p", "li", "tr", "div", "h2", "h3", "h4", "dt", "dd"):
        element.tail = f"\n{element.tail or ''}"
    return [line for line in (" ".join(line.split()) for line in str(whole.text_content()).split("\n")) if line]


def _pdf(text: str) -> bytes:
    from weasyprint import CSS, HTML  # noqa: PLC0415 - an extra, and heavy

    sheet = resources.files("pusher.console").joinpath("pages", "style.css").read_text(encoding="utf-8")
    made: bytes = HTML(string=text, url_fetcher=_nothing, base_url="https://nowhere.invalid/").write_pdf(
        stylesheets=[CSS(string=sheet, url_fetcher=_nothing)]
    )
    return made


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    """Nothing is fetched, wherever a page points."""
    if url.startswith("data:"):
        return {"string": b"", "mime_type": "image/svg+xml"}
    raise ValueError("a print fetches nothing")


def _month(asked: tuple[int, int] | None) -> tuple[datetime, datetime]:
    """The beginning of a month (year, month), and of the next one; the present month where none is named."""
    today = now().astimezone(CHINA)
    year, month = asked or (today.year, today.month)
    first = datetime(year, month, 1, tzinfo=CHINA)
    return first, (first + timedelta(days=32)).replace(day=1)


def _oldest_first(found: Sequence[Posted]) -> list[Posted]:
    return sorted(found, key=lambda posted: posted.post.published or posted.posted)
