"""What `pusher check` looks at: each thing by itself, so that one fault does not hide the others."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from pusher import clock
from pusher.app import Store, open_channels, opens_with
from pusher.cli.mistakes import DATABASE_ADDRESS, sentence_for
from pusher.cli.words import checked_for
from pusher.clock import from_instant
from pusher.console.printing import lack
from pusher.database import Database
from pusher.deliver.bell import Bell
from pusher.foreign import foreign_packages
from pusher.migrations.upgrade import check as check_schema
from pusher.posts import poster
from pusher.service import renderer, sign_up_desk
from pusher.settings.read import Plan, SettingsError, read
from pusher.watch.tables import item
from subscribers.keys import KeyRing, KeyRingError
from subscribers.links import Links
from templates.failure import TemplateError

#: Less free than this, and an import or a large broadcast may fill the disk.
_LEAST_FREE = 1 << 30
#: A clock before this was never set.
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)
#: Clocks of two machines differ by less, or times in reports and leases are wrong.
_APART = timedelta(seconds=5)

#: So long before a certificate's end somebody must ask for the next one.
_RENEWAL = timedelta(days=30)

#: With another ring nobody is recognised: people are stored twice, and refusals are forgotten.
_OTHER_RING = "stop the service, and put back the key ring that belongs to this database"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    #: What is there; else what is wrong and what to do.
    text: str


async def examine(path: Path) -> list[Finding]:
    """Look at everything that can be looked at with the settings in `path`."""
    found = [*_packages()]
    try:
        plan = read(path)
    except SettingsError as error:
        return [*found, *(Finding("settings", ok=False, text=problem) for problem in error.problems)]
    return [
        *found,
        _settings(plan),
        *_certificates(plan),
        _prints(),
        _lists(plan),
        *_templates(plan),
        _disk(plan),
        *[each async for each in _kept(plan)],
    ]


def _packages() -> Iterator[Finding]:
    strangers = foreign_packages()
    yield from (Finding("packages", ok=False, text=each) for each in strangers)
    if not strangers:
        yield Finding("packages", ok=True, text="no foreign package shadows ours")


def _settings(plan: Plan) -> Finding:
    settings = plan.settings
    text = (
        f"{plan.path}: {plan.taxonomy.name} with {len(plan.taxonomy.domains)} domains, "
        f"{len(settings.sources)} sources, {len(plan.channels)} channels, {len(settings.routes)} routes"
    )
    if not settings.routes:
        return Finding("settings", ok=False, text=f"{text}: without a route nobody is told, add one as [routes.NAME]")
    return Finding("settings", ok=True, text=text)


def _certificates(plan: Plan) -> Iterator[Finding]:
    """Certificates of senders that count as an approver: one that ends takes their approvals with it."""
    for name, sender in plan.settings.warnings.automatic.items():
        if sender.certificates and (last := max(each.until for each in sender.certificates)) < clock.now() + _RENEWAL:
            text = f"its sender's last certificate ends on {last:%Y-%m-%d}: add the next one beside it"
            yield Finding(f"warnings.automatic.{name}", ok=False, text=text)


def _prints() -> Finding:
    """Posters and handbooks as PDF: not having them is a choice, having them with empty boxes is a fault."""
    missing = lack()
    if missing is None:
        return Finding("print", ok=True, text="posters and handbooks are made as PDF, with Chinese letters")
    return Finding("print", ok=not missing.is_fault, text=missing.told)


def _lists(plan: Plan) -> Finding:
    """Who sees departments' lists: as long as nobody is named, everybody who may run the commands."""
    keepers = plan.settings.lists.keepers
    if not keepers:
        text = (
            "whoever may run the commands sees the lists of all departments: name who keeps which, [lists.keepers.NAME]"
        )
        return Finding("lists", ok=True, text=text)
    if keyless := sorted(name for name, keeper in keepers.items() if not keeper.key):
        text = f"anybody may say that he is {', '.join(keyless)}: give each a key, `pusher key new NAME`"
        return Finding("lists", ok=True, text=text)
    return Finding("lists", ok=True, text=f"{len(keepers)} keepers, each with a key")


def _templates(plan: Plan) -> Iterator[Finding]:
    try:
        checked = checked_for(plan)
    except TemplateError as error:
        yield Finding("templates", ok=False, text=str(error))
        return
    yield from (Finding("templates", ok=False, text=each.problem) for each in checked if not each.ok)
    if all(each.ok for each in checked):
        yield Finding("templates", ok=True, text=f"{len(checked)} of {len(checked)} render")


def _disk(plan: Plan) -> Finding:
    if not plan.data.is_dir():
        return Finding("disk", ok=False, text=f"the data folder {plan.data} is not there: `pusher init` makes one")
    if locked := [str(each) for each in (plan.data, *plan.data.glob("pusher.db*")) if not os.access(each, os.W_OK)]:
        return Finding("disk", ok=False, text=f"{', '.join(locked)} cannot be written: change the owner or the mode")
    free = shutil.disk_usage(plan.data).free
    text = f"{free / (1 << 30):.1f} GB free in {plan.data}"
    if free < _LEAST_FREE:
        return Finding("disk", ok=False, text=f"{text}: make room, or put the data folder on another disk")
    return Finding("disk", ok=True, text=text)


async def _kept(plan: Plan) -> AsyncIterator[Finding]:
    """Keys, database, clock and channels: what a store is made of."""
    try:
        ring = KeyRing.load(plan.key_file)
    except KeyRingError as error:
        yield Finding("keys", ok=False, text=f"{error}; if it is lost, put your copy of it back")
        return
    yield Finding("keys", ok=True, text=f"{plan.key_file} can be read by its owner")
    try:
        database = Database.open(plan.database_url)
    except (sa.exc.SQLAlchemyError, ImportError):
        yield Finding("database", ok=False, text=DATABASE_ADDRESS)
        return
    try:
        kept = await _database(plan, database)
        yield kept
        if kept.ok and not _is_missing(plan, database) and not await opens_with(database, ring):
            yield Finding("keys", ok=False, text=f"{plan.key_file} does not open what is stored: {_OTHER_RING}")
        yield await _clock(plan, database)
        store = Store(plan, database, ring, Links([ring.derive("links")]))
        for problem in _sign_up(store):
            yield problem
        async for finding in _channels(store):
            yield finding
    finally:
        await database.close()


def _sign_up(store: Store) -> Iterator[Finding]:
    """Confirmations that a channel would not take; what is wrong with their templates is said by another finding."""
    desk = sign_up_desk(store, renderer(store.plan), Bell())
    for way in desk.ways.values():
        with suppress(TemplateError):
            for problem in desk.objections(way, desk.words(way, store.now())):
                yield Finding("sign_up", ok=False, text=f"channel {way.channel}, confirmations: {problem}")


async def _database(plan: Plan, database: Database) -> Finding:
    name = "SQLite" if database.is_sqlite else "PostgreSQL"
    if _is_missing(plan, database):
        return Finding("database", ok=True, text=f"{name}: `pusher run` will make it")
    try:
        await check_schema(database)
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        return Finding("database", ok=False, text=sentence)
    return Finding("database", ok=True, text=f"{name}, up to date")


async def _clock(plan: Plan, database: Database) -> Finding:
    now = clock.now()
    if now < _RELEASED:
        return Finding("clock", ok=False, text=f"this machine believes it is {now:%Y-%m-%d}: set its clock")
    if _is_missing(plan, database):
        return Finding("clock", ok=True, text=f"{now.astimezone(clock.CHINA):%Y-%m-%d %H:%M} in China")
    try:
        other = await _other_clock(database, now)
    except sa.exc.SQLAlchemyError:
        # What is wrong with the database is said by its own finding.
        return Finding("clock", ok=True, text=f"{now.astimezone(clock.CHINA):%Y-%m-%d %H:%M} in China")
    if other is None:
        return Finding("clock", ok=True, text=f"{now.astimezone(clock.CHINA):%Y-%m-%d %H:%M} in China")
    return Finding("clock", ok=False, text=f"{other}: let a time server set it")


async def _other_clock(database: Database, now: datetime) -> str | None:
    """How this clock is contradicted; None if it is not."""
    async with database.read() as connection:
        newest = await connection.scalar(sa.select(sa.func.max(item.c.seen_at)))
        if newest is not None and from_instant(newest) > now + _APART:
            return f"the clock was put back: an item was stored at {from_instant(newest):%Y-%m-%d %H:%M} UTC already"
        if database.is_sqlite:
            return None
        told: datetime | None = await connection.scalar(sa.select(sa.func.clock_timestamp()))
    if told is None or abs(told - now) < _APART:
        return None
    return f"the clocks of this machine and of the database server are {abs(told - now).total_seconds():.0f} s apart"


async def _channels(store: Store) -> AsyncIterator[Finding]:
    """Each channel built by itself; nothing is sent and no provider is asked."""
    plan = store.plan
    for name, configured in plan.channels.items():
        wanted = {each: plan.channels[each] for each in (*configured.members, name)}
        alone = replace(store, plan=replace(plan, channels=wanted))
        try:
            async with open_channels(alone, poster(store.database, store.now)):
                yield Finding(f"channel {name}", ok=True, text=configured.kind.summary)
        except (ValueError, OSError) as error:
            yield Finding(f"channel {name}", ok=False, text=str(error))


def _is_missing(plan: Plan, database: Database) -> bool:
    return database.is_sqlite and not Path(database.url.database or plan.data / "pusher.db").exists()
