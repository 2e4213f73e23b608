"""Consent: an append-only ledger of who agreed to what, and the suppression that follows from it.

An address is written to only while its standing is open. Whatever changes the standing is a line of the ledger in the
same transaction. Suppression holds the fingerprint, so it outlives the person's erasure and meets a later import.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import chunks, insert_or, insert_rows, rows_with
from subscribers.instant import from_instant, to_instant
from subscribers.tables import address, consent, suppression, wording

#: Reason of a suppression that keeps an erased person out for good.
ERASED = "erased"
#: Reason of a suppression that the person asked for.
REFUSED = "退订"

#: Reason of one whose owner told his provider that our mail is spam.
COMPLAINED = "投诉为垃圾邮件"
#: Reasons that are the owner's own will, not the end of the address: such a person still hears that a danger is over.
WILLED = (REFUSED, COMPLAINED)

#: Why one is closed whose owner says that he is not who we mean: the number was given to somebody else.
STRANGER = "号码已换人"
#: How a reason ends where that is likely, and nobody has said so.
PERHAPS_STRANGER = "号码可能已换了主人"

#: What the end of a consent is about where the address has become somebody else's.
ANOTHER_OWNER = "another owner"
#: Acts by which an address leaves whoever had it.
_LEAVING = ("corrected", "erased", "lapsed")

#: How an address is named where the person behind it must stay unknown: kind and fingerprint.
Key = tuple[str, bytes]


class Standing(IntEnum):
    """Whether an address may be written to (`address.standing`)."""

    OPEN = 0
    UNCONFIRMED = 1
    SUPPRESSED = 2


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an act came from: the same for all that one request, file or receipt brings."""

    #: "sign-up page", "group 低保户", "sms TD", "operator wang"; free of personal data of the subscribers.
    source: str
    #: Aware.
    at: datetime
    #: What the act covers: "education 360403", a list's legal basis; "" = everything.
    about: str = ""
    #: What the person was shown and agreed to, whole; "" = nothing was shown.
    words: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the ledger."""

    kind: str
    #: "given", "confirmed", "imported", "ended", "suppressed", "restored", "corrected", "erased", "lapsed".
    act: str
    source: str
    #: What it covers; "" = everything.
    about: str
    #: Aware, UTC.
    at: datetime
    #: What the person was shown; "" = nothing.
    words: str = ""


async def record(connection: AsyncConnection, keys: Iterable[Key], act: str, origin: Origin) -> None:
    """Append one line for each address."""
    named = list(keys)
    if not named:
        return
    shown = await _wording(connection, origin.words) if origin.words else None
    shared = (act, origin.source[:200], origin.about[:64], shown, to_instant(origin.at))
    lines = [(fingerprint, kind, *shared) for kind, fingerprint in named]
    columns = ("fingerprint", "kind", "act", "source", "about", "wording_id", "at")
    await insert_rows(connection, consent, columns, lines)


async def history(connection: AsyncConnection, keys: Iterable[Key], *, of_its_owner: bool = False) -> list[Act]:
    """All that the ledger says of these addresses, oldest first.

    `of_its_owner`: only since each was last taken from somebody, who may have been another.
    """
    columns = (consent.c.kind, consent.c.act, consent.c.source, consent.c.about, consent.c.at, wording.c.text)
    query = (
        sa.select(*columns)
        .outerjoin(wording, wording.c.id == consent.c.wording_id)
        .where(_is_one_of(consent, list(keys)))
        .order_by(consent.c.id)
    )
    if of_its_owner:
        query = query.where(~_is_followed_by_another_owner())
    return [
        Act(row.kind, row.act, row.source, row.about, from_instant(row.at), row.text or "")
        for row in await connection.execute(query)
    ]


def _is_followed_by_another_owner() -> sa.ColumnElement[bool]:
    left = consent.alias("taken")
    taken = sa.or_(left.c.act.in_(_LEAVING), left.c.about == ANOTHER_OWNER)
    same = (left.c.fingerprint == consent.c.fingerprint) & (left.c.kind == consent.c.kind)
    return sa.exists().where(same, taken, left.c.id >= consent.c.id)


async def reasons(connection: AsyncConnection, keys: Iterable[Key]) -> dict[Key, str]:
    """Why each suppressed one of these addresses is suppressed."""
    found: dict[Key, str] = {}
    for chunk in chunks(keys):
        fingerprints = [fingerprint for _, fingerprint in chunk]
        rows = await rows_with(connection, suppression, ("kind", "fingerprint", "reason"), "fingerprint", fingerprints)
        found.update({(kind, fingerprint): reason for kind, fingerprint, reason in rows})
    return found


async def suppress(
    connection: AsyncConnection, kind: str, fingerprint: bytes, *, reason: str, source: str, at: datetime
) -> None:
    """Write no more to this address, known or not; `reason` holds no personal data. Repeating it changes nothing."""
    await _suppress(connection, {(kind, fingerprint): reason}, Origin(source, at))


async def suppress_addresses(
    connection: AsyncConnection, addresses: Sequence[tuple[int, str]], *, source: str, at: datetime
) -> None:
    """Write no more to these (address id, reason); unknown ids and addresses already suppressed are passed over."""
    known = await keys_of(connection, [address_id for address_id, _ in addresses])
    why = {known[address_id]: reason for address_id, reason in addresses if address_id in known}
    await _suppress(connection, why, Origin(source, at))


async def refuse(connection: AsyncConnection, address_ids: Sequence[int], *, source: str, at: datetime) -> None:
    """The owners ended their consent (one-click link, TD by SMS, unfollowed): nothing is sent to these any more."""
    await end(connection, (await keys_of(connection, address_ids)).values(), "ended", REFUSED, Origin(source, at))


async def end(connection: AsyncConnection, keys: Iterable[Key], act: str, reason: str, origin: Origin) -> None:
    """The owner's own will: it takes the place of any technical reason, so that no repair of a mailbox lifts it."""
    ended = list(keys)
    # What was known to be dead is remembered beside it: a legal duty outweighs a refusal, never a dead address.
    was_dead = sa.case((suppression.c.reason.in_((*WILLED, ERASED)), suppression.c.dead), else_=suppression.c.reason)
    for rows in chunks(_suppressions(dict.fromkeys(ended, reason), origin), 1_000):
        statement = insert_or(connection, suppression).values(rows)
        changes = {name: statement.excluded[name] for name in ("reason", "source", "at")}
        await connection.execute(
            statement.on_conflict_do_update(
                index_elements=["fingerprint", "kind"],
                set_={**changes, "dead": was_dead},
                # Whoever was erased stays so, whatever he says later: a mere refusal would let lists bring him back.
                where=suppression.c.reason != ERASED,
            )
        )
    await stand(connection, ended, Standing.SUPPRESSED)
    await record(connection, ended, act, origin)


async def restore(connection: AsyncConnection, kind: str, fingerprint: bytes, *, source: str, at: datetime) -> bool:
    """Lift the suppression: its owner came back, or an operator saw a mistake. False if there was none.

    An address that was never confirmed nor imported waits for its confirmation again.
    """
    key = (kind, fingerprint)
    lifted = await connection.execute(sa.delete(suppression).where(_is_one_of(suppression, [key])))
    if not lifted.rowcount:
        return False
    proven = await connection.scalar(
        sa.select(sa.exists().where(_is_one_of(consent, [key]), consent.c.act.in_(("confirmed", "imported"))))
    )
    await stand(connection, [key], Standing.OPEN if proven else Standing.UNCONFIRMED)
    await record(connection, [key], "restored", Origin(source, at))
    return True


async def is_strangers(connection: AsyncConnection, key: Key) -> bool:
    """Whether an address is, or may be, somebody else's than whom it is stored for; a later refusal changes nothing."""
    why = (suppression.c.reason, suppression.c.dead)
    said = sa.or_(*(column.endswith(end) for column in why for end in (STRANGER, PERHAPS_STRANGER)))
    return bool(await connection.scalar(sa.select(sa.exists().where(_is_one_of(suppression, [key]), said))))


async def confirm(connection: AsyncConnection, address_ids: Sequence[int], *, source: str, at: datetime) -> list[int]:
    """Their owners confirmed these addresses: open now, unless suppressed. Returns those that were waiting for it."""
    waiting = address.c.id.in_(address_ids) & (address.c.standing == Standing.UNCONFIRMED)
    opened = await connection.execute(
        sa.update(address)
        .where(waiting)
        .values(standing=Standing.OPEN)
        .returning(address.c.id, address.c.kind, address.c.fingerprint)
    )
    rows = opened.all()
    await record(connection, [(row.kind, row.fingerprint) for row in rows], "confirmed", Origin(source, at))
    return sorted(row.id for row in rows)


async def keys_of(connection: AsyncConnection, address_ids: Sequence[int]) -> dict[int, Key]:
    """Kind and fingerprint of each of these addresses that exists."""
    query = sa.select(address.c.id, address.c.kind, address.c.fingerprint).where(address.c.id.in_(address_ids))
    return {row.id: (row.kind, row.fingerprint) for row in await connection.execute(query)}


async def _suppress(connection: AsyncConnection, why: Mapping[Key, str], origin: Origin) -> None:
    fresh: list[Key] = []
    for rows in chunks(_suppressions(why, origin), 1_000):
        statement = insert_or(connection, suppression).values(rows)
        new = statement.excluded.reason
        is_news = sa.or_(
            sa.and_(suppression.c.reason.in_(WILLED), suppression.c.dead == "", new.not_in(WILLED)),
            # Whose it is matters whatever else is known of it, but for whoever is erased: of him nothing is stored.
            sa.and_(new == STRANGER, suppression.c.reason.not_in((STRANGER, ERASED)), suppression.c.dead != STRANGER),
        )
        kept = statement.on_conflict_do_update(
            index_elements=["fingerprint", "kind"], set_={"dead": statement.excluded.reason}, where=is_news
        )
        added = await connection.execute(kept.returning(suppression.c.kind, suppression.c.fingerprint))
        fresh += [(row.kind, row.fingerprint) for row in added]
    await stand(connection, fresh, Standing.SUPPRESSED)
    await record(connection, fresh, "suppressed", origin)


def _suppressions(why: Mapping[Key, str], origin: Origin) -> list[dict[str, object]]:
    shared = {"source": origin.source[:200], "at": to_instant(origin.at)}
    return [
        {"kind": kind, "fingerprint": fingerprint, "reason": reason[:200], **shared}
        for (kind, fingerprint), reason in why.items()
    ]


async def stand(connection: AsyncConnection, keys: Sequence[Key], standing: Standing) -> None:
    """Set the standing of these addresses; the caller records why."""
    for chunk in chunks(keys, 1_000):
        await connection.execute(sa.update(address).where(_is_one_of(address, chunk)).values(standing=standing))


async def _wording(connection: AsyncConnection, words: str) -> int:
    """The number of these words; they are kept once."""
    digest = hashlib.sha256(words.encode()).digest()
    kept = insert_or(connection, wording).values(digest=digest, text=words).on_conflict_do_nothing()
    await connection.execute(kept)
    found: int | None = await connection.scalar(sa.select(wording.c.id).where(wording.c.digest == digest))
    assert found is not None
    return found


def _is_one_of(table: sa.Table, keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    # Not as pairs, for which SQLite reads the whole table: the kind is part of what a fingerprint is made of.
    kinds = sorted({kind for kind, _ in keys})
    return table.c.fingerprint.in_([fingerprint for _, fingerprint in keys]) & table.c.kind.in_(kinds)
