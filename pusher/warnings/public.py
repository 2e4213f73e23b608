"""Issued warnings as the public may have them: live ones and named public tests, never a drill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.console.cap_feed import Listed
from pusher.warnings import documents, store
from pusher.warnings.life import RefusedActError
from pusher.warnings.office import OUT, Office
from pusher.warnings.warning import State, Status, Version

#: Versions of the feed.
_MOST = 100


@dataclass(frozen=True, slots=True)
class PublicWarnings:
    """What the pages for machines ask (`pusher.console.cap_feed.Alerts`)."""

    office: Office

    async def listed(self) -> Sequence[Listed]:
        """The newest first; those whose organisation the settings do not know any more are left out."""
        async with self.office.database.read() as connection:
            found = await store.latest(connection, limit=_MOST, states=tuple(OUT))
            return [await self._listed(connection, each) for each in found if self._is_public(each)]

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

    async def _found(self, connection: AsyncConnection, number: int) -> Version | None:
        try:
            version = await store.get(connection, number)
        except RefusedActError:
            return None
        return version if self._is_public(version) else None

    def _is_public(self, version: Version) -> bool:
        live = version.status is Status.ACTUAL or bool(version.public_test)
        return live and version.sent is not None and version.content.organisation in self.office.settings.organisations

    async def _listed(self, connection: AsyncConnection, version: Version) -> Listed:
        earlier = await self.office.earlier(connection, version)
        before = [each for each in earlier if each.version < version.version]
        assert version.sent is not None
        return Listed(
            number=version.id,
            headline=self.office.headline(version, before),
            identifier=version.identifier,
            sent=version.sent,
            expires=version.content.expires,
            is_current=version.state is State.ISSUED and version.content.expires > self.office.now(),
        )
