"""One subscriber as the operator may see him."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.address_form import mask
from subscribers.choices import Quiet
from subscribers.enrol import VALUE
from subscribers.keys import KeyRing
from subscribers.person import Person
from subscribers.position import GRAIN
from subscribers.tables import address

#: What stands in the place of a list, and of what was sent to it.
HIDDEN = "a list of another department"


async def values(connection: AsyncConnection, ring: KeyRing, subscriber_id: int) -> dict[int, str]:
    """His addresses in clear by number: for an operator who has a reason that stands in the audit log."""
    found = await connection.execute(
        sa.select(address.c.id, address.c.value).where(address.c.subscriber_id == subscriber_id)
    )
    return {row.id: ring.decrypt(row.value, VALUE) for row in found}


def to_json(person: Person, revealed: Mapping[int, str] | None = None) -> dict[str, Any]:
    """A person for programs; name and addresses masked unless `revealed` has the addresses."""
    return {
        "number": person.id,
        "name": mask(person.name) if revealed is None else person.name,
        "language": person.choices.language,
        "preference": person.preference,
        "created_at": person.created_at.isoformat(),
        "addresses": [
            {
                "kind": each.kind,
                "address": each.hint if revealed is None else revealed.get(each.id, each.hint),
                "standing": each.standing.name.lower(),
                "reason": each.reason,
            }
            for each in person.addresses
        ],
        "subscriptions": [
            {"domain": each.domain, "area": each.area, "least": each.least.name.lower()}
            for each in person.subscriptions
        ],
        "frequency": person.choices.frequency.value,
        "digest_hour": person.choices.hour,
        "quiet": _quiet(person.choices.quiet),
        "urgent": person.choices.urgent.name.lower(),
        "groups": list(person.groups),
        # Where somebody lives is shown where everything is.
        "positions": [
            {"latitude": each.latitude / GRAIN, "longitude": each.longitude / GRAIN}
            for _, each in (person.places if revealed is not None else ())
        ],
        "history": [
            {
                "at": each.at.isoformat(),
                "kind": each.kind,
                "act": each.act,
                "source": each.source,
                "about": each.about,
                "words": each.words,
            }
            for each in person.history
        ],
    }


def _quiet(quiet: Quiet | None) -> list[str]:
    """Such as ["22:00", "07:00"]; empty without quiet hours."""
    return [] if quiet is None else [f"{minute // 60:02}:{minute % 60:02}" for minute in (quiet.start, quiet.end)]


def as_seen(person: Person, seen: Collection[str] | None) -> Person:
    """The person without anything that lists say but those that are `seen` (names); None = all of them.

    That somebody is on the list of another department may say that he is poor or ill.
    """
    if seen is None:
        return person
    sources = {f"group {name}" for name in seen}
    return replace(
        person,
        groups=[name if name in seen else HIDDEN for name in person.groups],
        places=[(name, place) for name, place in person.places if not name or name in seen],
        history=[
            replace(each, source=HIDDEN, about="")
            if each.source.startswith("group ") and each.source not in sources
            else each
            for each in person.history
        ],
    )
