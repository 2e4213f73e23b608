"""The channels of the settings: each checked by its kind's own model."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from channels.channel import Kind
from channels.limits import Limits, OwnLinks
from channels.message import Lane
from channels.sms_rules import ShortMessages
from pusher.kinds import KINDS
from pusher.settings.sentences import sentences

#: The kind that is no way out of its own: several channels of one form, tried in order.
FAILOVER = "failover"

_NAME = re.compile(r"[A-Za-z0-9\u4e00-\u9fff][A-Za-z0-9\u4e00-\u9fff_.-]{0,59}")


@dataclass(frozen=True, slots=True)
class Configured:
    """One channel of the settings."""

    name: str
    #: Of the channel itself, or of the members of a failover.
    kind: Kind[Any]
    #: None for a failover.
    settings: Limits | None
    #: Names of the channels that a failover tries, in order; empty for an ordinary channel.
    members: tuple[str, ...] = ()
    #: Lanes in which the link of a message also opens its receiver's own page; of a failover, those of all its members.
    own_links: frozenset[Lane] = frozenset()

    @property
    def form(self) -> str:
        """Form of its words."""
        return self.kind.form

    @property
    def address(self) -> str:
        """Kind of address it reaches; "public" for a place."""
        return self.kind.address


def configure(tables: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, Configured], list[str]]:
    """The channels that are right, and one sentence for each thing that is wrong."""
    channels: dict[str, Configured] = {}
    # "~" in front is what rehearsals use, whose channels lead nowhere.
    problems = [
        f"channels.{name}: a channel's name is made of letters, digits, _ and -"
        for name in tables
        if not _NAME.fullmatch(name)
    ]
    named = {name: table for name, table in tables.items() if _NAME.fullmatch(name)}
    ordinary = {name: table for name, table in named.items() if table.get("kind") != FAILOVER}
    for name, table in ordinary.items():
        try:
            channels[name] = _ordinary(name, table)
        except ValidationError as error:
            problems += sentences(error, "channels", name)
        except ValueError as error:
            problems.append(f"channels.{name}: {error}")
    for name in named.keys() - ordinary.keys():
        try:
            channels[name] = _failover(name, named[name], channels)
        except ValueError as error:
            problems.append(f"channels.{name}: {error}")
    return channels, problems


def short_messages(channels: Mapping[str, Configured]) -> dict[str, ShortMessages]:
    """What is known beforehand of the channels of short messages; a failover goes by the first of its members."""
    found = {}
    for name, configured in channels.items():
        first = channels[configured.members[0]] if configured.members else configured
        if isinstance(first.settings, ShortMessages):
            found[name] = first.settings
    return found


def speaking_for(channels: Mapping[str, Configured], name: str) -> list[str]:
    """The channels whose deliveries a report of the channel `name` may settle: its own first, and its failovers'.

    Where keys are signed, those of all channels of its kind: nobody can speak of what he has not been handed. And
    those of channels that are one account to the provider, which calls one address for all of them.
    """
    kind, account = channels[name].kind, _account(channels[name])
    alike = {name} | {each.name for each in channels.values() if kind.signs_keys and each.kind == kind}
    alike |= {each.name for each in channels.values() if account and _account(each) == account}
    failovers = {each.name for each in channels.values() if alike & set(each.members)}
    return [name, *sorted((alike | failovers) - {name})]


def _account(configured: Configured) -> str:
    return configured.settings.account if configured.settings is not None else ""


def _ordinary(name: str, table: Mapping[str, Any]) -> Configured:
    kind = KINDS.get(str(table.get("kind", "")))
    if kind is None:
        raise ValueError(f"kind must be one of {', '.join([*KINDS, FAILOVER])}")
    settings = kind.settings.model_validate({key: value for key, value in table.items() if key != "kind"})
    kind = kind.as_set(settings) if kind.as_set is not None else kind
    own_links = settings.own_links if isinstance(settings, OwnLinks) else frozenset()
    return Configured(name, kind, settings, own_links=own_links)


def _failover(name: str, table: Mapping[str, Any], channels: Mapping[str, Configured]) -> Configured:
    members = table.get("channels")
    if set(table) != {"kind", "channels"} or not isinstance(members, list) or len(members) < 2:
        raise ValueError('a failover has exactly one setting beside its kind: channels = ["first", "second"]')
    unknown = [member for member in members if member not in channels]
    if unknown:
        raise ValueError(f"there is no ordinary channel {unknown[0]!r}")
    kinds = [channels[member].kind for member in members]
    if len({(kind.form, kind.address) for kind in kinds}) > 1:
        raise ValueError("all its channels must reach the same kind of address with the same form of words")
    own_links = frozenset(Lane).intersection(*(channels[member].own_links for member in members))
    return Configured(name, kinds[0], None, tuple(members), own_links)
