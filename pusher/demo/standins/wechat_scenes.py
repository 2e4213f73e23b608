"""QR codes with a scene (带参数二维码): permanent ones and temporary ones, their pictures, and what a scan finds.

Pages followed: account_management/generating_a_parametric_qr_code. The picture is served by mp.weixin.qq.com there, as
a JPEG; here by the same stand-in, as a PNG.
"""

import io
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import segno
from aiohttp import web

#: Where pictures are.
PICTURE = "/cgi-bin/showqrcode"

#: The longest that a temporary code lives, in seconds; and how long where nothing is said.
_LONGEST, _USUAL = 2_592_000, 60
#: Characters of a scene at most.
_MOST = 64
_INVALID: Mapping[str, Any] = {"errcode": 40053, "errmsg": f"invalid action info rid: {40053}-0a1b2c3d"}


@dataclass(frozen=True, slots=True)
class Code:
    """One code."""

    ticket: str
    #: What the picture holds.
    url: str
    scene: str
    #: Seconds since 1970; None = for ever.
    ends: float | None

    @property
    def is_over(self) -> bool:
        """Whether a scan finds nothing any more."""
        return self.ends is not None and time.time() >= self.ends


@dataclass(slots=True)
class Scenes:
    """The codes of one account."""

    #: In their order.
    codes: list[Code] = field(default_factory=list)

    def create(self, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """`/cgi-bin/qrcode/create`: the same permanent scene gives the same code, a temporary one another each time."""
        scene, seconds = told["action_info"]["scene"], told.get("expire_seconds", _USUAL)
        is_permanent = told["action_name"] == "QR_LIMIT_STR_SCENE"
        if told.keys() - {"action_name", "action_info", "expire_seconds"} or scene.keys() != {"scene_str"}:
            return _INVALID
        if not is_permanent and (told["action_name"] != "QR_STR_SCENE" or not _is_span(seconds)):
            return _INVALID
        name = scene["scene_str"]
        if not isinstance(name, str) or not 1 <= len(name) <= _MOST:
            return _INVALID
        code = self._permanent(name) if is_permanent else self._new(name, time.time() + seconds)
        life = {} if is_permanent else {"expire_seconds": seconds}
        return {"ticket": code.ticket, **life, "url": code.url}

    def scan(self, url: str) -> Code:
        """The code that a telephone reads. Raises KeyError where the platform shows that it is over, or not its own."""
        found = next((code for code in self.codes if code.url == url and not code.is_over), None)
        if found is None:
            raise KeyError("this code is over, or not of this platform")
        return found

    async def show(self, request: web.Request) -> web.Response:
        """The picture of a ticket; needs no token."""
        ticket = request.query.get("ticket", "")
        found = next((code for code in self.codes if code.ticket == ticket and not code.is_over), None)
        if found is None:
            return web.Response(status=404)
        drawn = io.BytesIO()
        segno.make(found.url, error="m").save(drawn, kind="png", scale=8, border=4)
        return web.Response(body=drawn.getvalue(), content_type="image/png")

    def _permanent(self, scene: str) -> Code:
        known = next((code for code in self.codes if code.ends is None and code.scene == scene), None)
        return known or self._new(scene, None)

    def _new(self, scene: str, ends: float | None) -> Code:
        url = f"http://weixin.qq.com/q/02{secrets.token_urlsafe(15)}"
        code = Code(f"gQ{secrets.token_urlsafe(69)}", url, scene, ends)
        self.codes.append(code)
        return code


def _is_span(seconds: object) -> bool:
    return type(seconds) is int and 1 <= seconds <= _LONGEST
