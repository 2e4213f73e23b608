"""What a person's words do: his subscriptions begin, change or end in the transaction that took them in.

A message comes from the number or account that it names, so writing to us is itself the proof of whose it is and, where
it asks for something, the consent: the ledger keeps the command as it was understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.receipt import Inbound
from pusher.review.areas import find_areas
from pusher.review.taxonomy import Taxonomy
from pusher.talk import words
from pusher.talk.commands import Act, Command, parse
from pusher.warnings.hazard import HAZARD
from subscribers import address_form, consent, people, sign_up
from subscribers.choices import Choices, Frequency, read_choices, write_choices
from subscribers.consent import Key, Origin
from subscribers.enrol import Subscription
from subscribers.keys import KeyRing
from subscribers.known import look_up
from subscribers.topic import Severity

_log = structlog.get_logger()

#: What is answered with what comes, and when.
_OF_WHAT_COMES = (Act.MINE, Act.AREA, Act.FREQUENCY)


@dataclass(frozen=True, slots=True)
class Talk:
    """Hears what people say, and gives what they are answered."""

    ring: KeyRing
    taxonomy: Taxonomy
    #: The service as residents know it.
    service: str
    #: The domain of warnings: whoever ends it hears of no hazard any more either.
    warnings: str = "disaster"

    async def hear(
        self, connection: AsyncConnection, key: Key, event: Inbound, channel: str, at: datetime
    ) -> str | None:
        """Do what an event asks for; what to answer, None for nothing. `key` names the address that it came from."""
        who = _Who(connection, self.ring, key, event.address, f"{channel} {event.how or 'message'}", at)
        if event.how in {"follow", "scan"} and event.text.startswith(sign_up.SCENE):
            return await self._scanned(who, event)
        match event.act:
            case "stop":
                return words.ENDED if event.text else None
            case "start":
                return await self._met(who, event) if event.how == "follow" else None
            case "text":
                return await self._said(who, event)
        return None

    async def _met(self, who: "_Who", event: Inbound) -> str:
        """Somebody followed: what he chose before is his again, and a scene that he scanned is his wish."""
        command = parse(event.text, self.taxonomy)
        asked = await self._do(who, command) if command is not None else None
        return asked if asked is not None else await self._greeted(who)

    async def _greeted(self, who: "_Who") -> str:
        choices = await who.choices()
        if choices is not None and choices.subscriptions:
            return words.back(choices, self.taxonomy)
        return words.welcome(self.service, self.taxonomy)

    async def _scanned(self, who: "_Who", event: Inbound) -> str:
        """Somebody scanned the code of a sign-up: what was chosen there is his, once."""
        scanner = (who.key[0], address_form.normalise(who.key[0], who.address))
        source = f"sign-up page, {who.source}"
        taken = await sign_up.take_scanned(who.connection, self.ring, event.text, scanner, source=source, at=who.at)
        if taken is not None:
            _log.info("sign-up confirmed", subscriber=taken.person, by=who.source)
            return words.scanned(await who.choices() or Choices(), self.taxonomy)
        return f"{words.CODE_OVER}\n{await self._greeted(who)}" if event.how == "follow" else words.CODE_OVER

    async def _said(self, who: "_Who", event: Inbound) -> str | None:
        if event.how == "location":
            areas = sorted(find_areas(event.text, self.taxonomy))
            return await self._do(who, Command(Act.AREA, areas=tuple(areas)))
        command = parse(event.text, self.taxonomy)
        if command is None:
            # Whoever pays for messages is not asked back by them.
            return None if who.key[0] == "phone" else words.help_(self.taxonomy)
        _log.info("command", act=command.act, by=who.source)
        return await self._do(who, command)

    async def _do(self, who: "_Who", command: Command) -> str:
        answer = await self._done(who, command)
        if command.act in _OF_WHAT_COMES and await who.choices() is not None and await who.is_closed():
            # What he chooses is kept, and nothing of it comes: that is what he has to know.
            return words.ENDED
        return answer

    async def _done(self, who: "_Who", command: Command) -> str:
        match command.act:
            case Act.SUBSCRIBE:
                return await self._subscribe(who, command)
            case Act.UNSUBSCRIBE:
                return await self._unsubscribe(who, command)
            case Act.AREA:
                return await self._move(who, command)
            case Act.FREQUENCY:
                return await self._change(who, command)
            case Act.MINE:
                return words.mine(await who.choices() or Choices(), self.taxonomy)
            case _:
                return words.help_(self.taxonomy)

    async def _subscribe(self, who: "_Who", command: Command) -> str:
        before = await who.choices()
        if not command.domains:
            if before is not None and before.subscriptions and not command.is_partly_unknown and await who.is_closed():
                await who.reopen(_said_as(command, (), (), self.taxonomy))
                return words.back(before, self.taxonomy)
            return words.which_domain(self.taxonomy)
        areas = command.areas or _areas(before) or ((self.taxonomy.area,) if self.taxonomy.area else ())
        if not areas:
            return words.which_area(self.taxonomy)
        wishes = [Subscription(domain, area) for domain in command.domains for area in areas]
        after = await who.wish(wishes, _said_as(command, command.domains, areas, self.taxonomy))
        return words.subscribed(command.domains, areas, after, self.taxonomy)

    async def _unsubscribe(self, who: "_Who", command: Command) -> str:
        if not command.domains or self._is_everything(command):
            if command.is_partly_unknown:
                return words.which_to_end(self.taxonomy)
            await who.leave()
            return words.ENDED
        before = await who.choices()
        if before is None:
            return words.CLOSED
        kept = [
            wish
            for wish in before.subscriptions
            if not self._is_named(wish.domain, command) or (command.areas and not wish.area.startswith(command.areas))
        ]
        if len(kept) == len(before.subscriptions):
            return words.nothing_to_end(command.domains, command.areas, before, self.taxonomy)
        after = replace(before, subscriptions=kept)
        await who.choose(after)
        return words.unsubscribed(command.domains, after, self.taxonomy)

    def _is_everything(self, command: Command) -> bool:
        """Whether somebody ends "全部": not the domains alone, but what lists bring as well."""
        return not command.areas and len(command.domains) == len(self.taxonomy.domains) > 1

    def _is_named(self, domain: str, command: Command) -> bool:
        """Whether a command is about a subscription's domain; those to single hazards belong to the one of warnings."""
        of = self.warnings if domain.startswith(HAZARD) else domain
        return of in command.domains

    def _is_of_warnings(self, wish: Subscription) -> bool:
        return wish.domain == self.warnings or wish.domain.startswith(HAZARD)

    async def _move(self, who: "_Who", command: Command) -> str:
        before = await who.choices()
        if not command.areas:
            return words.which_area(self.taxonomy)
        if before is None or not before.subscriptions:
            return words.which_domain(self.taxonomy)
        least: dict[str, Severity] = {}
        for wish in before.subscriptions:
            least[wish.domain] = min(wish.least, least.get(wish.domain, wish.least))
        moved = [Subscription(domain, area, level) for domain, level in least.items() for area in command.areas]
        await who.choose(
            replace(before, subscriptions=moved), _said_as(command, tuple(least), command.areas, self.taxonomy)
        )
        return words.moved(command.areas, self.taxonomy)

    async def _change(self, who: "_Who", command: Command) -> str:
        before = await who.choices()
        if before is None or command.frequency is None:
            return words.which_domain(self.taxonomy)
        if command.frequency is Frequency.URGENT and not any(map(self._is_of_warnings, before.subscriptions)):
            return words.no_warnings(self.warnings, self.taxonomy)
        await who.choose(replace(before, frequency=command.frequency))
        return words.often(command.frequency)


@dataclass(frozen=True, slots=True)
class _Who:
    """Whoever speaks, by the address that he speaks from."""

    connection: AsyncConnection
    ring: KeyRing
    key: Key
    #: As the provider names it.
    address: str
    source: str
    at: datetime

    async def person(self) -> int | None:
        """His number, if he is known."""
        known = await look_up(self.connection, [self.key])
        return known[self.key].subscriber_id if self.key in known else None

    async def choices(self) -> Choices | None:
        """What he chose; None if he is not known."""
        person = await self.person()
        return None if person is None or await self.is_another() else await read_choices(self.connection, person)

    async def is_closed(self) -> bool:
        """Whether nothing is sent to this address."""
        return self.key in await consent.reasons(self.connection, [self.key])

    async def is_another(self) -> bool:
        """Whether the number belongs to somebody else than whom it is stored for."""
        return await consent.is_strangers(self.connection, self.key)

    async def reopen(self, said: str) -> None:
        """He asks for messages: nothing that closed his address holds any more."""
        if await self.is_another():
            # Nothing of the former owner's is his.
            await people.detach(self.connection, self.key, source=self.source, at=self.at)
        await consent.restore(self.connection, *self.key, source=self.source, at=self.at)
        numbers = await people.address_numbers(self.connection, self.key)
        await consent.confirm(self.connection, numbers, source=self.source, at=self.at)
        if numbers:
            await consent.record(self.connection, [self.key], "given", Origin(self.source, self.at, words=said))

    async def wish(self, wishes: Sequence[Subscription], said: str) -> Choices:
        """Add wishes, taking him in if he is new; all that he chose now."""
        await self.reopen(said)
        person = await self.person()
        if person is None:
            kind = self.key[0]
            person = await people.add_subscriber(
                self.connection,
                self.ring,
                name="",
                addresses=[(kind, address_form.normalise(kind, self.address))],
                subscriptions=[],
                preference="first",
                language="zh",
                source=self.source,
                at=self.at,
                confirmed=True,
            )
        before = await read_choices(self.connection, person) or Choices()
        named = {(wish.domain, wish.area) for wish in wishes}
        kept = [wish for wish in before.subscriptions if (wish.domain, wish.area) not in named]
        after = replace(before, subscriptions=[*kept, *wishes])
        await write_choices(self.connection, person, after, source=self.source, at=self.at, words=said)
        return after

    async def choose(self, choices: Choices, said: str = "") -> None:
        """Write his choices, he being known."""
        person = await self.person()
        assert person is not None
        await write_choices(self.connection, person, choices, source=self.source, at=self.at, words=said)

    async def leave(self) -> None:
        """End everything to this address."""
        await consent.end(self.connection, [self.key], "ended", consent.REFUSED, Origin(self.source, self.at))


def _areas(choices: Choices | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(wish.area for wish in choices.subscriptions)) if choices is not None else ()


def _said_as(command: Command, domains: Sequence[str], areas: Sequence[str], taxonomy: Taxonomy) -> str:
    """What he wrote as it was understood: the ledger keeps no free words, which may tell anything of anybody."""
    verb = {Act.SUBSCRIBE: "订阅", Act.AREA: "地区"}.get(command.act, command.act.value)
    return " ".join([verb, *map(taxonomy.name_of, domains), *map(taxonomy.name_of, areas)])
