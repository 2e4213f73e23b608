"""The page behind the link of a roll-call: one tap says that a warning has arrived, a few words what is being done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web

from pusher.console.page import page
from pusher.console.site import Site

#: Signed tokens are URL-safe words; nothing longer is looked at.
_SHAPE = r"[A-Za-z0-9._~=-]{1,512}"
#: The address is a secret of the receiver: nobody may keep it, index it or hear of it.
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
#: Of one answer no more characters are read.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One warning that the holder of a link must answer."""

    call_id: int
    headline: str
    instruction: str
    #: "" for live, else "演练" or "测试".
    drill: str


class Desk(Protocol):
    """What the page asks of the service."""

    async def asked(self, token: str) -> Sequence[Asked] | None:
        """The warnings that the holder of the token must answer, newest first; None for a token that is not ours."""
        ...

    async def answered(self, token: str, said: Mapping[str, str]) -> int | None:
        """Answer all of them; how many that were, None for a token that is not ours."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """Looking changes nothing but 已读; only the button answers, as link scanners open every link."""

    site: Site
    desk: Desk
    questions: Sequence[str]

    def routes(self) -> list[web.RouteDef]:
        """The one address, to look at and to answer."""
        path = f"/answer/{{token:{_SHAPE}}}"
        return [web.get(path, self.ask), web.post(path, self.answer)]

    async def ask(self, request: web.Request) -> web.Response:
        """The button and the questions."""
        asked = await self.desk.asked(request.match_info["token"])
        return self._page(request, "unknown" if asked is None else "ask" if asked else "nothing", asked or ())

    async def answer(self, request: web.Request) -> web.Response:
        """What was answered."""
        form = await request.post()
        said = {}
        for number, question in enumerate(self.questions):
            value = form.get(f"answer{number}", "")
            if isinstance(value, str) and value.strip():
                said[question] = value.strip()[:_LONGEST]
        count = await self.desk.answered(request.match_info["token"], said)
        return self._page(request, "unknown" if count is None else "answered" if count else "nothing", ())

    def _page(self, request: web.Request, state: str, asked: Sequence[Asked]) -> web.Response:
        return page(
            request,
            "answer",
            status=404 if state == "unknown" else 200,
            headers=_HEADERS,
            site=self.site,
            state=state,
            asked=asked,
            questions=self.questions,
        )
