"""Sign-ups that wait for the word of their address's owner: kept apart, so that a foreign address changes nothing.

Anybody can type anybody's address. Until its owner has confirmed it by a link or a code, what was chosen lies here and
nowhere else, whoever the address belongs to: known, new, refused or erased. Where a QR code is scanned
nothing is typed: the address is its scanner's, who has proven it by that.
"""

import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Address
from subscribers import consent
from subscribers.bulk import one_adder
from subscribers.choices import Choices, Frequency, Quiet, merged, read_choices, write_choices
from subscribers.consent import Origin, Standing
from subscribers.correct import add_address
from subscribers.enrol import Subscription
from subscribers.instant import from_instant, to_instant
from subscribers.keys import KeyRing
from subscribers.known import key_of, look_up
from subscribers.people import add_subscriber, detach
from subscribers.tables import address, sign_up
from subscribers.topic import Severity

#: Contexts of the encrypted columns, see `KeyRing.encrypt`.
VALUE = "sign_up.value"
WISHES = "sign_up.wishes"

#: The folder of words that may go to an address that waits; no others ever do.
CONFIRMATION = "confirmation"
#: Slots of these words: the link and the code.
LINK_SLOT = "confirm_url"
CODE_SLOT = "confirm_code"

#: How the scene of a QR code begins that confirms a sign-up; other scenes are posters'.
SCENE = "SU_"

#: Codes that may be tried for one sign-up: five guesses at one of a million.
MOST_TRIES = 5
_DIGITS = 6


class State(StrEnum):
    """Where a sign-up stands."""

    WAITING = "waiting"
    #: Its address has had enough confirmations for now: none was sent, so nobody can confirm it.
    WITHHELD = "withheld"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class SignUp:
    """One that was stored."""

    id: int
    kind: str
    choices: Choices
    #: What was shown.
    words: str
    state: State
    #: Aware, UTC.
    expires: datetime
    #: Whether the address is to join those of a person who is known.
    joins: bool
    #: What the QR code holds whose scan confirms it; "" = it is confirmed in another way.
    code: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """Who it is, now that the owner has confirmed."""

    person: int
    address_id: int


def recipient(number: int) -> int:
    """The number under which a batch names the address of a sign-up: below 0, where no subscriber's address is."""
    return -number


def code_of(secret: bytes, number: int) -> str:
    """The six digits that confirm a sign-up; nothing of them is stored. `secret`: 32 bytes of this installation."""
    digest = hmac.digest(secret, f"code {number}".encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**_DIGITS:0{_DIGITS}}"


def new_scene() -> str:
    """A scene that nobody can guess, of 35 characters."""
    return SCENE + secrets.token_hex(16)


async def add(
    connection: AsyncConnection,
    ring: KeyRing,
    kind: str,
    value: str,
    *,
    choices: Choices,
    words: str,
    at: datetime,
    expires: datetime,
    state: State,
    beside: int | None = None,
) -> int:
    """Keep a sign-up; `value` normalised. Its number.

    `beside`: number of an address whose owner asks for this one to be his as well.
    """
    return await _insert(
        connection,
        kind=kind,
        value=ring.encrypt(value, VALUE),
        fingerprint=key_of(ring, kind, value)[1],
        wishes=_sealed(ring, choices, words=words, beside=beside),
        state=state.value,
        created_at=to_instant(at),
        expires=to_instant(expires),
    )


async def add_scan(
    connection: AsyncConnection,
    ring: KeyRing,
    kind: str,
    scene: str,
    code: str,
    *,
    choices: Choices,
    words: str,
    at: datetime,
    expires: datetime,
) -> int:
    """Keep a sign-up whose address nobody knows before its owner scans `code`, which names `scene`. Its number."""
    return await _insert(
        connection,
        kind=kind,
        value=ring.encrypt("", VALUE),
        fingerprint=_of_scene(ring, scene),
        wishes=_sealed(ring, choices, words=words, beside=None, code=code),
        state=State.WAITING.value,
        created_at=to_instant(at),
        expires=to_instant(expires),
    )


async def find(connection: AsyncConnection, ring: KeyRing, number: int, *, at: datetime) -> SignUp | None:
    """The sign-up of this number; None if there is none, or its time is over. Raises KeyRingError."""
    sought = sa.select(sign_up).where(sign_up.c.id == number, sign_up.c.expires > to_instant(at))
    row = (await connection.execute(sought)).one_or_none()
    if row is None:
        return None
    wishes = json.loads(ring.decrypt(row.wishes, WISHES))
    return SignUp(
        row.id,
        row.kind,
        _from_json(wishes),
        wishes["words"],
        State(row.state),
        from_instant(row.expires),
        wishes["beside"] is not None,
        wishes.get("code", ""),
    )


async def addresses(
    connection: AsyncConnection, ring: KeyRing, recipients: Sequence[int], *, own: Mapping[str, Callable[[int], str]]
) -> list[Address]:
    """Where the confirmations of these recipients go; those that wait no more are missing. Raises KeyRingError.

    `own` fills their slots, by the recipients' numbers.
    """
    numbers = [-each for each in recipients]
    waiting = (sign_up.c.id.in_(numbers)) & (sign_up.c.state == State.WAITING.value)
    found = await connection.execute(sa.select(sign_up.c.id, sign_up.c.value).where(waiting))
    values = {row.id: row.value for row in found}
    return [
        Address(-each, ring.decrypt(values[each], VALUE), {name: fill(-each) for name, fill in own.items()})
        for each in numbers
        if each in values
    ]


async def proving(connection: AsyncConnection, number: int, *, kinds: Sequence[str], at: datetime) -> int | None:
    """The sign-up whose code proves that the address of this one is its asker's; None if none was sent.

    `kinds`: of addresses that are sent codes at all.

    Its own; where none was sent because one had just been, that one's: it went to the same address.
    """
    mine, sent = sign_up.alias("mine"), sign_up.alias("sent")
    newest = (
        sa.select(sa.func.max(sent.c.id))
        .join(mine, (mine.c.fingerprint == sent.c.fingerprint) & (mine.c.kind == sent.c.kind))
        .where(
            mine.c.id == number,
            mine.c.state == State.WITHHELD.value,
            mine.c.expires > to_instant(at),
            sent.c.kind.in_(kinds),
            sent.c.state == State.WAITING.value,
            sent.c.expires > to_instant(at),
        )
    )
    waiting = sa.select(sign_up.c.id).where(
        sign_up.c.id == number,
        sign_up.c.kind.in_(kinds),
        sign_up.c.state == State.WAITING.value,
        sign_up.c.expires > to_instant(at),
    )
    own: int | None = await connection.scalar(waiting)
    earlier: int | None = own or await connection.scalar(newest)
    return earlier


async def release(connection: AsyncConnection, number: int, *, instead_of: int) -> None:
    """Its asker has proven by the code of another that the address is his: it is taken in that one's place.

    Nothing is released where the other one has been confirmed meanwhile: its code is used.
    """
    used = (sign_up.c.id == instead_of) & (sign_up.c.state == State.WAITING.value)
    if (await connection.execute(sa.update(sign_up).where(used).values(state=State.CONFIRMED.value))).rowcount:
        withheld = (sign_up.c.id == number) & (sign_up.c.state == State.WITHHELD.value)
        await connection.execute(sa.update(sign_up).where(withheld).values(state=State.WAITING.value))


async def may_try(connection: AsyncConnection, number: int, *, at: datetime) -> bool:
    """Whether one more code may be tried for a sign-up; a yes counts."""
    counted = await connection.execute(
        sa.update(sign_up)
        .where(
            sign_up.c.id == number,
            sign_up.c.state == State.WAITING.value,
            sign_up.c.expires > to_instant(at),
            sign_up.c.tries < MOST_TRIES,
        )
        .values(tries=sign_up.c.tries + 1)
    )
    return bool(counted.rowcount)


async def take(connection: AsyncConnection, ring: KeyRing, number: int, *, source: str, at: datetime) -> Taken | None:
    """The owner of the address has confirmed: take him in, or add what he chose to what he had.

    Whatever stood against the address (refused, bounced, erased) is lifted by his own word. None if nothing waits
    under this number. Raises KeyRingError.
    """
    await one_adder(connection)
    row = await _claim(connection, sign_up.c.id == number, at)
    return None if row is None else await _take(connection, ring, row, source=source, at=at)


async def take_scanned(
    connection: AsyncConnection, ring: KeyRing, scene: str, scanner: tuple[str, str], *, source: str, at: datetime
) -> Taken | None:
    """The owner of an address (kind and value) has scanned the code of this scene: as `take`, once for each code.

    From now on the sign-up is known by his address, and is exported and erased with it.
    """
    await one_adder(connection)
    kind, fingerprint = key_of(ring, *scanner)
    waiting = (sign_up.c.fingerprint == _of_scene(ring, scene)) & (sign_up.c.kind == kind)
    value = ring.encrypt(scanner[1], VALUE)
    row = await _claim(connection, waiting, at, fingerprint=fingerprint, value=value)
    return None if row is None else await _take(connection, ring, row, source=source, at=at)


async def take_in(
    connection: AsyncConnection,
    ring: KeyRing,
    typed: tuple[str, str],
    choices: Choices,
    *,
    origin: Origin,
    beside: int | None = None,
) -> Taken:
    """Take the owner of an address (kind and value) in, or add what he chose to what he had.

    Only where he has proven that it is his. `beside`: number of an address whose owner he is as well.
    """
    await one_adder(connection)
    asker = await _asker(connection, beside)
    person = await _person(connection, ring, *typed, origin, asker=asker)
    if person != asker:
        # What he chose when he asked for one more address is no news, and he may have ended some of it since.
        held = await read_choices(connection, person)
        assert held is not None
        chosen = merged(held, choices)
        await write_choices(connection, person, chosen, source=origin.source, at=origin.at, words=origin.words)
    kind, fingerprint = key_of(ring, *typed)
    mine = (address.c.kind == kind) & (address.c.fingerprint == fingerprint)
    return Taken(person, int((await connection.execute(sa.select(address.c.id).where(mine))).scalar_one()))


async def forget(connection: AsyncConnection, since: datetime, *, limit: int) -> int:
    """Delete at most `limit` sign-ups whose time was over before `since`, confirmed or not; how many."""
    over = sa.select(sign_up.c.id).where(sign_up.c.expires < to_instant(since)).limit(limit)
    return (await connection.execute(sa.delete(sign_up).where(sign_up.c.id.in_(over)))).rowcount


async def _insert(connection: AsyncConnection, **values: object) -> int:
    added = await connection.execute(sa.insert(sign_up).values(**values).returning(sign_up.c.id))
    return int(added.scalar_one())


async def _claim(
    connection: AsyncConnection, which: sa.ColumnElement[bool], at: datetime, **changes: object
) -> sa.Row[Any] | None:
    """The one that waits, confirmed from now on; of two at once, one gets it."""
    claimed = await connection.execute(
        sa.update(sign_up)
        .where(which, sign_up.c.state == State.WAITING.value, sign_up.c.expires > to_instant(at))
        .values(state=State.CONFIRMED.value, **changes)
        .returning(sign_up.c.kind, sign_up.c.value, sign_up.c.wishes)
    )
    return claimed.one_or_none()


async def _take(connection: AsyncConnection, ring: KeyRing, row: sa.Row[Any], *, source: str, at: datetime) -> Taken:
    value, wishes = ring.decrypt(row.value, VALUE), json.loads(ring.decrypt(row.wishes, WISHES))
    origin = Origin(source, at, words=wishes["words"])
    return await take_in(
        connection, ring, (row.kind, value), _from_json(wishes), origin=origin, beside=wishes["beside"]
    )


def _sealed(ring: KeyRing, choices: Choices, *, words: str, beside: int | None, code: str = "") -> bytes:
    told = {**_to_json(choices), "words": words, "beside": beside, **({"code": code} if code else {})}
    return ring.encrypt(json.dumps(told, ensure_ascii=False), WISHES)


def _of_scene(ring: KeyRing, scene: str) -> bytes:
    """What a sign-up is found by before its address is known."""
    return ring.fingerprint("scene", scene)


async def _person(
    connection: AsyncConnection, ring: KeyRing, kind: str, value: str, origin: Origin, *, asker: int | None
) -> int:
    """Whose address it is, open from now on."""
    key = key_of(ring, kind, value)
    if await consent.is_strangers(connection, key):
        # Nothing of the former owner's is his.
        await detach(connection, key, source=origin.source, at=origin.at)
    await consent.restore(connection, *key, source=origin.source, at=origin.at)
    known = (await look_up(connection, [key])).get(key)
    if known is None:
        if asker is not None:
            await add_address(connection, ring, asker, (kind, value), origin)
            return asker
        return await add_subscriber(
            connection,
            ring,
            name="",
            addresses=[(kind, value)],
            subscriptions=(),
            preference="first",
            language="zh",
            source=origin.source,
            at=origin.at,
            confirmed=True,
            words=origin.words,
        )
    mine = sa.select(address.c.id).where(address.c.kind == kind, address.c.fingerprint == key[1])
    await consent.confirm(connection, (await connection.scalars(mine)).all(), source=origin.source, at=origin.at)
    # Also where nothing that he chose is new, the ledger has the words that he agreed to.
    await consent.record(connection, [key], "given", origin)
    return known.subscriber_id


async def _asker(connection: AsyncConnection, address_id: int | None) -> int | None:
    """Who has this address and asks for another beside it; None where it is closed by now."""
    if address_id is None:
        return None
    owner = sa.select(address.c.subscriber_id)
    person: int | None = await connection.scalar(
        owner.where(address.c.id == address_id, address.c.standing == Standing.OPEN)
    )
    return person


def _to_json(choices: Choices) -> dict[str, object]:
    return {
        "subscriptions": [[each.domain, each.area, int(each.least)] for each in choices.subscriptions],
        "frequency": choices.frequency.value,
        "hour": choices.hour,
        "quiet": None if choices.quiet is None else [choices.quiet.start, choices.quiet.end],
        "urgent": int(choices.urgent),
        "language": choices.language,
    }


def _from_json(stored: Mapping[str, Any]) -> Choices:
    return Choices(
        subscriptions=[Subscription(domain, area, Severity(least)) for domain, area, least in stored["subscriptions"]],
        frequency=Frequency(stored["frequency"]),
        hour=stored["hour"],
        quiet=None if stored["quiet"] is None else Quiet(*stored["quiet"]),
        urgent=Severity(stored["urgent"]),
        language=stored["language"],
    )
