"""A desk of officers with keys of their own, and the pages on which they decide drafts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from lxml import html

from pusher.console.approve import ApprovePage
from pusher.console.page import style_sheet
from pusher.console.site import Site
from pusher.database import Database
from pusher.personal_key import key_digest
from pusher.warnings import store
from pusher.warnings.approval import Approvals
from pusher.warnings.warning import Status, Version
from subscribers.consent import Origin
from subscribers.enrol import Newcomer, Subscription, add_many
from subscribers.links import Links
from subscribers.topic import Severity
from tests.support.engine import Engine
from tests.support.office import Town, settings

_SITE = Site("示范区", "https://tz.example.gov.cn", {"disaster": "灾害事故救援"}, {"360403": "全区"})
_ROLES = {
    "li": ["draft"],
    "wang": ["check", "approve"],
    "zhao": ["approve"],
    "chen": ["draft", "check", "approve"],
    "keyless": ["check", "approve"],
}
RING = ("29.70,115.98 29.70,116.00 29.72,116.00 29.70,115.98",)


def key_of(name: str) -> str:
    return f"the-long-key-of-{name}"


@dataclass
class Desk:
    """Drafts and their pages on a real port."""

    town: Town
    links: Links
    url: str = ""

    async def draft(self, level: Severity = Severity.BLUE, **changed: object) -> Version:
        content = self.town.content(level=level, **changed)
        return await self.town.office.draft(content, by="li", status=Status.ACTUAL)

    async def add_people(self, count: int) -> None:
        """Subscribers of disasters in the district, by e-mail."""
        wish = [Subscription("disaster", "360403")]
        people = [Newcomer([("email", f"r{number}@example.com")], subscriptions=wish) for number in range(count)]
        async with self.town.engine.database.write() as connection:
            await add_many(connection, self.town.engine.ring, people, Origin("test", self.town.engine.at))

    def page(self, version: Version) -> str:
        return f"{self.url}/approve/{self.links.sign_draft(version.id)}"

    async def look(self, url: str) -> html.HtmlElement:
        async with aiohttp.ClientSession() as http, http.get(url) as answer:
            assert answer.status == 200
            return html.fromstring(await answer.text())

    async def send(self, version: Version, name: str, deed: str, level: str, **changed: str) -> tuple[int, str]:
        """Status and text of what a form brings; a redirect is followed."""
        headers = {name[7:]: changed.pop(name) for name in list(changed) if name.startswith("header_")}
        form = {"name": name, "key": key_of(name), "deed": deed, "level": level, **changed}
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.page(version), data=form, headers=headers) as answer,
        ):
            assert not answer.cookies
            return answer.status, await answer.text()

    async def state(self, version: Version) -> Version:
        async with self.town.engine.database.read() as connection:
            return await store.get(connection, version.id)

    async def log(self) -> list[tuple[str, str, str]]:
        return [(each.actor, each.action, each.detail) for each in await self.town.log()]


@asynccontextmanager
async def serving(database: Database, **changed: object) -> AsyncIterator[Desk]:
    """Such a desk over a database; `changed`: settings of warnings."""
    officers = {
        name: {
            "organisations": ["met"],
            "roles": roles,
            **({} if name == "keyless" else {"key": key_digest(key_of(name))}),
        }
        for name, roles in _ROLES.items()
    }
    town = Town(Engine(database), settings=settings(officers=officers, **changed))
    links = Links([town.engine.ring.derive("links")])
    app = web.Application()
    app.add_routes([style_sheet("pusher.console").route()])
    app.add_routes(ApprovePage(_SITE, Approvals(town.office, links)).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Desk(town, links, f"http://127.0.0.1:{runner.addresses[0][1]}")
    await runner.cleanup()
