"""Warnings that named senders publish: drafted by themselves, one approver of the two, never alone.

A source is a program, and programs raise false alarms (Sichuan 2021). So nothing of it goes out before a person has
approved it; and where the sender takes its alert back or goes on before anybody did, the draft is given up.
Where the settings name certificates, what is not proven to be the sender's is a draft like any other: it approves
nothing, and takes back nothing that is proven.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import CHINA
from pusher.warnings import guide, life, store
from pusher.warnings.hazard import hazard, named
from pusher.warnings.office import OUT, Office
from pusher.warnings.sentence import Sentence
from pusher.warnings.settings import AUTOMATIC, Automatic
from pusher.warnings.warning import OPEN, Act, Content, State, Status, Version
from pusher.watch import store as items
from pusher.watch.cap_proof import SIGNED_BY, UNPROVEN
from pusher.watch.store import ItemState, StoredItem
from subscribers.topic import area_code

#: CAP's word for each act that is followed; an Error, an exercise and a test take their routes.
_ACTS = {"alert": Act.ALERT, "update": Act.UPDATE, "cancel": Act.END, "cancle": Act.END}
#: Of what an alert says of its area and its reason, at most so much is kept.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Drafting:
    """What the planner asks of each item (`pusher.plan.planner.Draft`)."""

    office: Office

    async def __call__(self, item: StoredItem) -> bool:
        """Draft a warning of `item` if the settings name its sender and hazard; False if they do not.

        Whatever the sender says next of something takes the place of what was drafted of it, also where the settings
        leave that to the routes. Drafting the same revision again changes nothing.
        """
        senders = self._senders(item)
        if not senders:
            return False
        async with self.office.database.write() as connection:
            is_drafted = await store.is_drafted(connection, item.id, item.revision)
            if not is_drafted and not await self._draft(connection, item, senders):
                return False
            await items.planned(connection, item.id, item.revision)
        self.office.issued()
        return True

    def _senders(self, item: StoredItem) -> Mapping[str, Automatic]:
        """The settings that the sender of a live alert falls under, whatever its hazard and level, by name."""
        facts = item.facts
        if (item.kind, item.state, facts.get("status", "").lower()) != ("warning", ItemState.READY, "actual"):
            return {}
        if _act(item) is None:
            return {}
        senders = self.office.settings.automatic.items()
        return {
            name: each for name, each in senders if (item.source, facts.get("sender")) == (each.source, each.sender)
        }

    async def _draft(self, connection: AsyncConnection, item: StoredItem, senders: Mapping[str, Automatic]) -> bool:
        """False if the routes are to have it."""
        before = await self._before(connection, item)
        said = _content(item, self.office.now(), timedelta(hours=self.office.settings.hours))
        covering = [name for name, each in senders.items() if said and each.covers(said.hazard, said.level)]
        by = _by([*covering, *senders][0])
        for each in (one for one in before if one.state in OPEN):
            if _may_take_back(item, each, senders):
                await self._give_up(connection, each, by)
            else:
                await self._doubt(connection, each)
        in_force = _in_force(before)
        if _act(item) is Act.END:
            for place, newest in enumerate(in_force):
                by = _by(_drafter(newest, senders))
                await self._add(connection, item, _over(newest, said), Act.END, by, follows=newest, is_first=not place)
            # What was drafted was given up, and never told; of what was not drafted here the routes know.
            return bool(before)
        name = next(iter(covering), "")
        if said is not None and in_force and in_force[-1].content.hazard == said.hazard:
            name = name or _drafter(in_force[-1], senders)
            said = replace(said, organisation=senders[name].organisation)
            await self._add(connection, item, said, Act.UPDATE, _by(name), follows=in_force[-1])
        elif said is not None and name:
            said = replace(said, organisation=senders[name].organisation)
            await self._add(connection, item, said, Act.ALERT, _by(name))
        else:
            return False
        return True

    async def _add(
        self,
        connection: AsyncConnection,
        item: StoredItem,
        content: Content,
        act: Act,
        by: str,
        *,
        follows: Version | None = None,
        is_first: bool = True,
    ) -> None:
        """A draft that its sender approves, if nothing must be mended and it is one of those that are his.

        Of several, the first says that it is of this item: by that it is known that the item was looked at.
        """
        if follows is not None:
            whole = await store.chain(connection, follows.chain)
            follows = replace(follows, version=max(each.version for each in whole))
        version = await store.add(
            connection,
            self._complete(content, act),
            act=act,
            status=Status.ACTUAL,
            by=by,
            at=self.office.now(),
            follows=follows,
            origin=(item.id, item.revision) if is_first else None,
            signed_by=item.facts.get(SIGNED_BY, ""),
            unproven=item.facts.get(UNPROVEN, ""),
        )
        unsound = await self.office.problems_of(connection, version)
        approved = replace(version, approved_by=(by,))
        if not unsound and life.still_approved(approved, self.office.settings):
            version = approved
            await store.put(connection, version)
        await self._write_down(connection, version, unsound)
        await self._tell(connection, version, unsound)

    async def _before(self, connection: AsyncConnection, item: StoredItem) -> Sequence[Version]:
        """What was drafted from this item before it was edited, and of its sender's that it updates or ends."""
        numbers = {item.id}
        for key in item.follows:
            earlier = await items.by_key(connection, key)
            if earlier is not None and _sender(earlier) == _sender(item):
                numbers.add(earlier.id)
        drafted = await store.from_items(connection, sorted(numbers))
        chains = {each.chain for each in drafted}
        return [each for chain in sorted(chains) for each in await store.chain(connection, chain, locking=True)]

    def _complete(self, content: Content, act: Act) -> Content:
        """With what alerts leave out: what to do, whom to ask, why it ends."""
        organisation = self.office.settings.organisations[content.organisation]
        prepared = guide.of(content.hazard, content.level)
        ready = prepared.after_end if act is Act.END else prepared.instruction
        return replace(
            content,
            instruction=content.instruction or ready,
            contact=content.contact or organisation.contact,
            reason=(content.reason or prepared.end) if act is Act.END else "",
        )

    async def _give_up(self, connection: AsyncConnection, version: Version, by: str) -> None:
        """A draft of what its sender does not say any more must not be approved."""
        if not life.is_automatic(version.drafted_by):
            return
        await store.put(connection, replace(version, state=State.REJECTED))
        why = "its sender has changed or taken back the alert"
        await self.office.audit(
            connection, actor=by, action="warning reject", target=f"warning {version.id}", detail=why
        )

    async def _doubt(self, connection: AsyncConnection, draft: Version) -> None:
        """The draft stays, and people decide what to make of it."""
        where = self.office.where_to_look(draft.id)
        said = f"有人称第 {draft.id} 号草稿已变更或取消，但没有发布者的签名，草稿保留，请核实：{where}"
        notice = self.office.notice(draft, await self.office.earlier(connection, draft))
        await self.office.tell_duty(
            connection, replace(notice, title=f"请核实 {notice.title}"[:300], summary=said, body=said)
        )

    async def _write_down(self, connection: AsyncConnection, version: Version, unsound: Sequence[Sentence]) -> None:
        stands = "to be mended" if unsound else "approved by it" if version.approved_by else "not approved by it"
        said = "; ".join(filter(None, (f"{version.act} from item {version.from_item}", stands, version.unproven)))
        await self.office.audit(
            connection, actor=version.drafted_by, action="warning draft", target=f"warning {version.id}", detail=said
        )

    async def _tell(self, connection: AsyncConnection, version: Version, unsound: Sequence[Sentence]) -> None:
        """The officers on duty hear that a draft waits for them."""
        earlier = await self.office.earlier(connection, version)
        notice = self.office.notice(version, earlier)
        wants = "有内容要改，请起草新稿" if unsound else "等待签发"
        doubt = "来源未经签名证实，不计为一次签发；" if version.unproven else ""
        said = f"自动起草的预警（第 {version.id} 号）{doubt}{wants}：{self.office.where_to_look(version.id)}"
        await self.office.tell_duty(
            connection, replace(notice, title=f"待签发 {notice.title}"[:300], summary=said, body=said)
        )


def _sender(item: StoredItem) -> tuple[str, str | None]:
    """Who said it: what one sender says changes nothing of what another one warned of."""
    return item.source, item.facts.get("sender")


def _may_take_back(item: StoredItem, draft: Version, senders: Mapping[str, Automatic]) -> bool:
    """What nobody has signed must not keep a warning from going out that its sender has signed."""
    signed_by = item.facts.get(SIGNED_BY, "")
    return not draft.signed_by or all(each.proves(signed_by) for each in senders.values())


def _by(name: str) -> str:
    return f"{AUTOMATIC}{name}"[:64]


def _in_force(versions: Sequence[Version]) -> Sequence[Version]:
    """The newest version of each chain that went out and is not over."""
    out = sorted((each for each in versions if each.state in OUT), key=lambda each: each.turn)
    newest = {each.chain: each for each in out}
    return [each for each in newest.values() if each.act in (Act.ALERT, Act.UPDATE)]


def _drafter(version: Version, senders: Mapping[str, Automatic]) -> str:
    """Which of the sender's settings a version falls under; else the first."""
    content = version.content
    covering = (name for name, each in senders.items() if each.covers(content.hazard, content.level))
    return next(covering, next(iter(senders)))


def _over(newest: Version, said: Content | None) -> Content:
    """What an end says: it need name neither hazard nor level of what is over, and says itself what to do now."""
    return replace(newest.content, instruction=said.instruction if said else "", reason=said.reason if said else "")


def _act(item: StoredItem) -> Act | None:
    """What an alert does; any way of saying that it is over ends it."""
    act = _ACTS.get(item.facts.get("msgType", "").lower())
    return Act.END if act is not None and item.facts.get("allClear") else act


def _content(item: StoredItem, at: datetime, useful: timedelta) -> Content | None:
    """What an item says as a warning of no organisation yet; None if its hazard is not known."""
    facts = item.facts
    known = hazard(facts.get("eventType", "")) or named(facts.get("event", "")) or named(item.title)
    if known is None:
        return None
    instruction = facts.get("instruction", "")
    onset = _time(facts.get("onset") or facts.get("effective") or facts.get("sent")) or at
    return Content(
        organisation="",
        hazard=known.code,
        level=item.topic.severity,
        areas=tuple(sorted(area_code(code) for code in item.topic.areas)),
        area_words=facts.get("areaDesc", "")[:_LONGEST],
        description=item.notice.body.removesuffix(instruction).strip() or item.title,
        instruction=instruction,
        contact=facts.get("contact", ""),
        onset=onset,
        expires=_time(facts.get("expires")) or onset + useful,
        polygons=tuple(facts.get("polygons", "").splitlines()),
        circles=tuple(facts.get("circles", "").splitlines()),
        reason=facts.get("note", "")[:_LONGEST],
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(CHINA) if text else None
