"""What people choose for themselves, on both databases."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.database import Database
from subscribers import consent
from subscribers.choices import Choices, Frequency, Quiet, merged, read_choices, write_choices
from subscribers.enrol import Subscription
from subscribers.keys import KeyRing
from subscribers.people import SubscriberError, add_subscriber, keys_of_person
from subscribers.topic import Severity

EDUCATION, HEALTH = Subscription("education", "360403"), Subscription("health", "3604")


async def _person(database: Database, ring: KeyRing, at: datetime) -> int:
    async with database.write() as connection:
        return await add_subscriber(
            connection,
            ring,
            name="",
            addresses=[("phone", "13800138000")],
            subscriptions=[EDUCATION],
            preference="first",
            language="zh",
            source="test",
            at=at,
            confirmed=True,
        )


async def test_choices_are_read_as_they_were_written(database: Database, ring: KeyRing, at: datetime) -> None:
    person = await _person(database, ring, at)
    chosen = Choices(
        [HEALTH, Subscription("hazard:11B", "360403", Severity.ORANGE)],
        Frequency.DAILY,
        hour=19,
        quiet=Quiet(22 * 60, 7 * 60),
        urgent=Severity.YELLOW,
        language="en",
    )
    async with database.write() as connection:
        await write_choices(connection, person, chosen, source="page", at=at)
        read = await read_choices(connection, person)
    assert read is not None
    assert read == Choices(sorted(chosen.subscriptions, key=lambda wish: wish.domain), *_rest(chosen))


def _rest(choices: Choices) -> tuple[Frequency, int, Quiet | None, Severity, str]:
    return choices.frequency, choices.hour, choices.quiet, choices.urgent, choices.language


async def test_the_ledger_gets_a_line_for_each_wish_that_begins_or_ends_and_none_for_the_rest(
    database: Database, ring: KeyRing, at: datetime
) -> None:
    person = await _person(database, ring, at)
    async with database.write() as connection:
        raised = Subscription("education", "360403", Severity.BLUE)
        first = await write_choices(connection, person, Choices([raised, HEALTH]), source="page", at=at, words="我同意")
        again = await write_choices(connection, person, Choices([HEALTH, raised]), source="page", at=at)
        last = await write_choices(connection, person, Choices([raised]), source="page", at=at)
        told = await consent.history(connection, await keys_of_person(connection, person))
    assert [wish.domain for wish in first.added] == ["education", "health"]
    assert not first.ended
    assert not again.added
    assert not again.ended
    assert last.ended == [HEALTH]
    assert [(act.act, act.about, act.words) for act in told[1:]] == [
        ("given", "education 360403", "我同意"),
        ("given", "health 3604", "我同意"),
        ("ended", "health 3604", ""),
    ]


async def test_nobody_has_no_choices(database: Database, at: datetime) -> None:
    async with database.write() as connection:
        assert await read_choices(connection, 9) is None
        with pytest.raises(SubscriberError, match="no subscriber 9"):
            await write_choices(connection, 9, Choices(), source="page", at=at)


@pytest.mark.parametrize(
    ("quiet", "minute", "held"),
    [
        (Quiet(22 * 60, 7 * 60), 22 * 60, True),
        (Quiet(22 * 60, 7 * 60), 0, True),
        (Quiet(22 * 60, 7 * 60), 7 * 60, False),
        (Quiet(12 * 60, 14 * 60), 13 * 60, True),
        (Quiet(12 * 60, 14 * 60), 14 * 60, False),
    ],
)
def test_quiet_hours_may_run_over_midnight(quiet: Quiet, minute: int, held: bool) -> None:
    assert quiet.holds(minute) is held


def test_impossible_hours_are_refused() -> None:
    for start, end in ((60, 60), (-1, 60), (0, 24 * 60)):
        with pytest.raises(ValueError, match="two different times"):
            Quiet(start, end)
    with pytest.raises(ValueError, match="0 to 23"):
        Choices(hour=24)


_WISHES = st.lists(
    st.builds(
        Subscription,
        st.sampled_from(["education", "health", "hazard:11B"]),
        st.sampled_from(["36", "360403", "360403001"]),
        st.sampled_from(Severity),
    ),
    max_size=6,
    unique_by=lambda wish: (wish.domain, wish.area),
)
_CHOICES = st.builds(Choices, _WISHES, st.sampled_from(Frequency), hour=st.integers(0, 23))


@given(_CHOICES, _CHOICES)
def test_signing_up_anew_loses_no_wish_and_the_last_word_holds(held: Choices, new: Choices) -> None:
    joined = merged(held, new)
    wishes = {(wish.domain, wish.area): wish.least for wish in joined.subscriptions}
    had = {(wish.domain, wish.area): wish.least for wish in held.subscriptions}
    said = {(wish.domain, wish.area): wish.least for wish in new.subscriptions}
    assert wishes == {**had, **said}
    assert len(joined.subscriptions) == len(wishes)
    assert replace(joined, subscriptions=new.subscriptions) == new
    assert merged(joined, new) == joined
