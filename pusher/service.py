"""The running service: its loops, each with the database before and behind it, and its web server."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.board import BoardSettings
from channels.channel import CallbackAnswer, Channel, Listening, Reporting
from channels.message import Lane
from channels.paced import Paced
from channels.slots import KEY
from channels.wechat.account import Account
from channels.wechat.settings import WeChatSettings
from pusher.api.api import add_api
from pusher.api.items import AcceptedItem
from pusher.app import Store, open_channels, open_outside, worker_name
from pusher.browsers import Browsers
from pusher.clock import to_instant
from pusher.console.answer import AnswerPage
from pusher.console.approve import ApprovePage
from pusher.console.cap_feed import CapFeed
from pusher.console.choosing import Offer, Subject
from pusher.console.console import add_console
from pusher.console.language import languages
from pusher.console.my import MyPages
from pusher.console.places import Area, Areas
from pusher.console.push import PushPages
from pusher.console.site import Site
from pusher.console.subscribe import SubscribePages
from pusher.console.warnings_page import WarningPages
from pusher.custody.retention import ACTOR, Custodian
from pusher.custody.tags import TagKeeper
from pusher.deliver import callbacks, orphans, receipts
from pusher.deliver.bell import Bell
from pusher.deliver.caps import Caps
from pusher.deliver.dispatch import Desk
from pusher.deliver.postman import Postman
from pusher.item import ONLY_TO, Item
from pusher.own import Own
from pusher.plan import broadcast
from pusher.plan.digests import Digester, Writer
from pusher.plan.fall_back import FallBack
from pusher.plan.fan_out import FanOut
from pusher.plan.planner import Planner, Render
from pusher.plan.rendering import rendering
from pusher.posts import poster
from pusher.report.brought import LastMonth
from pusher.review.review import Reviewed, review
from pusher.settings.channels import short_messages, speaking_for
from pusher.settings.read import Plan
from pusher.sign_up import confirmation
from pusher.sign_up.desk import Codes, SignUps, Way
from pusher.talk.desk import TalkDesk
from pusher.talk.talk import Talk
from pusher.warnings.approval import Approvals
from pusher.warnings.automatic import Drafting
from pusher.warnings.life import RefusedActError
from pusher.warnings.office import Office, no_hurry, no_page
from pusher.warnings.progress import progress, to_json
from pusher.warnings.proof import proofs
from pusher.warnings.public import PublicWarnings
from pusher.warnings.readiness import get_ready
from pusher.warnings.roll_call.desk import AnswerDesk
from pusher.warnings.roll_call.ringing import SLOT as ANSWER_SLOT
from pusher.warnings.roll_call.ringing import Ringing
from pusher.warnings.watchman import Watchman
from pusher.watch import store as items
from pusher.watch.fetch import Fetcher
from pusher.watch.poll import Watcher
from subscribers import consent
from subscribers.links import LinkError
from subscribers.person import duties_of
from subscribers.topic import Topic
from templates.render import LEAVE, Renderer

_log = structlog.get_logger()

#: Seconds between two rounds of closing what is settled and matching receipts that came early.
_HOUSEKEEPING_SECONDS = 1.0
#: Seconds between two looks at how many processes share the rates.
_SHARING_SECONDS = 10.0
#: Seconds between two looks at the key file; `pusher keys rotate` waits for three of them.
_KEYS_SECONDS = 5.0

#: How often, a second apart, it is tried to store what a provider will not say again.
_STORING_TRIES = 60


@dataclass
class Service:
    """Everything that runs, joined. `once` and `run` are two ways to drive the same parts."""

    store: Store
    channels: Mapping[str, Channel]
    watcher: Watcher
    planner: Planner
    fan_out: FanOut
    fall_back: FallBack
    postman: Postman
    digester: Digester
    #: The acts of a warning's life.
    office: Office
    #: The acts of people who sign up by themselves.
    sign_ups: SignUps
    #: Takes what people write.
    talk: TalkDesk
    #: Set when there are items to plan.
    to_plan: asyncio.Event
    #: Set when there are broadcasts to fan out.
    to_fan_out: asyncio.Event

    @property
    def ringing(self) -> Ringing:
        """The loop of roll-calls."""
        return Ringing(self.office, self.postman.bell)

    async def once(self) -> None:
        """One pass of every loop."""
        await self.watcher.once()
        await self.settle_once()

    async def settle_once(self) -> None:
        """One pass of every loop behind the watcher."""
        await self.planner.once()
        await Watchman(self.office).once()
        await self.ringing.once()
        await self.fan_out.once()
        await self.digester.once()
        await self.postman.once()
        while await self.keep_house():
            await self.postman.once()

    async def run(self, stopping: asyncio.Event, *, watching: bool = True) -> None:
        """All loops until `stopping` is set; without `watching` it only delivers, as a further worker."""
        if watching:
            get_ready(self.office)
        await self.postman.scout.renew_and_recover(alone=self.store.database.is_sqlite)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.postman.run(stopping))
            tasks.create_task(self._share_rates(stopping))
            tasks.create_task(self._follow_keys(stopping))
            for name, channel in self.channels.items():
                if isinstance(channel, Listening):
                    tasks.create_task(self._hear(name, channel, stopping))
            if not self.store.database.is_sqlite:
                listening = tasks.create_task(self._listen())
            if watching:
                tasks.create_task(self.watcher.run(stopping))
                tasks.create_task(self.planner.run(self.to_plan, self.to_fan_out, stopping))
                tasks.create_task(self.fan_out.run(self.to_fan_out, stopping))
                tasks.create_task(self.digester.run(stopping))
                tasks.create_task(self._housekeeping(stopping))
                tasks.create_task(self.ringing.run(stopping))
                tasks.create_task(Watchman(self.office).run(stopping))
                tasks.create_task(custodian(self.store).run(stopping))
                tasks.create_task(tag_keeper(self.store).run(stopping))
            await stopping.wait()
            if not self.store.database.is_sqlite:
                listening.cancel()

    async def keep_house(self) -> int:
        """Match receipts that came before their delivery; settle what waits for channels that are gone; try unreached
        people elsewhere; close what is settled.

        How many people get a broadcast on their next address.
        """
        try:
            async with self.store.database.write() as connection:
                await receipts.match_early(connection, self.store.now())
            while await self._settle_orphan():
                continue
            return await self.fall_back.once()
        finally:
            # A receipt that cannot be matched keeps no broadcast open.
            async with self.store.database.write() as connection:
                for number in await broadcast.finish_settled(connection):
                    _log.info("broadcast done", broadcast=number)

    async def _settle_orphan(self) -> bool:
        async with self.store.database.write() as connection:
            return await orphans.settle(connection, self.store.plan.channels, to_instant(self.store.now()))

    async def accept(self, item: Item, keys: Sequence[str], by: str) -> AcceptedItem:
        """Take an item that a program posted; whatever it says, the program is its author, and names no people."""
        facts = {name: text for name, text in item.facts.items() if name != ONLY_TO}
        item = replace(item, facts={**facts, "author": f"program {by}"})
        async with self.store.database.write() as connection:
            accepted = await items.accept(
                connection,
                [(item, keys)],
                at=self.store.now(),
                baseline=False,
                review=reviewer(self.store.plan),
            )
            stored = await items.by_key(connection, item.key)
        self.to_plan.set()
        assert stored is not None
        _log.info("item posted", by=by, item=stored.id, new=bool(accepted.new))
        return AcceptedItem(id=stored.id, new=bool(accepted.new), state=stored.state.value)

    async def take(self, channel: str, answer: CallbackAnswer) -> str | None:
        """Store what a provider's callback told, before it is answered; what to answer whoever wrote, if anything."""
        configured = self.store.plan.channels
        async with self.store.database.write(urgent=True) as connection:
            said = await callbacks.take(
                connection,
                self.store.ring,
                answer,
                channels=speaking_for(configured, channel),
                address_kind=configured[channel].kind.address,
                at=self.store.now(),
                hearer=self.talk,
            )
        if answer.inbound:
            self.postman.bell.ring(channel, Lane.PERSONAL)
        return said

    async def progress_of(self, number: int, areas: bool) -> Mapping[str, Any] | None:  # noqa: FBT001 - one callable
        """How far a warning has got, also by area or not; None where there is none of this number that has gone out."""
        async with self.store.database.read() as connection:
            try:
                found = await progress(connection, number, areas=areas)
            except RefusedActError:
                return None
        return None if found is None else to_json(found, self.store.now())

    async def unsubscribe(self, token: str) -> bool:
        """End all messages to the address that a signed token names; False if it is none of ours."""
        try:
            address_id = self.store.links.read_unsubscribe(token)
        except LinkError:
            return False
        async with self.store.database.write() as connection:
            await consent.refuse(connection, [address_id], source="unsubscribe link", at=self.store.now())
        return True

    async def duties(self, token: str) -> Sequence[str]:
        """Why warnings come to whom a signed token names in spite of a 退订, and whom to ask; empty for nearly all."""
        try:
            address_id = self.store.links.read_unsubscribe(token)
        except LinkError:
            return ()
        async with self.store.database.read() as connection:
            return await duties_of(connection, address_id, at=self.store.now())

    async def is_ready(self) -> bool:
        """Whether the database answers."""
        async with self.store.database.read() as connection:
            await connection.exec_driver_sql("SELECT 1")
        return True

    async def _housekeeping(self, stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                await self.keep_house()
            except Exception as surprise:
                _log.exception("housekeeping failed", error=type(surprise).__name__)
            await _pause(stopping, _HOUSEKEEPING_SECONDS)

    async def _share_rates(self, stopping: asyncio.Event) -> None:
        """Divide every provider's rate and quota among the processes that deliver."""
        while not stopping.is_set():
            try:
                share = 1 / await self.postman.scout.workers()
                for channel in self.channels.values():
                    if isinstance(channel, Paced):
                        channel.set_share(share)
            except Exception as surprise:
                _log.exception("sharing rates failed", error=type(surprise).__name__)
            await _pause(stopping, _SHARING_SECONDS)

    async def _follow_keys(self, stopping: asyncio.Event) -> None:
        """Encrypt with the key that is active now (`pusher keys rotate`)."""
        while not stopping.is_set():
            try:
                if self.store.ring.refresh():
                    _log.info("key ring changed", active=self.store.ring.names[0])
            except Exception as surprise:
                _log.exception("key ring not read", error=type(surprise).__name__)
            await _pause(stopping, _KEYS_SECONDS)

    async def _hear(self, name: str, channel: Listening, stopping: asyncio.Event) -> None:
        """Store what a provider reports over the connection that we send on."""
        while not stopping.is_set():
            try:
                async for answer in channel.reports(stopping):
                    await self._take_at_last(name, answer)
            except Exception as surprise:
                _log.exception("hearing reports failed", channel=name, error=type(surprise).__name__)
                await _pause(stopping, 1)

    async def _take_at_last(self, name: str, answer: CallbackAnswer) -> None:
        """Store what was acknowledged already, also where the database is away for a while."""
        for _ in range(_STORING_TRIES):
            try:
                await self.take(name, answer)
                break
            except Exception as surprise:
                _log.exception("reports not stored", channel=name, error=type(surprise).__name__)
            await asyncio.sleep(1)

    async def _listen(self) -> None:
        """Ring the bell for what other processes queue."""
        while True:
            try:
                async for told in self.store.database.listen():
                    channel, _, lane = told.rpartition(" ")
                    self.postman.bell.ring(channel, Lane(lane))
            except Exception as surprise:
                _log.warning("listening was cut off", error=type(surprise).__name__)
            await asyncio.sleep(1)


def reviewer(plan: Plan) -> Callable[[Item], Reviewed]:
    """Review as the settings say."""
    topics = {name: source.topic for name, source in plan.settings.sources.items()}

    def review_item(item: Item) -> Reviewed:
        topic = topics.get(item.source, Topic())
        site = item.facts.get("site_area", "")
        if site and not topic.areas:
            # The site says by its SiteIDCode whose it is.
            topic = replace(topic, areas=frozenset({site}))
        return review(item, plan.taxonomy, plan.settings.privacy, source_topic=topic)

    return review_item


def renderer(plan: Plan) -> Render:
    """Rendering as the planner wants it, with the town's own templates first."""
    service = plan.settings.service
    return rendering(
        Renderer(plan.overrides, service=service.name, contact=service.contact, public_url=plan.public_url)
    )


def talk_desk(store: Store, render: Render) -> TalkDesk:
    """Talking with people as the settings say."""
    plan = store.plan
    return TalkDesk(
        talk=Talk(store.ring, plan.taxonomy, plan.settings.service.name, plan.settings.warnings.domain),
        outlets=plan.channels,
        render=render,
        rules=short_messages(plan.channels),
        questions=plan.settings.warnings.roll_call.questions,
        own_page=lambda number: f"{plan.public_url}/o/{store.links.sign_unsubscribe(number)}/my",
    )


def digest_writer(plan: Plan, render: Render) -> Writer:
    """What digests are put into words with."""
    has_board = any(configured.kind.form == "board" for configured in plan.channels.values())
    return Writer(
        outlets=plan.channels,
        render=render,
        domains=[domain.name for domain in plan.taxonomy.domains],
        board=plan.public_url if has_board else "",
        rules=short_messages(plan.channels),
    )


def sign_up_desk(store: Store, render: Render, bell: Bell) -> SignUps:
    """The acts of people who sign up by themselves, on an open store; `bell` is rung for their confirmations."""
    plan = store.plan
    kinds = {name: plan.channels[name].kind for name in plan.settings.sign_up.channels}
    accounts = [name for name, kind in kinds.items() if kind.address == confirmation.SCANNED]
    return SignUps(
        database=store.database,
        ring=store.ring,
        links=store.links,
        settings=plan.settings.sign_up,
        ways={kind.address: Way(name, kind.form) for name, kind in kinds.items() if name not in accounts},
        render=render,
        bell=bell,
        now=store.now,
        service=plan.settings.service.name,
        rules=short_messages(plan.channels),
        codes=next((Codes(name, partial(_temporary_code, store, name)) for name in accounts), None),
    )


async def _temporary_code(store: Store, channel: str, scene: str, seconds: int) -> str:
    """See `Codes.make`."""
    settings = store.plan.channels[channel].settings
    assert isinstance(settings, WeChatSettings)
    async with open_outside(store, poster(store.database, store.now)) as outside:
        return await Account(settings, outside).temporary_code(scene, seconds=seconds)


def warning_office(
    store: Store, render: Render, *, issued: Callable[[], None], hurry: Callable[[], None] = no_hurry
) -> Office:
    """The acts of a warning's life on an open store; `issued` is called when there is a broadcast to fan out."""
    plan = store.plan
    return Office(
        database=store.database,
        settings=plan.settings.warnings,
        outlets=plan.channels,
        render=render,
        review=reviewer(plan),
        audit=store.audit,
        ring=store.ring,
        now=store.now,
        issued=issued,
        hurry=hurry,
        public_url=plan.public_url,
        approval_page=(lambda number: f"{plan.public_url}/approve/{store.links.sign_draft(number)}")
        if plan.has_address
        else no_page,
        sms_rules=short_messages(plan.channels),
    )


def custodian(store: Store) -> Custodian:
    """Forgetting as the settings say."""

    async def note(connection: AsyncConnection, said: str) -> None:
        await store.audit(connection, actor=ACTOR, action="forget", target="what was kept long enough", detail=said)

    return Custodian(store.database, store.plan.settings.retention, store.now, note)


def tag_keeper(store: Store) -> TagKeeper:
    """Keeping the tags of official accounts as the settings say."""

    async def note(connection: AsyncConnection, channel: str, said: str) -> None:
        await store.audit(connection, actor="service", action="wechat tags", target=f"channel {channel}", detail=said)

    return TagKeeper(
        accounts={
            name: configured.settings
            for name, configured in store.plan.channels.items()
            if isinstance(configured.settings, WeChatSettings) and configured.settings.keep_tags
        },
        database=store.database,
        ring=store.ring,
        domains={domain.code: domain.name for domain in store.plan.taxonomy.domains},
        outside=partial(open_outside, store, poster(store.database, store.now)),
        note=note,
    )


@asynccontextmanager
async def open_service(store: Store) -> AsyncIterator[Service]:
    """Build every part on an open store; channels and connections are closed at the end."""
    plan = store.plan
    bell = Bell()
    # One for all parts, so that each template is compiled once.
    render = renderer(plan)
    async with open_channels(store, poster(store.database, store.now)) as channels:
        own_slots = {
            LEAVE: lambda number: f"{plan.public_url}/u/{store.links.sign_unsubscribe(number)}",
            KEY: store.links.sign_unsubscribe,
            **confirmation.slots(store.ring, store.links, plan.public_url, store.now),
            ANSWER_SLOT: lambda number: f"{plan.public_url}/answer/{store.links.sign_answer(number)}",
        }
        desk = Desk(store.database, store.ring, bell, worker_name(), store.now, own_slots, caps=_caps(plan))
        to_plan = asyncio.Event()
        to_fan_out = asyncio.Event()
        office = warning_office(store, render, issued=to_fan_out.set, hurry=bell.way.claim)
        async with Fetcher(contact=plan.public_url, now=store.now) as fetcher:
            yield Service(
                store=store,
                channels=channels,
                watcher=Watcher(
                    store.database,
                    plan.settings.sources,
                    fetcher,
                    store.now,
                    review=reviewer(plan),
                    found=to_plan.set,
                    proofs=proofs(plan.settings.warnings.automatic, store.now),
                ),
                planner=Planner(
                    store.database,
                    plan.settings.routes,
                    plan.channels,
                    render,
                    store.now,
                    public_url=plan.public_url,
                    rules=short_messages(plan.channels),
                    ring=store.ring,
                    draft=Drafting(office),
                ),
                fan_out=FanOut(store.database, bell, store.now),
                office=office,
                sign_ups=sign_up_desk(store, render, bell),
                talk=talk_desk(store, render),
                digester=Digester(store.database, bell, digest_writer(plan, render), store.now),
                fall_back=FallBack(store.database, bell, store.now),
                postman=Postman(desk, channels),
                to_plan=to_plan,
                to_fan_out=to_fan_out,
            )


def web_application(service: Service) -> web.Application:
    """The pages for residents, the API for programs, and the callbacks of providers."""
    plan = service.store.plan
    app = web.Application(client_max_size=1 << 20)
    site = Site(
        town=plan.settings.service.name,
        public_url=plan.public_url,
        domains={domain.code: domain.name for domain in plan.taxonomy.domains},
        areas={place.code: place.name for place in plan.taxonomy.places},
        embed_on=tuple(
            site
            for configured in plan.channels.values()
            if isinstance(configured.settings, BoardSettings)
            for site in configured.settings.embed_on
        ),
        has_push=any(configured.kind.name == "web_push" for configured in plan.channels.values()),
        has_subscribe=True,
    )
    browsers = Browsers(service.store.database, service.store.ring, service.store.links)
    proxies = plan.settings.service.trusted_proxies
    push = PushPages(site, browsers.own_key, proxies) if site.has_push else None
    choice, spoken, store = offer(plan), languages(plan.overrides), service.store
    last_month = LastMonth(store.database, store.now)
    add_console(
        app,
        site,
        store.database,
        unsubscribe=service.unsubscribe,
        duties=service.duties,
        is_ready=service.is_ready,
        push=push,
        subscribe=SubscribePages(
            site, service.sign_ups, choice, spoken, last_month, proxies, push_key=browsers.key if site.has_push else ""
        ),
        my=MyPages(
            site,
            Own(store.database, store.ring, store.links, store.now),
            service.sign_ups,
            choice,
            spoken,
            last_month,
            proxies,
        ),
    )
    desk = AnswerDesk(service.office, service.store.links)
    app.add_routes(AnswerPage(site, desk, plan.settings.warnings.roll_call.questions).routes())
    app.add_routes(ApprovePage(site, Approvals(service.office, store.links), proxies).routes())
    public = PublicWarnings(service.office)
    app.add_routes(CapFeed(site, public).routes())
    app.add_routes(WarningPages(site, public).routes())
    add_api(
        app,
        keys=plan.settings.api.keys,
        accept=service.accept,
        channels={name: each for name, each in service.channels.items() if isinstance(each, Reporting)},
        take=service.take,
        look=service.progress_of,
        now=service.store.now,
    )
    return app


def offer(plan: Plan) -> Offer:
    """What residents may choose from."""
    taxonomy = plan.taxonomy
    return Offer(
        [Subject(each.code, each.name, each.description) for each in taxonomy.domains],
        warnings=plan.settings.warnings.domain,
        areas=Areas(
            [Area(place.code, place.name) for place in taxonomy.places], town=Area(taxonomy.area, taxonomy.name)
        ),
    )


def _caps(plan: Plan) -> Mapping[str, Caps]:
    """Limits of messages to one number, of the channels that have any."""
    return {
        name: Caps(settings.per_number_hour, settings.per_number_day)
        for name, settings in short_messages(plan.channels).items()
        if settings.has_caps
    }


async def _pause(stopping: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
