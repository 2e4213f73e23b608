"""The page behind every "退订" link, and the one-click end of RFC 8058."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from pusher.console.page import page
from pusher.console.site import Site

#: Signed tokens are URL-safe words; nothing longer is looked at.
_SHAPE = r"[A-Za-z0-9._~=-]{1,512}"

#: The address is a secret of the receiver: nobody may keep it, index it or hear of it.
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Ends what a signed link names; asking twice is the same as asking once."""

    site: Site
    #: Ends the subscription of a token; False if the token is not ours or too old.
    end: Callable[[str], Awaitable[bool]]
    #: Why warnings still come to whom a token names, and whom to ask: one text for each list that outweighs a 退订.
    duties: Callable[[str], Awaitable[Sequence[str]]]

    def routes(self) -> list[web.RouteDef]:
        """The one address, to look at and to end."""
        path = f"/u/{{token:{_SHAPE}}}"
        return [web.get(path, self.ask), web.post(path, self.confirm)]

    async def ask(self, request: web.Request) -> web.Response:
        """Ask for confirmation. Changes nothing: mail scanners open every link."""
        token = request.match_info["token"]
        duties = await self.duties(token)
        return page(request, "unsubscribe", headers=_HEADERS, site=self.site, state="ask", token=token, duties=duties)

    async def confirm(self, request: web.Request) -> web.Response:
        """End it. Mail programs send this by themselves (`List-Unsubscribe=One-Click`), without cookie or page."""
        ended = await self.end(request.match_info["token"])
        duties = await self.duties(request.match_info["token"])
        state, status = ("ended", 200) if ended else ("unknown", 404)
        return page(request, "unsubscribe", status=status, headers=_HEADERS, site=self.site, state=state, duties=duties)
