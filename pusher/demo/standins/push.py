"""A stand-in of a push service with browsers: it checks signature, headers and size, and decrypts what it was given.

Followed: RFC 8030 (TTL, Urgency, Topic), RFC 8291 (by http-ece) and RFC 8292 (by py-vapid).
"""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typing_extensions import override

from pusher.demo.standins.callbacks import Callbacks
from pusher.demo.standins.inbox import Received
from pusher.demo.standins.server import StandIn

_LONGEST = 4096
_AUTH = b"browser-secret!!"


class PushStandIn(StandIn):
    """A push service; every name below `/push/` is a browser of one and the same key."""

    def __init__(self, *, keep: int = 1000) -> None:
        super().__init__(keep=keep, callbacks=Callbacks(pauses=(), is_taken=lambda *_: True))
        self._key = ec.generate_private_key(ec.SECP256R1())

    @override
    def routes(self) -> list[web.RouteDef]:
        """See `StandIn.routes`."""
        return [web.post("/push/{browser}", self._take)]

    @override
    async def person(self, said: dict[str, str]) -> None:
        """Browsers say nothing."""
        raise ValueError("browsers say nothing")

    def subscription(self, endpoint: str) -> str:
        """What the browser at `endpoint` gives, as JSON."""
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _url64(point), "auth": _url64(_AUTH)}
        return json.dumps({"endpoint": endpoint, "keys": keys}, separators=(",", ":"))

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        fault = self.script.fault()
        if fault is not None:
            return await self.script.answer(fault, request) or web.Response(status=500)
        status = self._refusal(request, body)
        if status:
            return web.Response(status=status, text=f"refused {request.url}")
        said = self._decrypted(body)
        words = {name: str(said[name]) for name in ("title", "text", "url")}
        browser = request.match_info["browser"]
        self.inbox.put(Received(browser, said["text"], time.time(), words, link=said["url"]))
        return web.Response(status=201, headers={"Location": str(request.url)})

    def _refusal(self, request: web.Request, body: bytes) -> int:
        headers = request.headers
        if len(body) > _LONGEST:
            return 413
        if headers.get("Content-Encoding") != "aes128gcm" or not headers.get("TTL", "").isdecimal():
            return 400
        if headers.get("Urgency", "normal") not in {"very-low", "low", "normal", "high"}:
            return 400
        if len(headers.get("Topic", "")) > 32:
            return 400
        origin = f"{request.url.scheme}://{request.url.host}:{request.url.port}"
        return 0 if _is_signed(headers.get("Authorization", ""), origin) else 401

    def _decrypted(self, body: bytes) -> Mapping[str, Any]:
        import http_ece  # noqa: PLC0415 - an extra

        read: Mapping[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self._key, auth_secret=_AUTH, version="aes128gcm")
        )
        return read


def _is_signed(authorization: str, origin: str) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415
    from py_vapid.jwt import decode  # noqa: PLC0415 - an extra

    scheme, _, rest = authorization.partition(" ")
    parts = {name: values[0] for name, values in parse_qs(rest.replace(", ", "&").replace("+", "%2B")).items()}
    try:
        claims = decode(parts.get("t", ""), parts.get("k", ""))
    except (InvalidSignature, IndexError, ValueError):
        return False
    within_a_day = time.time() < claims["exp"] <= time.time() + 86_400
    is_told = claims["sub"].startswith(("mailto:", "https:"))
    return scheme == "vapid" and claims["aud"] == origin and within_a_day and is_told


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
