"""The town's web site, as such sites are: meta tags, rows left in comments, a visit counter, a header that lies."""

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from pusher.console.page import environment
from pusher.demo.town import Announcement, Column, Town

#: What this site's server says of its old pages in GB18030: Latin-1, by an old Java name that browsers do not know, so
#: that people see the right words all the same.
_LIE = "text/html; charset=8859_1"
_COLUMN = "/{column:[a-z]{1,8}}/"
_NUMBER = "{id:[0-9]{1,9}}"

#: Stands in a page where the number of visits goes: two fetches of a page never have the same bytes.
_VISITS = "@visits@"


def town_app(town: Town) -> web.Application:
    """The site as an application; it shows what `town` has published so far."""
    site = _Site(town)
    app = web.Application()
    app.add_routes(
        [
            web.get("/", site.home),
            web.get("/robots.txt", site.robots),
            web.get("/town.css", site.style),
            web.get(_COLUMN, site.column),
            web.get(f"{_COLUMN}{{month:[0-9]{{6}}}}/t{{day:[0-9]{{8}}}}_{_NUMBER}.html", site.article),
            web.get(f"{_COLUMN}{{month:[0-9]{{6}}}}/{_NUMBER}-{{index:[1-9]}}.txt", site.attachment),
            web.get(f"{_COLUMN}rss.xml", site.feed),
            web.get(f"{_COLUMN}feed.xml", site.feed),
            web.get(f"{_COLUMN}list.json", site.rows),
            web.get(f"{_COLUMN}{_NUMBER}.xml", site.alert),
        ]
    )
    return app


@dataclass
class _Site:
    town: Town
    visits: int = 20318

    async def home(self, request: web.Request) -> web.Response:
        return self._page(request, "town_home")

    async def robots(self, _request: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nAllow: /\n")

    async def style(self, request: web.Request) -> web.Response:
        return _answer(request, _render(request, self.town, "town.css").encode(), "text/css; charset=utf-8")

    async def column(self, request: web.Request) -> web.Response:
        column = self._column(request)
        return self._page(request, "town_list", column, rows=self.town.standing(column.code))

    async def article(self, request: web.Request) -> web.Response:
        return self._page(request, "town_article", self._column(request), one=self._found(request))

    async def attachment(self, request: web.Request) -> web.Response:
        names = self._found(request).attachments
        index = int(request.match_info["index"]) - 1
        if index >= len(names):
            raise _missing()
        return web.Response(text=f"{names[index].removesuffix('.txt')}\n\n（演示附件，内容从略）\n")

    async def feed(self, request: web.Request) -> web.Response:
        column = self._column(request)
        if column.path != request.path:
            raise _missing()
        rows = self.town.standing(column.code)
        text = _render(request, self.town, f"town_{column.form}.xml", column=column, rows=rows)
        return _answer(request, text.encode(), "text/xml; charset=utf-8")

    async def rows(self, request: web.Request) -> web.Response:
        rows = [_row(one) for one in self.town.standing(self._column(request).code)]
        answer = {"code": 0, "msg": "success", "data": {"total": len(rows), "page": 1, "list": rows}}
        return _answer(request, json.dumps(answer, ensure_ascii=False).encode(), "application/json")

    async def alert(self, request: web.Request) -> web.Response:
        found = self._found(request)
        if found.hazard is None:
            raise _missing()
        expires = found.published + timedelta(hours=found.hazard.hours)
        text = _render(request, self.town, "town_alert.xml", one=found, hazard=found.hazard, expires=expires)
        return _answer(request, text.encode(), "application/cap+xml; charset=utf-8")

    def _column(self, request: web.Request) -> Column:
        for column in self.town.columns:
            if column.code == request.match_info["column"]:
                return column
        raise _missing()

    def _found(self, request: web.Request) -> Announcement:
        found = self.town.find(int(request.match_info["id"]))
        if found is None or found.columns[0] != request.match_info["column"]:
            raise _missing()
        return found

    def _page(self, request: web.Request, name: str, column: Column | None = None, **values: object) -> web.Response:
        self.visits += 1
        is_old = column is not None and column.form == "gb18030"
        charset, encoding, header = ("gb2312", "gb18030", _LIE) if is_old else ("utf-8", "utf-8", "text/html")
        text = _render(request, self.town, f"{name}.html", column=column, charset=charset, visits=_VISITS, **values)
        return _answer(request, text.encode(encoding), header, visits=self.visits)


def _render(request: web.Request, town: Town, name: str, **values: object) -> str:
    template = environment("pusher.demo").get_template(f"{name}.j2")
    return template.render(town=town, base=f"http://{request.host}", **values)


def _answer(request: web.Request, body: bytes, content_type: str, *, visits: int = 0) -> web.Response:
    """`body`, or 304 if the asker has it; the number of visits in it does not count."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    counted = body.replace(_VISITS.encode(), str(visits).encode())
    return web.Response(body=counted, headers={"ETag": tag, "Content-Type": content_type})


def _row(one: Announcement) -> dict[str, object]:
    return {
        "id": one.id,
        "title": one.title,
        "url": one.path,
        "publisher": one.issuer,
        "publish_time": int(one.published.timestamp()),
        "document_number": one.document,
    }


def _missing() -> web.HTTPNotFound:
    return web.HTTPNotFound(text="404 您访问的页面不存在")
