"""A stand-in of programs that take webhooks by the Standard Webhooks: they check signature, time and number.

`/hook/{name}` are receivers of posts, `/dial` is a call server.
"""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from aiohttp import web
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn

#: Seconds that a message may be old, as the standard recommends.
_FRESH = 300.0


class WebhookStandIn(StandIn):
    """Receivers of any name with one secret ("whsec_…")."""

    def __init__(self, secret: str, *, keep: int = 1000, passes_over_repeats: bool = True) -> None:
        super().__init__(keep=keep, callbacks=Callbacks(pauses=(), is_taken=lambda *_: True))
        self._key = base64.b64decode(secret.removeprefix("whsec_"))
        self._passes_over = passes_over_repeats
        self._known: set[str] = set()

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post("/hook/{name}", self._take), web.post("/dial", self._take)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """Programs answer at once."""
        raise ValueError("programs answer at once")

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        fault = self.script.fault()
        if fault is not None:
            answer = await self.script.answer(fault, request)
            return answer if answer is not None else web.Response(status=int(fault.code), text=f"no: {request.url}")
        if not self.is_good(request.headers, body):
            return web.Response(status=401, text="the signature is wrong or too old")
        number = request.headers["webhook-id"]
        if not (self._passes_over and number in self._known):
            self.inbox.put(_received(request.match_info.get("name"), json.loads(body)["data"], number))
        self._known.add(number)
        return web.Response(status=204)

    def is_good(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether one of the signatures fits, and the time is near."""
        number, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        if not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > _FRESH:
            return False
        signed = hmac.digest(self._key, f"{number}.{timestamp}.".encode() + body, hashlib.sha256)
        fitting = f"v1,{base64.b64encode(signed).decode()}"
        return any(hmac.compare_digest(each, fitting) for each in headers.get("webhook-signature", "").split())


def _received(name: str | None, data: Mapping[str, str], number: str) -> Received:
    """What a receiver reads, or what is said to whom; without a `name` it is a call."""
    if name is None:
        return Received(data["to"], data["words"], time.time(), _parts(data, "title", "words"), mark=number)
    return Received(name, data["text"], time.time(), _parts(data, "title", "text", "url"), data["url"], mark=number)


def _parts(data: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: data[name] for name in names}
