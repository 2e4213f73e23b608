"""What a person does for himself by the signed link of a message: between his page and what is stored of him.

Whoever holds a message holds its link, also where it was forwarded. So nothing is given out in full, and lists that
departments keep are neither named nor changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.custody import erasure
from pusher.database import Database
from pusher.report.person import to_json
from subscribers import consent, correct
from subscribers.choices import Choices, write_choices
from subscribers.keys import KeyRing
from subscribers.links import LinkError, Links
from subscribers.people import PREFERENCES, set_preference
from subscribers.person import Person, show
from subscribers.reachable import in_force
from subscribers.tables import address, group, membership

#: Where the ledger says that it came from.
SOURCE = "own page"

#: Sources of the ledger that name a list.
_LIST = "group "


@dataclass(frozen=True, slots=True)
class Mine:
    """What the holder of a link may see."""

    person: Person
    #: Number of the address that the link was sent to.
    address_id: int
    #: Whether a department keeps him on a list for which it needs no consent (wardens, schools).
    by_duty: bool


@dataclass(frozen=True, slots=True)
class Own:
    """The acts of a person on himself; None and False = the link is not ours, or he is not stored any more."""

    database: Database
    ring: KeyRing
    links: Links
    now: Callable[[], datetime]

    def knows(self, token: str) -> bool:
        """Whether a token is one that we have signed."""
        try:
            return self.links.read_unsubscribe(token) > 0
        except LinkError:
            return False

    async def mine(self, token: str) -> Mine | None:
        """What is stored of him."""
        async with self.database.read() as connection:
            return await self._mine(connection, token)

    async def change(self, token: str, choices: Choices, *, name: str | None, preference: str, words: str) -> bool:
        """Make these his choices; `name`: None = as it was; `preference`: what is none is left alone.

        `words`: what he was shown.
        """
        at = self.now()
        async with self.database.write() as connection:
            mine = await self._mine(connection, token)
            if mine is None:
                return False
            number = mine.person.id
            await write_choices(connection, number, choices, source=SOURCE, at=at, words=words)
            if name is not None:
                await correct.rename(connection, self.ring, number, name)
            if preference in PREFERENCES and preference != mine.person.preference:
                await set_preference(connection, number, preference)
        return True

    async def end_address(self, token: str, address_id: int) -> bool:
        """Send nothing more to one of his addresses; False also where it is not his."""
        async with self.database.write() as connection:
            mine = await self._mine(connection, token)
            if mine is None or address_id not in {each.id for each in mine.person.addresses}:
                return False
            await consent.refuse(connection, [address_id], source=SOURCE, at=self.now())
        return True

    async def export(self, token: str) -> Mapping[str, Any] | None:
        """What he sees, for JSON: addresses and name masked, lists not named."""
        mine = await self.mine(token)
        if mine is None:
            return None
        told = to_json(mine.person)
        told["groups"] = len(mine.person.groups)
        told["history"] = [
            {**each, "source": "list of a department" if each["source"].startswith(_LIST) else each["source"]}
            for each in told["history"]
        ]
        return told

    async def erase(self, token: str) -> bool:
        """Forget him; False also where a department must keep him."""
        async with self.database.write() as connection:
            mine = await self._mine(connection, token)
            if mine is None or mine.by_duty:
                return False
            return await erasure.erase(connection, mine.person.id, source=SOURCE, at=self.now())

    async def _mine(self, connection: AsyncConnection, token: str) -> Mine | None:
        try:
            address_id = self.links.read_unsubscribe(token)
        except LinkError:
            return None
        owner = sa.select(address.c.subscriber_id).where(address.c.id == address_id)
        number = await connection.scalar(owner)
        person = None if number is None else await show(connection, self.ring, number)
        if person is None:
            return None
        duty = sa.select(membership.c.group_id).join(group, group.c.id == membership.c.group_id)
        # What a list was kept for is over when it ends.
        lists = duty.where(
            membership.c.subscriber_id == person.id, group.c.basis != "consent", in_force(self.now())
        ).limit(1)
        return Mine(person, address_id, by_duty=await connection.scalar(lists) is not None)
