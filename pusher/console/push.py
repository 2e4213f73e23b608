"""Notifications in the reader's own browser: their script on /subscribe, and the worker that shows them."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from aiohttp import web
from yarl import URL

from pusher.console.allowance import Allowance
from pusher.console.asker import Networks, remote_of
from pusher.console.page import CONTENT_SECURITY_POLICY
from pusher.console.site import Site
from subscribers.address_form import AddressError

#: Only a page that offers this runs a script, which is ours.
WITH_SCRIPT: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace(
        "default-src 'none';", "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self';"
    ),
}

_LARGEST = 8_192
_PER_MINUTE = 10

#: The key to the page of a browser's owner, by what the browser gave as JSON; None = not known. Raises AddressError.
OwnKey = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class PushPages:
    """What belongs to browsers beside the form of /subscribe."""

    site: Site
    own_key: OwnKey
    proxies: Networks = ()
    allowance: Allowance = field(default_factory=lambda: Allowance(_PER_MINUTE))

    def routes(self) -> list[web.RouteDef]:
        """All addresses."""
        return [
            web.get("/push", self.show),
            web.get("/push.js", self.worker),
            web.get("/assets/push-page.js", self.script),
            web.post("/push", self.open),
        ]

    async def show(self, _request: web.Request) -> web.Response:
        """The form, with this browser chosen."""
        raise web.HTTPSeeOther("/subscribe?kind=web_push#kind")

    async def worker(self, _request: web.Request) -> web.Response:
        """The service worker; at the root, so that its notifications may open any page of ours."""
        return _script("worker.js")

    async def script(self, _request: web.Request) -> web.Response:
        """The script of the page."""
        return _script("page.js")

    async def open(self, request: web.Request) -> web.Response:
        """{"subscription": …} from our own page: {"open": …}, where its owner sees, changes and ends what comes."""
        asked = await self._read(request)
        try:
            key = await self.own_key(json.dumps(asked.get("subscription")))
        except AddressError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        if key is None:
            raise web.HTTPNotFound(text="this browser has not subscribed")
        return web.json_response({"open": f"/o/{key}/my"}, headers={"Cache-Control": "no-store"})

    async def _read(self, request: web.Request) -> dict[str, Any]:
        ours = URL(self.site.public_url).origin()
        if request.headers.get("Origin") not in {str(ours), f"{request.url.scheme}://{request.host}"}:
            raise web.HTTPForbidden(text="only a page of this site may ask for this")
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
