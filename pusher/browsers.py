"""Browsers that sign up for notifications by themselves: between the page and the subscribers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from channels.web_push import PURPOSE, public_key, signing_key
from pusher.database import Database
from subscribers import consent
from subscribers.address_form import identity, normalise
from subscribers.enrol import Subscription
from subscribers.keys import KeyRing
from subscribers.people import add_subscriber, find_by_address, subscribe, unsubscribe

_KIND = "web_push"
_PAGE = "web push page"


@dataclass(frozen=True, slots=True)
class Browsers:
    """The acts of a browser on itself."""

    database: Database
    ring: KeyRing
    now: Callable[[], datetime]
    #: Division code of the whole town: where somebody chooses no area.
    town: str

    @property
    def key(self) -> str:
        """What a browser needs to subscribe (`applicationServerKey`)."""
        return public_key(signing_key(self.ring.derive(PURPOSE)))

    async def take(self, subscription: str, domains: Sequence[str], area: str, words: str) -> None:
        """Take a browser in, or put its former choice right; it has agreed by the browser's own question.

        Raises AddressError.
        """
        at = self.now()
        wishes = [Subscription(domain, area or self.town) for domain in domains]
        value = normalise(_KIND, subscription)
        async with self.database.write() as connection:
            # Its owner has just said so: whatever was refused or erased before is no more.
            fingerprint = self.ring.fingerprint(_KIND, identity(_KIND, value))
            await consent.restore(connection, _KIND, fingerprint, source=_PAGE, at=at)
            known = await find_by_address(connection, self.ring, _KIND, value)
            if known is None:
                await add_subscriber(
                    connection,
                    self.ring,
                    name="",
                    addresses=[(_KIND, value)],
                    subscriptions=wishes,
                    preference="first",
                    language="zh",
                    source=_PAGE,
                    at=at,
                    confirmed=True,
                    words=words,
                )
                return
            await unsubscribe(connection, known, source=_PAGE, at=at)
            await subscribe(connection, known, wishes, source=_PAGE, at=at)

    async def end(self, subscription: str) -> None:
        """Send nothing more to a browser; one that is not known needs nothing. Raises AddressError."""
        value = normalise(_KIND, subscription)
        key = (_KIND, self.ring.fingerprint(_KIND, identity(_KIND, value)))
        async with self.database.write() as connection:
            origin = consent.Origin(_PAGE, self.now())
            await consent.end(connection, [key], "ended", consent.REFUSED, origin)
