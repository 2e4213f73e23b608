"""What a person chooses for himself: domains, areas, levels, how often, and the hours in which he wants quiet.

Pages, keywords and commands read the choices whole and write them whole; the ledger gets a line for each difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent
from subscribers.bulk import insert_rows
from subscribers.consent import Origin
from subscribers.enrol import Subscription, wish_row
from subscribers.people import SubscriberError, checked_wish, keys_of_person
from subscribers.tables import subscriber, subscription
from subscribers.topic import Severity

#: Minutes of a day.
DAY = 24 * 60


class Frequency(StrEnum):
    """How often ordinary messages come; warnings never wait for any of these."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    #: Warnings only.
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which ordinary messages wait, in minutes after local midnight; they may run over midnight."""

    start: int
    end: int

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not (0 <= self.start < DAY and 0 <= self.end < DAY) or self.start == self.end:
            raise ValueError("quiet hours need two different times of a day")

    def holds(self, minute: int) -> bool:
        """Whether this minute of the day is quiet; the end no longer is."""
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Choices:
    """All that one person chose."""

    subscriptions: Sequence[Subscription] = ()
    frequency: Frequency = Frequency.AT_ONCE
    #: Local hour of the digest, 0 to 23; the weekly one comes on Mondays.
    hour: int = 8
    quiet: Quiet | None = None
    #: Warnings from this level on are not held by quiet hours.
    urgent: Severity = Severity.BLUE
    language: str = "zh"

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if not 0 <= self.hour < 24:
            raise ValueError("the hour of a digest is a number from 0 to 23")


@dataclass(frozen=True, slots=True)
class Changed:
    """What writing the choices changed."""

    added: Sequence[Subscription] = field(default=())
    ended: Sequence[Subscription] = field(default=())


def merged(held: Choices, new: Choices) -> Choices:
    """What holds when somebody who has chosen before signs up anew: his last word, and nothing that he had is lost.

    A new wish takes the place of the one for the same domain and area; all others stay. Pure.
    """
    wishes = {(wish.domain, wish.area): wish for wish in (*held.subscriptions, *new.subscriptions)}
    return replace(new, subscriptions=[wishes[which] for which in sorted(wishes)])


async def read_choices(connection: AsyncConnection, person: int) -> Choices | None:
    """What this person chose, subscriptions by domain and area; None if there is no such person."""
    row = (await connection.execute(sa.select(subscriber).where(subscriber.c.id == person))).one_or_none()
    if row is None:
        return None
    return Choices(
        subscriptions=await _subscriptions(connection, person),
        frequency=Frequency(row.frequency),
        hour=row.digest_hour,
        quiet=None if row.quiet_from is None else Quiet(row.quiet_from, row.quiet_until),
        urgent=Severity(row.urgent),
        language=row.language,
    )


async def write_choices(
    connection: AsyncConnection, person: int, choices: Choices, *, source: str, at: datetime, words: str = ""
) -> Changed:
    """Make these the choices of the person: new wishes are added, those no longer named end.

    `words`: what he was shown, kept with each new wish. Raises SubscriberError.
    """
    wanted = {(wish.domain, wish.area): wish for wish in map(checked_wish, choices.subscriptions)}
    keys = await keys_of_person(connection, person)
    if not keys:
        raise SubscriberError(f"there is no subscriber {person}")
    held = {(wish.domain, wish.area): wish for wish in await _subscriptions(connection, person)}
    added = [wish for which, wish in wanted.items() if held.get(which) != wish]
    ended = [wish for which, wish in held.items() if which not in wanted]
    for wish in [held[wish.domain, wish.area] for wish in added if (wish.domain, wish.area) in held] + ended:
        await connection.execute(
            sa.delete(subscription).where(
                subscription.c.subscriber_id == person,
                subscription.c.domain == wish.domain,
                subscription.c.area == wish.area,
            )
        )
    rows = [wish_row(person, wish) for wish in added]
    await insert_rows(connection, subscription, ("domain", "subscriber_id", "area", "least"), rows)
    for act, wishes, shown in (("given", added, words), ("ended", ended, "")):
        for wish in wishes:
            about = f"{wish.domain} {wish.area}"
            await consent.record(connection, keys, act, Origin(source, at, about, shown))
    await connection.execute(
        sa.update(subscriber)
        .where(subscriber.c.id == person)
        .values(
            frequency=choices.frequency.value,
            digest_hour=choices.hour,
            quiet_from=choices.quiet.start if choices.quiet else None,
            quiet_until=choices.quiet.end if choices.quiet else None,
            urgent=int(choices.urgent),
            language=choices.language,
        )
    )
    return Changed(added, ended)


async def _subscriptions(connection: AsyncConnection, person: int) -> list[Subscription]:
    query = (
        sa.select(subscription.c.domain, subscription.c.area, subscription.c.least)
        .where(subscription.c.subscriber_id == person)
        .order_by(subscription.c.domain, subscription.c.area)
    )
    return [Subscription(row.domain, row.area, Severity(row.least)) for row in await connection.execute(query)]
