"""A town, posts for its board, and the console that a test talks to."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

from pusher.clock import now
from pusher.console import board_store
from pusher.console.board_store import Post
from pusher.console.console import add_console
from pusher.console.site import Site
from pusher.database import Database
from subscribers.topic import Severity, Topic

SITE = Site(
    town="示范区",
    public_url="https://tz.example.gov.cn",
    domains={"education": "教育", "health": "基本医疗卫生", "disaster": "灾害事故救援"},
    areas={"360499": "全区", "360499001": "湖滨街道", "360499002": "书院街道"},
)


@dataclass
class Running:
    """A console that answers at `url`, and what was asked of the rest of the service."""

    url: str
    database: Database
    #: Tokens whose end was asked for.
    ended: list[str] = field(default_factory=list)
    ready: bool = True

    async def put(self, *posts: Post, at: datetime | None = None) -> Sequence[int]:
        async with self.database.write() as connection:
            return [await board_store.put_post(connection, post, at=at or now()) for post in posts]

    async def withdraw(self, key: str, *, at: datetime | None = None) -> None:
        async with self.database.write() as connection:
            assert await board_store.withdraw(connection, key, at=at or now())


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[Running]:
    """A console on a real port."""
    running = Running("", database)

    async def end(token: str) -> bool:
        running.ended.append(token)
        return token.startswith("good")

    async def duties(token: str) -> list[str]:
        return ["防汛责任人必须接收；咨询 12345"] if token.startswith("good-duty") else []

    async def is_ready() -> bool:
        return running.ready

    app = web.Application()
    add_console(app, SITE, database, unsubscribe=end, duties=duties, is_ready=is_ready)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    running.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield running
    await runner.cleanup()


def notice(key: str, *, domain: str = "education", area: str = "360499", title: str = "") -> Post:
    return Post(
        key=key,
        title=title or f"关于学生资助的通知（{key}）",
        summary="符合条件的学生可在月底前提出申请。",
        html="<p>各中小学校：</p><p>请于月底前完成。</p>",
        topic=Topic(frozenset([domain]), frozenset([area])),
        issuer="示范区教育体育局",
        published=now() - timedelta(days=1),
    )


def warning(key: str, severity: Severity, *, hours: float | None = 6, follows: str = "", change: str = "") -> Post:
    return Post(
        key=key,
        title=f"示范区气象台发布暴雨预警信号（{key}）",
        summary="请远离低洼积水路段。",
        html="<p>请远离低洼积水路段。</p>",
        topic=Topic(frozenset(["disaster"]), frozenset(["360499001"]), severity),
        issuer="示范区气象台",
        published=now(),
        expires=None if hours is None else now() + timedelta(hours=hours),
        follows=follows,
        change=change,
    )
