"""Notifications in the reader's own browser: the page to sign up, its script, and the worker that shows them."""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from aiohttp import web
from yarl import URL

from pusher.console.allowance import Allowance
from pusher.console.asker import Networks, remote_of
from pusher.console.page import CONTENT_SECURITY_POLICY, page
from pusher.console.site import Site
from subscribers.address_form import AddressError

#: What the reader agrees to by pressing the button; kept with the consent.
WORDS = "我同意在这个浏览器里接收所选领域和地区的通知和预警，可以随时在本页停止接收。"

#: Only this page runs a script, which is ours.
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(
        "default-src 'none';", "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self';"
    ),
    "Cache-Control": "no-store",
}

_LARGEST = 8_192
_PER_MINUTE = 10

#: Takes a browser in: (what it gave as JSON, domains, area, words shown). Raises AddressError.
Take = Callable[[str, Sequence[str], str, str], Awaitable[None]]
#: Ends what goes to a browser: its address as JSON.
End = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class PushPages:
    """`/push` and what belongs to it."""

    site: Site
    #: `applicationServerKey` for the browser.
    key: str
    take: Take
    end: End
    proxies: Networks = ()
    allowance: Allowance = field(default_factory=lambda: Allowance(_PER_MINUTE))

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        return [
            web.get("/push", self.show),
            web.get("/push.js", self.worker),
            web.get("/assets/push-page.js", self.script),
            web.post("/push", self.subscribe),
            web.delete("/push", self.unsubscribe),
        ]

    async def show(self, request: web.Request) -> web.Response:
        """What it is, and the choice; without a script, what to do instead."""
        return page(request, "push", headers=_HEADERS, site=self.site, key=self.key, words=WORDS)

    async def worker(self, _request: web.Request) -> web.Response:
        """The service worker; at the root, so that its notifications may open any page of ours."""
        return _script("worker.js")

    async def script(self, _request: web.Request) -> web.Response:
        """The script of the page."""
        return _script("page.js")

    async def subscribe(self, request: web.Request) -> web.Response:
        """{"subscription": …, "domains": […], "area": …}: from our own page only."""
        asked = await self._read(request)
        domains = asked.get("domains")
        area = asked.get("area", "")
        chosen = dict.fromkeys(map(str, domains)) if isinstance(domains, list) else {}
        known = (
            isinstance(area, str)
            and area in {"", *self.site.areas}
            and all(each in self.site.domains for each in chosen)
        )
        if not chosen or not known:
            raise web.HTTPBadRequest(text="choose domains and an area of this page")
        try:
            await self.take(json.dumps(asked.get("subscription")), list(chosen), area, WORDS)
        except AddressError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.json_response({})

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """{"subscription": …}: whoever has a browser's address is that browser."""
        asked = await self._read(request)
        try:
            await self.end(json.dumps(asked.get("subscription")))
        except AddressError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return web.json_response({})

    async def _read(self, request: web.Request) -> dict[str, Any]:
        ours = URL(self.site.public_url).origin()
        if request.headers.get("Origin") not in {str(ours), f"{request.url.scheme}://{request.host}"}:
            raise web.HTTPForbidden(text="only the page /push of this site may ask for this")
        if not self.allowance.takes(remote_of(request, self.proxies)):
            raise web.HTTPTooManyRequests(
                text="too many requests: try again in a minute", headers={"Retry-After": "60"}
            )
        try:
            read = json.loads((await _body(request)).decode())
        except (UnicodeDecodeError, ValueError, RecursionError):
            raise web.HTTPBadRequest(text="this is not the JSON that the page sends") from None
        return read if isinstance(read, dict) else {}


async def _body(request: web.Request) -> bytes:
    """All that was sent, piece by piece, and never more in memory than the longest that is taken."""
    read = bytearray()
    async for piece in request.content.iter_chunked(_LARGEST):
        read += piece
        if len(read) > _LARGEST:
            words = f"a subscription has at most {_LARGEST} bytes"
            raise web.HTTPRequestEntityTooLarge(max_size=_LARGEST, actual_size=len(read), text=words)
    return bytes(read)


def _script(name: str) -> web.Response:
    content = resources.files("pusher.console").joinpath("pages", "push", name).read_text(encoding="utf-8")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return web.Response(text=content, content_type="text/javascript", charset="utf-8", headers=headers)
