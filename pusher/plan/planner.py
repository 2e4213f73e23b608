"""From reviewed items to broadcasts: routes, audience, and the words of every channel, before anything is sent."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane, Message
from channels.sms_rules import ShortMessages, objections
from pusher.clock import common_hours, within_hours
from pusher.database import FAILURES, Database
from pusher.deliver import files, message_store
from pusher.item import ONLY_TO
from pusher.plan import broadcast
from pusher.plan.broadcast import BroadcastState
from pusher.plan.lists import look_up, shared_columns, usable_groups
from pusher.plan.routes import Labels, Route, takes
from pusher.warnings.cap import shape
from pusher.warnings.hazard import families, named
from pusher.watch import store
from pusher.watch.inbox import SOURCE as INBOX
from pusher.watch.store import StoredItem
from subscribers.audience import Audience
from subscribers.keys import KeyRing
from subscribers.region import Region
from subscribers.selection import either
from subscribers.topic import Severity, Topic
from templates.failure import TemplateError
from templates.notice import Notice

_log = structlog.get_logger()

#: What `templates.notice.Notice.follows` says of an item that its publisher took back.
_WITHDRAWN = "撤回"
#: And of one that holds no more.
_OVER = (_WITHDRAWN, "解除")

#: The form of words with which files go out.
_CARRIES_FILES = "mail"

#: Stands between the names of routes that send alike, of which a broadcast keeps so many characters.
_AND, _LONGEST_NAME = " + ", 64

#: Items that are planned in one go before other work gets a turn.
_AT_ONCE = 50


class Outlet(Protocol):
    """What the planner needs to know of a configured channel."""

    @property
    def form(self) -> str:
        """Form of its words."""
        ...

    @property
    def address(self) -> str:
        """Kind of address it reaches; "public" for a place."""
        ...

    @property
    def own_links(self) -> Collection[Lane]:
        """Lanes in which the link of a message also opens its receiver's own page."""
        ...


class Render(Protocol):
    """Puts a notice into words."""

    def __call__(
        self,
        form: str,
        notice: Notice,
        *,
        folder: str,
        lane: Lane,
        expires: datetime,
        columns: frozenset[str],
        may_leave: bool = True,
        own_link: bool = False,
    ) -> Message:
        """The rendered message. Raises TemplateError.

        `columns`: further slots that each recipient fills; `may_leave`: whether it has a link to end all messages;
        `own_link`: whether, where it may have, its link to the notice opens the receiver's own page as well.
        """
        ...


#: Drafts a warning of an item that the settings leave to the warnings' office; False if they do not.
Draft = Callable[[StoredItem], Awaitable[bool]]


async def nothing_automatic(_: StoredItem) -> bool:
    """All items take their routes."""
    return False


class _ChangedError(Exception):
    """The item, or what became of it before, is not what it was when it was drawn: roll back."""


class ObjectionError(Exception):
    """A message that would not be taken as it is; one sentence that says over which channel and why."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A broadcast as it would be: what one route, or several that send alike, make of an item."""

    #: Name of the route; several joined by " + ".
    route: str
    lane: Lane
    audience: Audience
    #: What the route writes to and what brings nobody: groups that do not exist or are past their end, expressions that
    #: name such.
    unknown_groups: tuple[str, ...]
    #: Columns that every one of its recipients has, for slots: those of its groups, where it writes to groups alone.
    columns: frozenset[str]
    #: Whether any of its recipients agreed to be written to, and so may leave.
    may_leave: bool
    channels: tuple[str, ...]
    due: datetime
    expires: datetime
    approval: bool
    #: Folder of templates; "" = that of the item.
    words: str = ""
    #: Hours of the route ("08:00-20:00", +08:00); None = any.
    hours: str | None = None
    #: Names of the audience's groups, in the order of their numbers there.
    groups: tuple[str, ...] = ()
    #: The expressions of whom it is for besides, or alone.
    selections: tuple[str, ...] = ()


class Planner:
    """Plans every ready item once for each of its revisions."""

    def __init__(
        self,
        database: Database,
        routes: Mapping[str, Route],
        outlets: Mapping[str, Outlet],
        render: Render,
        now: Callable[[], datetime],
        *,
        public_url: str = "",
        rules: Mapping[str, ShortMessages] | None = None,
        ring: KeyRing | None = None,
        draft: Draft = nothing_automatic,
    ) -> None:
        """`public_url`: where residents reach the board, without trailing slash. `rules`: what is known beforehand of
        channels of short messages, by name. `ring`: what routes with a "select:" need. `draft` is asked first, for each
        item.
        """
        self._ring = ring
        self._draft = draft
        self._rules = rules or {}
        self._public_url = public_url
        self._database = database
        self._routes = routes
        self._outlets = outlets
        self._render = render
        self._now = now

    async def run(self, wake: asyncio.Event, planned: asyncio.Event, stopping: asyncio.Event) -> None:
        """Plan whenever `wake` is set, and once a second; set `planned` when there is something to fan out."""
        while not stopping.is_set():
            wake.clear()
            try:
                if await self.once():
                    planned.set()
            except Exception as surprise:
                _log.exception("planning failed", error=type(surprise).__name__)
            try:
                async with asyncio.timeout(1):
                    await wake.wait()
            except TimeoutError:
                continue

    async def once(self) -> Sequence[int]:
        """Plan every ready item that was not planned yet; numbers of the broadcasts that came of it."""
        numbers: list[int] = []
        while True:
            async with self._database.read() as connection:
                items = await store.next_to_plan(connection, limit=_AT_ONCE)
            if not items:
                return numbers
            for item in items:
                numbers += await self._plan_or_hold(item)

    async def draw(
        self, connection: AsyncConnection, item: StoredItem, untold: Mapping[str, bool] = {}
    ) -> Sequence[Drawn]:
        """The broadcasts that `item` would become; nothing is stored.

        Routes that send the same way at the same time become one: whoever several of them mean gets it once. `untold`:
        routes over which nobody has heard of it yet, to which its edit is the first publication; True = a person has
        to approve it. An edit that changes what it is about, or where, goes to whoever was told before as well.
        """
        at = self._now()
        alike: dict[tuple[object, ...], Drawn] = {}
        edited = await _as_told(connection, item) if item.revision else item
        first = Labels(item.source, item.kind, item.topic)
        again = Labels(item.source, item.kind, edited.topic, item.revision, item.major)
        for name, route in self._routes.items():
            said, labels = (item, first) if name in untold else (edited, again)
            if not takes(route, labels):
                continue
            drawn = await self._draw(connection, said, name, at)
            drawn = replace(drawn, approval=drawn.approval or untold.get(name, False))
            way = (drawn.lane, frozenset(drawn.channels), drawn.due, drawn.expires, drawn.approval, drawn.words)
            alike[way] = _joined(alike[way], drawn) if way in alike else drawn
        return list(alike.values())

    async def _draw(self, connection: AsyncConnection, item: StoredItem, name: str, at: datetime) -> Drawn:
        route = self._routes[name]
        # Only what staff send by hand says itself whom it is for; no source does.
        only = item.facts.get(ONLY_TO, "") if item.source == INBOX else ""
        names = () if only else route.groups
        groups = await usable_groups(connection, names, at)
        selections = (only,) if only else route.selections
        selected = await look_up(connection, self._ring, selections, at)
        is_warning = item.kind == "warning" or item.topic.severity > Severity.NOTICE
        drill = bool(item.notice.drill)
        is_for_all = route.wants_subscribers and not drill and not only
        # A warning is not put off to the morning, whatever the lane of its route.
        waits_for_nothing = is_warning or route.lane is Lane.WARNING
        audience = Audience(
            # A drill never reaches a public list: neither subscribers nor public places.
            topic=_with_hazards(item) if is_for_all else None,
            groups=tuple(each.number for each in groups),
            selection=selected.meant if selected.is_of_lists or not drill else None,
            warning=is_warning,
            region=_region(item) if is_warning and is_for_all else None,
        )
        lists = [*groups, *selected.groups]
        # Neither does what is for some people alone.
        hidden = drill or bool(only)
        channels = tuple(each for each in route.channels if not (hidden and self._outlets[each].address == "public"))
        return Drawn(
            route=name,
            lane=route.lane,
            audience=audience,
            unknown_groups=(
                *(each for each in names if each not in {known.name for known in groups}),
                *selected.unknown,
            ),
            columns=shared_columns(lists) if audience.topic is None and selected.is_of_lists else frozenset(),
            may_leave=audience.topic is not None
            or not selected.is_of_lists
            or any(each.basis == "consent" for each in lists),
            channels=channels,
            due=at if waits_for_nothing else self._due(route, channels, at),
            expires=route.expiry(at),
            # A source is automatic: it drafts warnings, a person lets them go.
            approval=route.approval or is_warning,
            words=route.words,
            hours=None if waits_for_nothing else route.hours,
            groups=tuple(each.name for each in groups),
            selections=selections,
        )

    def _due(self, route: Route, channels: Sequence[str], at: datetime) -> datetime:
        """Within the route's hours, and those of its channels of short messages."""
        due = route.due(at)
        for name in channels:
            hours = self._hours(name)
            due = due if hours is None else within_hours(hours, due)
        return due

    def _hours(self, channel: str) -> str | None:
        return self._rules[channel].sms_hours if channel in self._rules else None

    async def _plan_or_hold(self, item: StoredItem) -> Sequence[int]:
        """Plan an item; one that cannot be planned waits for a person and does not stop those behind it."""
        try:
            return [] if await self._draft(item) else await self._plan(item)
        except TemplateError as error:
            _log.error("item held: a template failed", item=item.id, problem=str(error))
        except ObjectionError as objection:
            _log.error("item held: it would not be taken", item=item.id, problem=str(objection))
            async with self._database.write() as connection:
                await store.hold(connection, item.id, item.state, str(objection))
            return []
        except FAILURES:
            # The database is away, not the item at fault: it stays where it is.
            raise
        except Exception as surprise:
            _log.exception("item held: planning failed", item=item.id, error=type(surprise).__name__)
        async with self._database.write() as connection:
            await store.set_state(connection, item.id, {item.state}, store.ItemState.HELD)
        return []

    async def _plan(self, item: StoredItem) -> Sequence[int]:
        while True:
            async with self._database.read() as connection:
                outdated = await broadcast.not_begun(connection, item.id, before=item.revision)
                is_taken_back = item.notice.follows == _WITHDRAWN
                told = await broadcast.was_told(connection, item.id)
                # Taking back what was never told would be the first that people hear of it.
                never_told = is_taken_back and not told
                stopped = () if told else await broadcast.routes_stopped(connection, item.id)
                untold = {} if is_taken_back else self._untold(outdated.values(), told=told, stopped=stopped)
                drawn = () if never_told else await self.draw(connection, item, untold)
            words = {each.route: self.words(item, each) for each in drawn}
            self._object(words.values())
            with suppress(_ChangedError):
                return await self._store_all(item, drawn, words, set(outdated))
            async with self._database.read() as connection:
                # Whatever it says now is planned at its next turn, if it may still be told.
                if await store.get(connection, item.id) != item:
                    return []

    def _untold(
        self, outdated: Collection[tuple[str, BroadcastState]], *, told: bool, stopped: Sequence[str]
    ) -> Mapping[str, bool]:
        """Routes whose broadcasts of what the item said before have not begun; True = they waited for a person.

        Where nobody was told of anything, it may be for others by now: all routes but those that a person has stopped.
        """
        waits: dict[str, bool] = {}
        for route, state in outdated:
            for name in names_in(route, self._routes):
                waits[name] = waits.get(name, False) or state is not BroadcastState.OPEN
        if outdated and not told:
            is_halted = any(state is BroadcastState.HALTED for _, state in outdated)
            ended = {name for route in stopped for name in names_in(route, self._routes)}
            waits = {name: is_halted for name in self._routes if name not in ended} | waits
        return waits

    async def _store_all(
        self, item: StoredItem, drawn: Sequence[Drawn], words: Mapping[str, Mapping[str, Message]], outdated: set[int]
    ) -> Sequence[int]:
        """Store the broadcasts of an item in the place of those that are outdated. Raises _ChangedError."""
        async with self._database.write() as connection:
            # First: nobody edits or withdraws it any more until this transaction ends.
            await store.planned(connection, item.id, item.revision)
            if await store.get(connection, item.id) != item:
                raise _ChangedError
            if await broadcast.give_up(connection, item.id, before=item.revision) != outdated:
                raise _ChangedError
            numbers = [await self._store(connection, item, each, words[each.route]) for each in drawn]
        if outdated:
            _log.info("broadcasts given up: their item was edited", item=item.id, broadcasts=sorted(outdated))
        return [number for number in numbers if number is not None]

    def _object(self, words: Iterable[Mapping[str, Message]]) -> None:
        """Raises ObjectionError where a gateway, or the law, would not take one of these."""
        for messages in words:
            for name, message in messages.items():
                if name in self._rules and (found := objections(self._rules[name], message)):
                    raise ObjectionError(f"channel {name}: {found[0]}")

    def words(self, item: StoredItem, drawn: Drawn) -> Mapping[str, Message]:
        """The rendered message for each channel of a drawn broadcast. Raises TemplateError."""
        folder = drawn.words or folder_of(item)
        notice = on_the_board(item.notice, item.id, [self._outlets[name] for name in drawn.channels], self._public_url)
        return {
            name: self._render(
                self._outlets[name].form,
                notice,
                folder=folder,
                lane=drawn.lane,
                expires=drawn.expires,
                columns=drawn.columns,
                may_leave=drawn.may_leave,
                own_link=drawn.lane in self._outlets[name].own_links,
            )
            for name in drawn.channels
        }

    async def _store(
        self, connection: AsyncConnection, item: StoredItem, drawn: Drawn, words: Mapping[str, Message]
    ) -> int | None:
        if drawn.unknown_groups:
            _log.warning(
                "route names groups that do not exist or are past their end",
                route=drawn.route,
                groups=list(drawn.unknown_groups),
            )
        number = await broadcast.propose(
            connection,
            item_id=item.id,
            revision=item.revision,
            route=drawn.route,
            title=item.title,
            lane=drawn.lane,
            audience=drawn.audience,
            due=drawn.due,
            expires=drawn.expires,
            # Whoever wrote it must not be the one who approves it.
            by=item.facts.get("author") or f"route {drawn.route}",
            at=self._now(),
            approval=drawn.approval,
        )
        attached = await self._files(connection, item)
        for name, message in words.items() if number is not None else ():
            await message_store.add(
                connection,
                message,
                broadcast_id=number or 0,
                channel=name,
                address_kind=self._outlets[name].address,
                expires=drawn.expires,
                groups=drawn.audience.lists,
                by_duty=drawn.audience.warning,
                files=attached if self._outlets[name].form == _CARRIES_FILES else (),
                at_once=drawn.audience.warning,
                hours=None if _waits_for_nothing(drawn) else common_hours(drawn.hours, self._hours(name)),
            )
        return number

    async def _files(self, connection: AsyncConnection, item: StoredItem) -> Sequence[int]:
        """Numbers of the files that go out with an item; what is taken back or over takes none along."""
        return () if item.notice.follows in _OVER else list(await files.of_item(connection, item.id))


def _waits_for_nothing(drawn: Drawn) -> bool:
    return drawn.audience.warning or drawn.lane is Lane.WARNING


async def _as_told(connection: AsyncConnection, item: StoredItem) -> StoredItem:
    """An edited item as one about all that it was about when people were told of it: they hear that it is not so."""
    told = await broadcast.topics_told(connection, item.id)
    topic = replace(
        item.topic,
        domains=item.topic.domains.union(*(each.domains for each in told)),
        areas=item.topic.areas.union(*(each.areas for each in told)),
    )
    return replace(item, topic=topic)


def _with_hazards(item: StoredItem) -> Topic:
    """The topic of an item; a warning's names its hazard as well, for those who chose only some."""
    if item.topic.severity is Severity.NOTICE:
        return item.topic
    hazard = named(item.notice.event or item.title)
    return replace(item.topic, domains=item.topic.domains | (families(hazard.code) if hazard else frozenset()))


def _region(item: StoredItem) -> Region | None:
    """The polygons and circles of an alert, in which people may live."""
    return shape.region(*(item.facts.get(name, "").splitlines() for name in ("polygons", "circles")))


def on_the_board(notice: Notice, item_id: int, outlets: Iterable[Outlet], public_url: str) -> Notice:
    """The notice with the address of its page on the board, where one of `outlets` puts it there."""
    if not public_url or not any(outlet.form == "board" for outlet in outlets):
        return notice
    return replace(notice, board_url=f"{public_url}/n/{item_id}")


def folder_of(item: StoredItem) -> str:
    """The folder of templates that an item's words come from."""
    if item.kind == "warning" or item.topic.severity > Severity.NOTICE:
        return "warning"
    return min(item.topic.domains, default="default")


def names_in(joined: str, routes: Iterable[str]) -> frozenset[str]:
    """Those of `routes` that a broadcast's route names; the last name may have been cut off."""
    *whole, last = joined.split(_AND)
    is_cut = len(joined) == _LONGEST_NAME
    return frozenset(name for name in routes if name in whole or name == last or (is_cut and name.startswith(last)))


def _joined(one: Drawn, other: Drawn) -> Drawn:
    """Two routes that send alike as one broadcast to whoever either of them means."""
    groups = dict.fromkeys((*one.audience.groups, *other.audience.groups))
    meant = [each.audience.selection for each in (one, other) if each.audience.selection is not None]
    audience = replace(
        one.audience,
        topic=one.audience.topic or other.audience.topic,
        groups=tuple(groups),
        selection=either(meant),
        region=one.audience.region or other.audience.region,
    )
    return replace(
        one,
        route=f"{one.route}{_AND}{other.route}"[:_LONGEST_NAME],
        audience=audience,
        unknown_groups=(*one.unknown_groups, *other.unknown_groups),
        groups=tuple(dict.fromkeys((*one.groups, *other.groups))),
        selections=(*one.selections, *other.selections),
        columns=one.columns & other.columns,
        may_leave=one.may_leave or other.may_leave,
    )
