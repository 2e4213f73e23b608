"""A small government site on loopback whose pages a test writes."""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Site:
    """What stands at each path, and who asked for it."""

    base: str = ""
    pages: dict[str, bytes | Handler] = field(default_factory=dict)
    #: Headers of the plain pages.
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html; charset=utf-8"})
    #: Requests in the order they came.
    asked: list[web.Request] = field(default_factory=list)

    @property
    def visits(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(request.path for request in self.asked)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        page = self.pages.get(request.path)
        if page is None:
            return web.Response(status=404)
        if isinstance(page, bytes):
            return web.Response(body=page, headers=self.headers)
        return await page(request)

    def publish(self, notices: Sequence["Posted"], *, column: str = "/tzgg/", name: str = "通知公告") -> None:
        """A list page with these rows, and their articles."""
        rows = "".join(
            f'<li><a href=".{one.path}" title="{one.title}">{one.title[:12]}</a><span>{one.date}</span></li>'
            for one in notices
        )
        self.pages[column] = html(
            f'<div class="pos">当前位置：<a href="/">首页</a> &gt; {name}</div><ul class="list">{rows}</ul>',
            {"SiteName": "星湖区人民政府", "SiteIDCode": "3604990001", "ColumnName": name},
        )
        for one in notices:
            self.pages.setdefault(column.rstrip("/") + one.path, one.page())


@dataclass(frozen=True)
class Posted:
    """One notice as such sites show it."""

    number: int
    title: str
    date: str = "2026-11-20"
    body: str = "　　现将有关事项公告如下，请符合条件的居民在规定时间内办理。咨询电话8880201。"
    issuer: str = "星湖区民政局"

    @property
    def path(self) -> str:
        day = self.date.replace("-", "")
        return f"/{day[:6]}/t{day}_{self.number}.html"

    def page(self) -> bytes:
        return html(
            f'<h1>{self.title}</h1><div class="TRS_Editor"><p>{self.body}</p></div>',
            {"ArticleTitle": self.title, "PubDate": f"{self.date} 09:30", "ContentSource": self.issuer},
        )


def html(body: str, tags: Mapping[str, str], *, encoding: str = "utf-8") -> bytes:
    metas = "".join(f'<meta name="{name}" content="{value}">' for name, value in tags.items())
    page = f'<html><head><meta charset="{encoding}">{metas}<title></title></head><body>{body}</body></html>'
    return page.encode("gb18030" if encoding == "gb2312" else encoding)


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[Site]:
    """The site on a free port of 127.0.0.1; `Site.base` is its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield site
    finally:
        await runner.cleanup()
