"""Warnings that named senders publish: drafted by themselves, one approver of the two, never alone.

A source is a program, and programs raise false alarms (Sichuan 2021). So nothing of it goes out before a person has
approved it; and where the sender takes its alert back or goes on before anybody did, the draft is given up.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import CHINA
from pusher.warnings import guide, life, store
from pusher.warnings.hazard import hazard, named
from pusher.warnings.office import OUT, Office
from pusher.warnings.settings import AUTOMATIC, Automatic
from pusher.warnings.warning import OPEN, Act, Content, State, Status, Version
from pusher.watch import store as items
from pusher.watch.store import ItemState, StoredItem
from subscribers.topic import area_code

#: CAP's word for each act that is followed; an Error, an exercise and a test take their routes.
_ACTS = {"alert": Act.ALERT, "update": Act.UPDATE, "cancel": Act.END}
#: Of what an alert says of its area and its reason, at most so much is kept.
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Drafting:
    """What the planner asks of each item (`pusher.plan.planner.Draft`)."""

    office: Office

    async def __call__(self, item: StoredItem) -> bool:
        """Draft a warning of `item` if the settings name its sender and hazard; False if they do not.

        Drafting the same revision again changes nothing.
        """
        found = self._sender(item)
        if found is None:
            return False
        name, sender, content = found
        async with self.office.database.write() as connection:
            if not await store.is_drafted(connection, item.id, item.revision):
                await self._draft(connection, item, name, replace(content, organisation=sender.organisation))
            await items.planned(connection, item.id, item.revision)
        self.office.issued()
        return True

    def _sender(self, item: StoredItem) -> tuple[str, Automatic, Content] | None:
        """The settings that an item's sender and hazard fall under, and what the item says."""
        facts = item.facts
        if (item.kind, item.state, facts.get("status", "").lower()) != ("warning", ItemState.READY, "actual"):
            return None
        if _act(item) is None:
            return None
        content = _content(item, self.office.now(), timedelta(hours=self.office.settings.hours))
        if content is None:
            return None
        for name, sender in self.office.settings.automatic.items():
            is_his = (item.source, facts.get("sender")) == (sender.source, sender.sender)
            if is_his and sender.covers(content.hazard, content.level):
                return name, sender, content
        return None

    async def _draft(self, connection: AsyncConnection, item: StoredItem, name: str, content: Content) -> None:
        by = f"{AUTOMATIC}{name}"[:64]
        before = await self._before(connection, item)
        for each in before:
            if each.state in OPEN:
                await self._give_up(connection, each, by)
        chain = [each for each in before if each.state in OUT]
        act = _act(item)
        if act is Act.END and not chain:
            return
        follows, act = await self._follows(connection, chain, act or Act.ALERT)
        version = await store.add(
            connection,
            self._complete(content, act),
            act=act,
            status=Status.ACTUAL,
            by=by,
            at=self.office.now(),
            follows=follows,
            origin=(item.id, item.revision),
        )
        unsound = await self.office.problems_of(connection, version)
        if not unsound:
            version = replace(version, approved_by=(by,))
            await store.put(connection, version)
        await self._write_down(connection, version, by, unsound)
        await self._tell(connection, version, unsound)

    async def _before(self, connection: AsyncConnection, item: StoredItem) -> Sequence[Version]:
        """What was drafted from this item before it was edited, and from those that it updates or ends."""
        numbers = {item.id}
        for key in item.follows:
            earlier = await items.by_key(connection, key)
            if earlier is not None and earlier.source == item.source:
                numbers.add(earlier.id)
        drafted = await store.from_items(connection, sorted(numbers))
        chains = {each.chain for each in drafted}
        return [each for chain in sorted(chains) for each in await store.chain(connection, chain, locking=True)]

    async def _follows(
        self, connection: AsyncConnection, chain: Sequence[Version], act: Act
    ) -> tuple[Version | None, Act]:
        """What a new version goes on from; one whose chain is not out, or is over, is the first of a new one."""
        if not chain or chain[-1].act in (Act.END, Act.CORRECT):
            return None, Act.ALERT
        whole = await store.chain(connection, chain[-1].chain)
        newest = replace(chain[-1], version=max(each.version for each in whole))
        return newest, Act.UPDATE if act is Act.ALERT else act

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

    async def _write_down(self, connection: AsyncConnection, version: Version, by: str, unsound: Sequence[str]) -> None:
        said = f"{version.act} from item {version.from_item}; " + ("to be mended" if unsound else "approved by it")
        await self.office.audit(
            connection, actor=by, action="warning draft", target=f"warning {version.id}", detail=said
        )

    async def _tell(self, connection: AsyncConnection, version: Version, unsound: Sequence[str]) -> None:
        """The officers on duty hear that a draft waits for them."""
        earlier = await self.office.earlier(connection, version)
        notice = self.office.notice(version, earlier)
        wants = "有内容要改，请起草新稿" if unsound else "等待签发"
        said = f"自动起草的预警（第 {version.id} 号）{wants}：pusher warn show {version.id}"
        await self.office.tell_duty(
            connection, replace(notice, title=f"待签发 {notice.title}"[:300], summary=said, body=said)
        )


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
