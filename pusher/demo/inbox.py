"""The page `/inbox` of the demo: each message as its receiver sees it, in a phone's bubble, a WeChat card, a mail."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from pusher.console.page import page, style_sheet
from pusher.console.site import Site

#: What is shown, in this order, and as what.
FORMS: Mapping[str, str] = {"sms": "手机短信", "wechat": "微信公众号", "mail": "电子邮件"}

#: Messages of one form on the page; the newest are shown.
SHOWN = 40

_ROOM = "pusher.demo"


@dataclass(frozen=True, slots=True)
class Shown:
    """One message on one person's screen."""

    #: A key of `FORMS`.
    form: str
    #: The receiver's (fictional) name.
    receiver: str
    #: Aware time of arrival.
    at: datetime
    #: SMS: the whole text with its signature; mail: the plain part; WeChat: "" where `fields` say it.
    text: str = ""
    #: Mail: subject; WeChat: the template's title; SMS: the sender's number.
    title: str = ""
    #: Mail: From; WeChat: the account's name.
    sender: str = ""
    #: WeChat: the lines of the card as (label, value).
    fields: Sequence[tuple[str, str]] = ()
    #: Mail: the HTML part; it is cleaned when it is shown.
    html: str = ""
    #: Where a tap leads; "" = nowhere.
    link: str = ""


@dataclass(frozen=True, slots=True)
class Inbox:
    """All that was received in the demo."""

    site: Site
    #: Everything received so far, in any order.
    received: Callable[[], Sequence[Shown]]
    #: Whether more is to come: only then the page renews itself.
    is_running: Callable[[], bool]
    #: Lets the visitor's WeChat scan the newest code of /subscribe.
    scan: Callable[[], Awaitable[None]]

    def routes(self) -> list[web.RouteDef]:
        """The page, its style, and the visitor's scan."""
        return [
            web.get("/inbox", self.show),
            web.post("/inbox/scan", self.take_scan),
            style_sheet(_ROOM).route(),
        ]

    async def take_scan(self, _request: web.Request) -> web.Response:
        """Scan, and show what came of it."""
        await self.scan()
        raise web.HTTPSeeOther("/inbox?still=1#wechat")

    async def show(self, request: web.Request) -> web.Response:
        """The newest messages of each form; `?person=` shows one receiver's only, `?still=1` stops the renewal."""
        everything = sorted(self.received(), key=lambda shown: shown.at, reverse=True)
        person = request.query.get("person", "")
        chosen = [shown for shown in everything if person in ("", shown.receiver)]
        return page(
            request,
            "inbox",
            room=_ROOM,
            site=self.site,
            inbox_style=style_sheet(_ROOM).address,
            forms=FORMS,
            counts=Counter(shown.form for shown in chosen),
            shown={form: [one for one in chosen if one.form == form][:SHOWN] for form in FORMS},
            people=sorted({shown.receiver for shown in everything}),
            person=person,
            is_running=self.is_running(),
            still="still" in request.query,
        )
