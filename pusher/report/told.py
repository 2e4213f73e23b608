"""Who would be told of an item: counted by list, area and channel, with nothing stored and nothing sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Message
from channels.sms_rules import Cost, ShortMessages, cost, objections
from pusher.plan.planner import Drawn
from pusher.plan.timing import sparing_of
from subscribers.audience import Audience, count_addresses, count_by_area

_PUBLIC = "public"

#: By channel name: how many addresses it would write to; 1 for a public place.
Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Told:
    """One broadcast as it would be."""

    drawn: Drawn
    #: Everybody once, however many lists name them.
    channels: Counts
    #: "subscribers" and "group:NAME"; who is on two lists counts in both.
    lists: Mapping[str, Counts]
    #: Subscribers by the area that they subscribed to; who subscribed to two counts in both.
    areas: Mapping[str, Counts]
    #: What it costs and why it would not be taken, by channel of short messages.
    costs: Mapping[str, Cost] = field(default_factory=dict)
    objections: Sequence[str] = ()


async def told(connection: AsyncConnection, drawn: Drawn, address_kinds: Mapping[str, str], *, at: datetime) -> Told:
    """Count the audience of a drawn broadcast as of `at`; `address_kinds`: kind of address by channel name."""
    kinds = {name: address_kinds[name] for name in drawn.channels}
    sparing = sparing_of(drawn.lane, drawn.audience)
    lists = {name: await _counted(connection, audience, kinds, at, sparing) for name, audience in _lists(drawn).items()}
    return Told(
        drawn=drawn,
        channels=await _counted(connection, drawn.audience, kinds, at, sparing, public=True),
        lists=lists,
        areas=await _by_area(connection, drawn, kinds, at, sparing),
    )


def with_costs(told: Told, words: Mapping[str, Message], rules: Mapping[str, ShortMessages]) -> Told:
    """What the words of a broadcast cost, and why a gateway or the law would not take them."""
    known = {name: message for name, message in words.items() if name in rules}
    return replace(
        told,
        costs={name: cost(rules[name], message, told.channels[name]) for name, message in known.items()},
        objections=[
            f"channel {name}: {each}" for name, message in known.items() for each in objections(rules[name], message)
        ],
    )


def to_json(told: Told) -> dict[str, Any]:
    """For programs; times in ISO 8601."""
    drawn = told.drawn
    return {
        "route": drawn.route,
        "lane": drawn.lane.value,
        "approval": drawn.approval,
        "due": drawn.due.isoformat(),
        "expires": drawn.expires.isoformat(),
        "channels": dict(told.channels),
        "lists": {name: dict(counts) for name, counts in told.lists.items()},
        "areas": {area: dict(counts) for area, counts in told.areas.items()},
        "unknown_groups": list(drawn.unknown_groups),
        "costs": {
            name: {
                "segments": each.segments,
                "people": each.people,
                "yuan": None if each.yuan is None else str(each.yuan),
            }
            for name, each in told.costs.items()
        },
        "objections": list(told.objections),
    }


def _lists(drawn: Drawn) -> dict[str, Audience]:
    """The audience's parts, each by itself."""
    parts = {}
    if drawn.audience.topic is not None:
        parts["subscribers"] = replace(drawn.audience, groups=(), selection=None)
    for name, number in zip(drawn.groups, drawn.audience.groups, strict=True):
        parts[f"group:{name}"] = replace(drawn.audience, topic=None, groups=(number,), selection=None)
    if drawn.audience.selection is not None:
        parts["select:" + " | ".join(drawn.selections)] = replace(drawn.audience, topic=None, groups=())
    return parts


async def _counted(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Mapping[str, str],
    at: datetime,
    sparing: Sequence[str],
    *,
    public: bool = False,
) -> dict[str, int]:
    personal = _personal(kinds)
    counts = await count_addresses(connection, audience, personal, at=at, sparing=sparing) if personal else {}
    places = {name: 1 for name, kind in kinds.items() if public and kind == _PUBLIC}
    return {**places, **{name: counts[kind] for name, kind in kinds.items() if kind != _PUBLIC}}


async def _by_area(
    connection: AsyncConnection, drawn: Drawn, kinds: Mapping[str, str], at: datetime, sparing: Sequence[str]
) -> dict[str, dict[str, int]]:
    topic, personal = drawn.audience.topic, _personal(kinds)
    if topic is None or not topic.domains or not topic.areas or not personal:
        return {}
    found = await count_by_area(connection, topic, personal, at=at, sparing=sparing)
    return {
        area: {name: counts[kind] for name, kind in kinds.items() if kind in counts} for area, counts in found.items()
    }


def _personal(kinds: Mapping[str, str]) -> Sequence[str]:
    return list(dict.fromkeys(kind for kind in kinds.values() if kind != _PUBLIC))
