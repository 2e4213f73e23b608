"""Making pages: the templates, what every answer carries, and the size of type that the reader chose."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from importlib import resources

import jinja2
from aiohttp import web
from markupsafe import Markup
from yarl import URL

from pusher.clock import CHINA
from pusher.console.hazard_groups import HAZARD_GROUPS
from pusher.console.language import CHINESE, SOURCE, Language, Languages
from pusher.console.sanitise import clean
from subscribers.topic import Severity

#: Pages need no script at all, and nothing from other places.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}

#: The sizes of type: 大字版 has 18 pt text and larger targets, as 适老化 asks.
SIZES = ("normal", "large")
_YEAR = 365 * 24 * 3600

LEVEL_NAMES: Mapping[Severity, str] = {
    Severity.BLUE: "蓝色",
    Severity.YELLOW: "黄色",
    Severity.ORANGE: "橙色",
    Severity.RED: "红色",
}


def page(
    request: web.Request,
    name: str,
    *,
    status: int = 200,
    age: int = 0,
    headers: Mapping[str, str] | None = None,
    room: str = "pusher.console",
    language: Language = CHINESE,
    languages: Languages | None = None,
    more: Mapping[str, object] | None = None,
    **values: object,
) -> web.Response:
    """The page `name` ("board" = pages/board.html.j2 in `room`) with `values`; it may be kept for `age` seconds.

    `more`: further values. `languages`: what the reader may choose from, where the page has more than one.
    """
    size = chosen_size(request)
    shared = {"request": request, "size": size, "language": language, "languages": languages or {}, "_": language}
    text = environment(room).get_template(f"{name}.html.j2").render({**shared, **(more or {}), **values})
    response = web.Response(text=text, status=status, content_type="text/html", headers={**SECURITY_HEADERS})
    # The size of type is chosen by cookie, so one reader's page is not another's.
    response.headers["Vary"] = "Cookie"
    response.headers["Cache-Control"] = f"max-age={age}" if age else "no-store"
    if request.query.get("size") in SIZES:
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie("size", size, max_age=_YEAR, path="/", httponly=True, samesite="Lax")
    if languages and request.query.get("lang") in languages:
        response.headers["Cache-Control"] = "no-store"
        response.set_cookie("lang", language.code, max_age=_YEAR, path="/", httponly=True, samesite="Lax")
    response.headers.update(headers or {})
    return response


def chosen_size(request: web.Request) -> str:
    """ "large" or "normal": as the address asks, else as the reader chose before."""
    for choice in (request.query.get("size"), request.cookies.get("size")):
        if choice in SIZES:
            return choice
    return "normal"


def chosen_language(request: web.Request, known: Languages, *, otherwise: str = SOURCE) -> Language:
    """The language that the address asks for, else the one chosen before, else `otherwise`."""
    for choice in (request.query.get("lang"), request.cookies.get("lang"), otherwise):
        if choice is not None and choice in known:
            return known[choice]
    return CHINESE


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """A room's style sheet; its address names this very content, so it may be kept for ever."""

    address: str
    content: bytes

    def route(self) -> web.RouteDef:
        """Where it is served."""
        return web.get(self.address, self.show)

    async def show(self, _request: web.Request) -> web.Response:
        """The content."""
        headers = {"Cache-Control": f"public, max-age={_YEAR}, immutable", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=self.content, content_type="text/css", charset="utf-8", headers=headers)


@cache
def style_sheet(room: str) -> StyleSheet:
    """The file `pages/style.css` of a room."""
    content = resources.files(room).joinpath("pages", "style.css").read_bytes()
    return StyleSheet(f"/assets/{hashlib.sha256(content).hexdigest()[:12]}/style.css", content)


@cache
def environment(room: str) -> jinja2.Environment:
    """The pages of a room and what they share; everything is escaped, whatever a template's name ends in."""
    made = jinja2.Environment(
        loader=jinja2.ChoiceLoader([_folder(room), _folder("pusher.console")]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        day=_day, when=_when, minute=_minute, second=_second, machine=_machine, level=_level, clean=clean, prose=_prose
    )
    made.globals.update(
        style_sheet=style_sheet("pusher.console").address,
        with_query=_with_query,
        board_address=partial(_address, "/board"),
        hazard_groups=HAZARD_GROUPS,
        subscribe_address=partial(_address, "/subscribe"),
    )
    return made


def _folder(room: str) -> jinja2.BaseLoader:
    return jinja2.PackageLoader(room, "pages")


def _day(at: datetime) -> str:
    local = at.astimezone(CHINA)
    return f"{local.year}年{local.month}月{local.day}日"


def _when(at: date | datetime) -> str:
    """A day, or a day with its hour where one is told."""
    if isinstance(at, datetime):
        return _minute(at)
    return f"{at.year}年{at.month}月{at.day}日"


def _minute(at: datetime) -> str:
    return f"{_day(at)} {at.astimezone(CHINA):%H:%M}"


def _second(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%H:%M:%S}"


def _machine(at: datetime) -> str:
    return at.astimezone(CHINA).isoformat(timespec="seconds")


def _level(severity: Severity) -> str:
    return LEVEL_NAMES.get(severity, "")


def _prose(text: str) -> Markup:
    """Plain text as paragraphs and line breaks."""
    paragraphs = (Markup("<br>").join(part.splitlines()) for part in re.split(r"\n\s*\n", text.strip()))
    return Markup("\n").join(Markup("<p>{}</p>").format(paragraph) for paragraph in paragraphs)


def _address(path: str, **filters: str) -> str:
    """A page narrowed down by these."""
    return str(URL(path).with_query({name: value for name, value in filters.items() if value}))


def _with_query(request: web.Request, **changes: str | None) -> str:
    """The address of this page with some parameters changed; None or "" takes one away."""
    query = {name: value for name, value in {**request.query, **changes}.items() if value}
    return str(request.rel_url.with_query(query))
