"""Issued warnings as the public may have them: live ones and named public tests, never a drill."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.console import board_store
from pusher.console.board_store import Posted
from pusher.console.cap_feed import Listed
from pusher.console.kept import Kept
from pusher.console.warnings_page import PlannedTest, Shown, Translated
from pusher.warnings import documents, store, words
from pusher.warnings.life import RefusedActError
from pusher.warnings.office import OUT, Office
from pusher.warnings.warning import Act, State, Version
from templates.drill import marked

T = TypeVar("T")

#: First in headlines of other languages, where 【测试】 says nothing to the reader.
_TEST = "TEST: "
#: Versions of the feed.
_MOST = 100


@dataclass(frozen=True, slots=True)
class PublicWarnings:
    """What the pages for machines ask (`pusher.console.cap_feed.Alerts`)."""

    office: Office
    kept_list: Kept[Sequence[Listed]] = field(default_factory=Kept)
    kept: Kept[Sequence[Shown]] = field(default_factory=Kept)

    async def listed(self) -> Sequence[Listed]:
        """The newest first; those whose organisation the settings do not know any more are left out."""
        async with self.office.database.read() as connection:
            mark = await store.mark(connection)
            found = await self.kept_list.of("listed", mark, lambda: self._all(connection, self._listed))
        return [replace(each, is_current=each.is_current and each.expires > self.office.now()) for each in found]

    async def xml(self, number: int) -> bytes | None:
        """The CAP document."""
        async with self.office.database.read() as connection:
            version = await self._found(connection, number)
            return None if version is None else await documents.document(connection, self.office, number, "cap")

    async def json(self, number: int) -> Mapping[str, Any] | None:
        """The alert under CAP's names."""
        async with self.office.database.read() as connection:
            version = await self._found(connection, number)
            return None if version is None else await documents.as_json(connection, self.office, version)

    async def shown(self) -> Sequence[Shown]:
        """See `pusher.console.warnings_page.Warnings`."""
        async with self.office.database.read() as connection:
            mark = await store.mark(connection)
            found = await self.kept.of("shown", mark, lambda: self._all(connection, self._shown))
        return [replace(each, is_current=each.is_current and each.expires > self.office.now()) for each in found]

    async def one(self, number: int) -> Shown | None:
        """The version with its chain."""
        async with self.office.database.read() as connection:
            version = await self._found(connection, number)
            return None if version is None else await self._shown(connection, version)

    async def planned(self) -> Sequence[PlannedTest]:
        """Public tests of the settings, and those that somebody has checked here; not yet over."""
        async with self.office.database.read() as connection:
            states = (State.CHECKED, State.APPROVING)
            found = await store.latest(connection, limit=_MOST, states=states, public=True)
        organisations, now = self.office.settings.organisations, self.office.now()
        tests = [
            PlannedTest(
                each.public_test,
                organisations[each.content.organisation].name,
                each.content.area_words,
                each.content.onset,
                each.content.expires,
            )
            for each in found
            if each.public_test and each.content.organisation in organisations
        ]
        tests += [
            PlannedTest(each.name, each.issuer, each.area, each.at, each.end, each.words)
            for each in self.office.settings.planned_tests
        ]
        return sorted((test for test in tests if test.expires > now), key=lambda test: test.at)

    async def watched(self) -> Sequence[Posted]:
        """What stands on the board as a warning and is none of those that `shown` gives."""
        async with self.office.database.read() as connection:
            own = await store.latest(connection, limit=_MOST, states=tuple(OUT), public=True)
            standing = await board_store.in_force(connection, at=self.office.now())
            past = await board_store.latest(connection, warnings=True, limit=_MOST)
        ours = {each.item_id for each in own if self._is_public(each)}
        found = {each.id: each for each in (*standing, *past) if each.post.item_id not in ours and not each.post.drill}
        return sorted(found.values(), key=lambda posted: posted.id, reverse=True)

    async def _all(
        self, connection: AsyncConnection, as_public: Callable[[AsyncConnection, Version], Awaitable[T]]
    ) -> Sequence[T]:
        """The newest versions that went out; each asks for its chain, so this is not done for every reader."""
        found = await store.latest(connection, limit=_MOST, states=tuple(OUT), public=True)
        return [await as_public(connection, each) for each in found if self._is_public(each)]

    async def _shown(self, connection: AsyncConnection, version: Version) -> Shown:
        whole = await store.chain(connection, version.chain)
        chain = sorted((each for each in whole if each.sent is not None), key=lambda each: each.turn)
        headlines = {each.id: self._headline(each, chain[:place]) for place, each in enumerate(chain)}
        content = version.content
        assert version.sent is not None
        return Shown(
            number=version.id,
            headline=headlines[version.id],
            level=content.level,
            issuer=self.office.settings.organisations[content.organisation].name,
            area_words=content.area_words,
            description=words.described(version),
            instruction=content.instruction,
            contact=content.contact,
            reason=content.reason,
            sent=version.sent,
            onset=content.onset,
            expires=content.expires,
            is_current=self._is_current(version),
            is_mistake=any(each.act is Act.CORRECT for each in chain if each.turn >= version.turn),
            ends=version.act in (Act.END, Act.CORRECT),
            drill=version.status.drill,
            translations=[
                Translated(
                    each.language,
                    (_TEST if version.status.drill else "") + words.translated_headline(version, each),
                    each.description,
                    each.instruction,
                )
                for each in content.translations
            ],
            chain=[(each.id, headlines[each.id], each.sent) for each in chain if each.sent and each.id != version.id],
        )

    def _headline(self, version: Version, before: Sequence[Version]) -> str:
        said = self.office.headline(version, before)
        return marked(said, version.status.drill) if version.status.drill else said

    def _is_current(self, version: Version) -> bool:
        return version.state is State.ISSUED and version.content.expires > self.office.now()

    async def _found(self, connection: AsyncConnection, number: int) -> Version | None:
        try:
            version = await store.get(connection, number)
        except RefusedActError:
            return None
        return version if self._is_public(version) else None

    def _is_public(self, version: Version) -> bool:
        return (
            version.is_public
            and version.sent is not None
            and version.content.organisation in self.office.settings.organisations
        )

    async def _listed(self, connection: AsyncConnection, version: Version) -> Listed:
        earlier = await self.office.earlier(connection, version)
        assert version.sent is not None
        return Listed(
            number=version.id,
            headline=self._headline(version, earlier),
            identifier=version.identifier,
            sent=version.sent,
            expires=version.content.expires,
            is_current=self._is_current(version),
            drill=version.status.drill,
        )
