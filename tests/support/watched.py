"""A watcher, the small site that it watches, and the hands of its clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pusher.clock import CHINA
from pusher.database import Database
from pusher.item import Item
from pusher.review.privacy import PrivacyPolicy
from pusher.review.review import Reviewed, review
from pusher.review.taxonomy import Taxonomy
from pusher.watch import source_store, store
from pusher.watch.fetch import Fetcher
from pusher.watch.poll import Outcome, Watcher
from pusher.watch.source import SourceSettings
from pusher.watch.standing import Standing
from pusher.watch.store import ItemState, StoredItem
from subscribers.topic import Topic
from tests.support.site import Posted, Site

#: A Monday, in working hours.
MORNING = datetime(2026, 11, 23, 9, tzinfo=CHINA)
OLD = [
    Posted(103, "关于发放2026年冬季取暖补贴有关事项的公告", "2026-11-20"),
    Posted(102, "关于开展残疾人两项补贴资格复核工作的通知", "2026-11-18"),
    Posted(101, "关于调整城乡低保标准有关事项的通知", "2026-11-12"),
]
NEW = Posted(104, "关于高龄津贴申请受理有关事项的公告", "2026-11-23")


@dataclass
class Town:
    """A watcher, the site that it watches, and the hands of its clock."""

    site: Site
    database: Database
    fetcher: Fetcher
    at: list[datetime]
    sources: dict[str, SourceSettings] = field(default_factory=dict)
    found: int = 0

    def watch(self, name: str, path: str = "/tzgg/", **settings: object) -> None:
        url = self.site.base + path
        self.sources[name] = SourceSettings.model_validate({"url": url, "allow_private": True} | settings)

    def watcher(self) -> Watcher:
        def count() -> None:
            self.found += 1

        return Watcher(self.database, self.sources, self.fetcher, lambda: self.at[0], review=reviewed, found=count)

    async def look(self, name: str = "tzgg", *, later: timedelta = timedelta(hours=1)) -> Outcome:
        """One look by a new process, a while after the last one."""
        self.at[0] += later
        return await self.watcher().look(name)

    async def items(self) -> Sequence[StoredItem]:
        async with self.database.read() as connection:
            return (await store.latest(connection, limit=1000))[::-1]

    async def titles(self, state: ItemState = ItemState.READY) -> list[str]:
        return [item.title for item in await self.items() if item.state is state]

    async def standing(self, name: str = "tzgg") -> Standing:
        async with self.database.read() as connection:
            known = await source_store.standing(connection, name)
        assert known is not None
        return known


TAXONOMY = Taxonomy.load("xunyang")


def reviewed(item: Item) -> Reviewed:
    if "绊倒" in item.title:
        raise RuntimeError(item.title)
    return review(item, TAXONOMY, PrivacyPolicy(), source_topic=Topic())
