"""The page behind every "退订" link, and the one-click end of RFC 8058."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from pusher.console.language import Languages
from pusher.console.page import chosen_language, page
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
    #: What the page can be read in.
    languages: Languages
    #: Whether there is a page of one's own.
    has_my: bool

    def routes(self) -> list[web.RouteDef]:
        """The one address, to look at and to end."""
        path = f"/u/{{token:{_SHAPE}}}"
        return [web.get(path, self.ask), web.post(path, self.confirm)]

    async def ask(self, request: web.Request) -> web.Response:
        """Ask for confirmation. Changes nothing: mail scanners open every link."""
        return await self._page(request, "ask")

    async def confirm(self, request: web.Request) -> web.Response:
        """End it. Mail programs send this by themselves (`List-Unsubscribe=One-Click`), without cookie or page."""
        ended = await self.end(request.match_info["token"])
        return await self._page(request, "ended") if ended else await self._page(request, "unknown", status=404)

    async def _page(self, request: web.Request, state: str, *, status: int = 200) -> web.Response:
        token = request.match_info["token"]
        return page(
            request,
            "unsubscribe",
            status=status,
            headers=_HEADERS,
            language=chosen_language(request, self.languages),
            languages=self.languages,
            site=self.site,
            state=state,
            token=token,
            has_my=self.has_my,
            duties=await self.duties(token),
        )
