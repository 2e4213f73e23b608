"""Browsers that take notifications: what they need to begin, and the way to their owner's page."""

from dataclasses import dataclass

import sqlalchemy as sa

from channels.web_push import PURPOSE, public_key, signing_key
from pusher.database import Database
from subscribers.address_form import normalise
from subscribers.enrol import VALUE
from subscribers.keys import KeyRing
from subscribers.known import key_of
from subscribers.links import Links
from subscribers.tables import address

#: Their kind of address.
KIND = "web_push"


@dataclass(frozen=True, slots=True)
class Browsers:
    """What a browser may ask for itself; whoever has all of its address is that browser."""

    database: Database
    ring: KeyRing
    links: Links

    @property
    def key(self) -> str:
        """What a browser needs to subscribe (`applicationServerKey`)."""
        return public_key(signing_key(self.ring.derive(PURPOSE)))

    async def own_key(self, subscription: str) -> str | None:
        """The key to its owner's page, by what the browser gave as JSON; None if it is not known. Raises AddressError.

        Its place at the push service alone opens nothing: the service knows that, and not the browser's own secret.
        """
        value = normalise(KIND, subscription)
        kind, fingerprint = key_of(self.ring, KIND, value)
        sought = sa.select(address.c.id, address.c.value).where(
            address.c.kind == kind, address.c.fingerprint == fingerprint
        )
        async with self.database.read() as connection:
            row = (await connection.execute(sought)).one_or_none()
        is_known = row is not None and self.ring.decrypt(row.value, VALUE) == value
        return self.links.sign_unsubscribe(row.id) if row is not None and is_known else None
