"""The acts of a warning's life: functions with typed arguments and results, for the command line and a later console.

Each act checks the actor's right to it, happens in one transaction with its line in the audit log, and sends nothing by
itself: what is issued becomes a broadcast in the warning lane, which the service fans out at once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Message
from channels.sms_rules import ShortMessages
from pusher.clock import to_instant
from pusher.database import Database
from pusher.item import Item
from pusher.plan import broadcast as plan
from pusher.plan.planner import Outlet, Render
from pusher.plan.tables import broadcast as broadcasts
from pusher.review.personal import Kind
from pusher.review.review import Reviewed
from pusher.warnings import guide, law, life, store, words
from pusher.warnings.cap import national, rules, schema, write
from pusher.warnings.life import RefusedActError
from pusher.warnings.roll_call import calls
from pusher.warnings.roll_call.roster import Responsible, roster
from pusher.warnings.sending import in_words, send_to
from pusher.warnings.sentence import Sentence
from pusher.warnings.settings import Organisation, WarningSettings
from pusher.warnings.warning import Act, Content, State, Status, Version, sent_before
from pusher.watch import store as items
from subscribers.audience import Audience
from subscribers.keys import KeyRing
from subscribers.tables import group
from subscribers.topic import Severity
from templates.notice import Notice

#: The folder of templates that warnings are put into words by.
WARNING_FOLDER = "warning"
#: And what officers on duty are told.
DUTY_FOLDER = "duty"
#: The end of a warning is worth delivering even where the warning's own time is over.
_LEAST_USEFUL = timedelta(hours=6)
_PERSONAL: Mapping[Kind, str] = {
    Kind.ID: "身份证号",
    Kind.MOBILE: "手机号",
    Kind.BANK: "银行卡号",
    Kind.NAME: "姓名",
    Kind.ADDRESS: "住址",
}
#: States of versions that went out.
OUT = frozenset({State.ISSUED, State.SUPERSEDED, State.ENDED, State.CORRECTED, State.ARCHIVED})


def no_hurry() -> None:
    """A process that delivers nothing has nothing to put off."""


def no_page(_number: int) -> str:
    """Where nobody knows the address of the pages, drafts have none."""
    return ""


class Audit(Protocol):
    """Writes an act of a person down in the transaction that carries it out (`pusher.app.Store.audit`)."""

    def __call__(
        self, connection: AsyncConnection, *, actor: str, action: str, target: str, detail: str = ""
    ) -> Awaitable[None]:
        """Write it."""
        ...


@dataclass(frozen=True, slots=True)
class Office:
    """What the acts need of the service."""

    database: Database
    settings: WarningSettings
    #: Configured channels by name.
    outlets: Mapping[str, Outlet]
    render: Render
    review: Callable[[Item], Reviewed]
    audit: Audit
    #: Opens the columns of the lists of people who must answer.
    ring: KeyRing
    #: The present, aware.
    now: Callable[[], datetime]
    #: Called once a broadcast is there to be fanned out.
    issued: Callable[[], None]
    #: Called before something may be let go: everything less urgent in this process rests for a moment.
    hurry: Callable[[], None] = no_hurry
    #: Where residents reach the board, without trailing slash; "" = nowhere.
    public_url: str = ""
    #: Where officers see and decide a draft, by its number; "" = only on a terminal.
    approval_page: Callable[[int], str] = no_page
    #: What is known beforehand of channels of short messages, by name.
    sms_rules: Mapping[str, ShortMessages] = field(default_factory=dict)

    async def draft(
        self, content: Content, *, by: str, status: Status = Status.ACTUAL, public_test: str = ""
    ) -> Version:
        """A new draft (制作). `public_test` names a test that may reach the public, with an approval of its own.

        Raises RefusedActError where `by` may not draft for the organisation.
        """
        life.officer_for(self.settings, by, "draft", content.organisation)
        if public_test and status is not Status.TEST:
            raise RefusedActError("only a test can be a public test", "只有测试才能作为公开测试")
        async with self.database.write() as connection:
            version = await store.add(
                connection, content, act=Act.ALERT, status=status, by=by, at=self.now(), public_test=public_test
            )
            await self._write_down(connection, version, by, "warning draft")
        return version

    async def update(self, number: int, content: Content, *, by: str) -> Version:
        """A draft that takes the place of what the chain of warning `number` said (更新、升级、降级)."""
        return await self._follow(number, Act.UPDATE, by, lambda _: content)

    async def end(self, number: int, *, by: str, reason: str = "") -> Version:
        """A draft of 解除: the danger is over. It goes to exactly those who got the chain.

        Without a reason it says what was prepared for this hazard and level.
        """

        def over(newest: Version) -> Content:
            content, ready = newest.content, guide.of(newest.content.hazard, newest.content.level)
            # What to do against a danger is not what to do after it.
            return replace(content, reason=reason.strip() or ready.end, instruction=ready.after_end)

        return await self._follow(number, Act.END, by, over)

    async def correct(self, number: int, *, by: str, reason: str = "") -> Version:
        """A draft of 误发: the warning was a mistake. It goes to exactly those who got the chain.

        Without a reason it says what was prepared: the words are there before anybody needs them.
        """

        def wrong(newest: Version) -> Content:
            content, ready = newest.content, guide.of(newest.content.hazard, newest.content.level)
            return replace(content, reason=reason.strip() or ready.correct, instruction=ready.after_correct)

        return await self._follow(number, Act.CORRECT, by, wrong)

    async def problems(self, number: int) -> Sequence[Sentence]:
        """What must be mended before the version can be approved; empty = nothing."""
        async with self.database.read() as connection:
            version = await store.get(connection, number)
            return await self.problems_of(connection, version)

    async def check(self, number: int, *, by: str) -> Version:
        """复核 by somebody who did not draft it. Raises RefusedActError, also where something must be mended."""
        async with self.database.write(urgent=True) as connection:
            version = await store.get(connection, number, locking=True)
            checked = life.checked(version, self.settings, by=by)
            await self._must_be_sound(connection, version)
            await store.put(connection, checked)
            await self._write_down(connection, checked, by, "warning check")
        return checked

    async def approve(self, number: int, *, by: str, level: Severity) -> Version:
        """签发: one approval; the last one that is needed lets it go at once.

        `level` is typed by the person and must be the warning's own. Raises RefusedActError.
        """
        return await self._let_go(
            number, level, by, "warning approve", lambda version: life.approved(version, self.settings, by=by)
        )

    async def override(self, number: int, *, by: str, level: Severity, reason: str) -> Version:
        """Let it go alone in an emergency: told at once to the others, and in the audit log with the reason."""
        return await self._let_go(
            number,
            level,
            by,
            "warning override",
            lambda version: life.overridden(version, self.settings, by=by, reason=reason, at=self.now()),
        )

    async def reject(self, number: int, *, by: str, reason: str = "") -> Version:
        """Give a draft up."""
        async with self.database.write() as connection:
            version = life.rejected(await store.get(connection, number, locking=True), self.settings, by=by)
            await store.put(connection, version)
            await self._write_down(connection, version, by, "warning reject", reason)
        return version

    def where_to_look(self, number: int) -> str:
        """How an officer who is told of a draft comes to see it: its page, if there is one, and the command."""
        return " 或 ".join(filter(None, (self.approval_page(number), f"pusher warn show {number}")))

    def headline(self, version: Version, earlier: Sequence[Version]) -> str:
        """What it would be called; `earlier`: the versions of its chain that went out.

        One whose organisation the settings do not know cannot go out, and can be looked at all the same.
        """
        organisation = self.settings.organisations.get(version.content.organisation)
        if organisation is None:
            return f"{version.content.organisation} {version.content.area_words}"
        return words.headline(version, organisation, before=earlier[-1] if earlier else None)

    def messages(self, version: Version, earlier: Sequence[Version]) -> Mapping[str, Message]:
        """The words that would go out, by channel. Raises TemplateError."""
        notice = self.notice(version, earlier)
        return {
            name: in_words(self, name, notice, folder=WARNING_FOLDER, expires=version.content.expires)
            for name in self.channels(version)
        }

    def notice(self, version: Version, earlier: Sequence[Version]) -> Notice:
        """What it says, reviewed; of a draft as if it were issued now."""
        drafted = version if version.sent is not None else replace(version, sent=self.now(), identifier="draft")
        made = words.item(drafted, self.organisation(version), domain=self.settings.domain, earlier=earlier)
        return self.review(made).notice

    async def write_answer(self, call_id: int, *, by: str, said: Mapping[str, str]) -> None:
        """Write down that somebody has answered a roll-call by telephone or in person. Raises RefusedActError."""
        async with self.database.write(urgent=True) as connection:
            found = await calls.get(connection, call_id)
            if found is None:
                raise RefusedActError(
                    f"there is no call {call_id}; see `pusher warn roll-call show`", f"没有第 {call_id} 号叫应"
                )
            version = await store.get(connection, found.warning_id)
            officer = self.settings.officers.get(by)
            if officer is None or version.content.organisation not in officer.organisations:
                raise RefusedActError(
                    f"{by} is no officer of {version.content.organisation}", f"{by} 不能代表这个发布单位"
                )
            if not await calls.answer(connection, call_id, by=by, over="by hand", at=self.now(), said=said):
                raise RefusedActError(
                    f"call {call_id} is closed: no answer is wanted any more", f"第 {call_id} 号叫应已经结束"
                )
            await self.audit(connection, actor=by, action="roll-call answer", target=f"call {call_id}")

    async def _follow(self, number: int, act: Act, by: str, content_of: Callable[[Version], Content]) -> Version:
        async with self.database.write() as connection:
            named = await store.get(connection, number)
            chain = await store.chain(connection, named.chain, locking=True)
            out = sorted((each for each in chain if each.state in OUT), key=lambda each: each.turn)
            if not out:
                raise RefusedActError(
                    f"warning {number} has not gone out: change or reject its draft",
                    f"第 {number} 号还没有发出：请改或退回它的草稿",
                )
            if out[-1].act in (Act.END, Act.CORRECT):
                raise RefusedActError(
                    f"the warning of {number} is over: draft a new one", f"第 {number} 号预警已经结束：请另起草稿"
                )
            content = content_of(out[-1])
            life.officer_for(self.settings, by, "draft", content.organisation)
            # The number of a later draft is given at once, so that two drafts of one chain are told apart.
            follows = replace(out[-1], version=max(each.version for each in chain))
            version = await store.add(
                connection,
                content,
                act=act,
                status=out[-1].status,
                by=by,
                at=self.now(),
                follows=follows,
                public_test=out[-1].public_test,
            )
            await self._write_down(connection, version, by, f"warning {act.value}", content.reason)
        return version

    async def _let_go(
        self, number: int, level: Severity, by: str, action: str, act: Callable[[Version], Version]
    ) -> Version:
        self.hurry()
        async with self.database.write(urgent=True, brief=True) as connection:
            version = await self._alone(connection, number)
            if level is not version.content.level:
                raise RefusedActError(
                    f"warning {number} is {version.content.level.name.lower()}, not {level.name.lower()}: look again",
                    "输入的级别和这份草稿不一致",
                )
            decided = act(version)
            await self._must_be_sound(connection, version)
            if decided.state is State.ISSUED:
                decided = await self._issue(connection, decided)
            await store.put(connection, decided)
            await self._write_down(connection, decided, by, action, decided.override_reason)
        if decided.state is State.ISSUED:
            self.issued()
        return decided

    async def _alone(self, connection: AsyncConnection, number: int) -> Version:
        """The version, with nobody else letting any version of its chain go until the transaction ends.

        Two who end a warning at once, or one who updates what another ends, would both find the chain open.
        """
        chain = (await store.get(connection, number)).chain
        locked = await store.chain(connection, chain, locking=True)
        return next(each for each in locked if each.id == number)

    async def _must_be_sound(self, connection: AsyncConnection, version: Version) -> None:
        found = await self.problems_of(connection, version)
        if found:
            said = "；".join(each.said for each in found)
            raise RefusedActError(
                f"warning {version.id} cannot go out: " + "; ".join(map(str, found)), f"不能发出，须先改好：{said}"
            )

    async def problems_of(self, connection: AsyncConnection, version: Version) -> Sequence[Sentence]:
        """`problems` of a version, in the transaction of the caller."""
        earlier = await self.earlier(connection, version)
        found = list(law.problems(version, self.settings, before=earlier[-1] if earlier else None, at=self.now()))
        if earlier and earlier[-1].act in (Act.END, Act.CORRECT):
            found.append(
                Sentence("its chain is over already: draft a new warning", "这次预警已经解除或更正：请另起草稿")
            )
        if found:
            return found
        trial = await self._unique(connection, self._named(version))
        organisation = self.organisation(trial)
        document = words.alert(trial, organisation, earlier=earlier)
        wrong = [*schema.errors(write.to_node(document)), *rules.errors(document)]
        found += [Sentence(f"CAP: {each.text}", f"CAP 文件：{each.said}") for each in wrong]
        reviewed = self.review(words.item(trial, organisation, domain=self.settings.domain, earlier=earlier))
        if reviewed.findings:
            # What machines read of it is not masked: a warning names no private person at all.
            kinds = ", ".join(sorted({finding.kind for finding in reviewed.findings}))
            named = "、".join(sorted({_PERSONAL[finding.kind] for finding in reviewed.findings}))
            found.append(
                Sentence(f"the words hold personal data ({kinds}): take it out", f"文字里有个人信息（{named}）：请删去")
            )
        return found

    async def earlier(self, connection: AsyncConnection, version: Version) -> Sequence[Version]:
        """The versions of its chain that went out before it, first one first; of a draft, all that did."""
        return sent_before(version, await store.chain(connection, version.chain))

    async def _issue(self, connection: AsyncConnection, decided: Version) -> Version:
        """Freeze it, and make the item and the broadcast of it."""
        earlier = await self.earlier(connection, decided)
        version = await self._unique(connection, self._named(decided))
        organisation = self.organisation(version)
        made = words.item(version, organisation, domain=self.settings.domain, earlier=earlier)
        await items.accept(connection, [(made, [made.key])], at=self.now(), baseline=False, review=self.review)
        stored = await items.by_key(connection, made.key)
        assert stored is not None
        await items.planned(connection, stored.id, stored.revision)
        if earlier:
            # First: this waits for whoever is calling at this moment, and his calls are then there to be taken back.
            await calls.close(connection, [each.id for each in earlier])
            await self._take_back(connection, earlier)
        number = await self._propose(connection, version, stored.id, stored.notice, earlier)
        for each in earlier:
            await store.put(connection, replace(each, state=life.after(version, each)))
        await self._begin_roll_call(connection, version)
        if version.override_by:
            await self._tell_of_override(connection, version, stored.notice)
        state = State.ISSUED if version.act in (Act.ALERT, Act.UPDATE) else life.after(version, version)
        return replace(version, item_id=stored.id, broadcast_id=number, state=state)

    async def _take_back(self, connection: AsyncConnection, earlier: Sequence[Version]) -> None:
        """Whoever has not been sent an earlier version, or called to answer it, hears of the later one only, or not.

        In the transaction that lets the later version go: there is no moment at which both are on their way.
        """
        numbers = [each.broadcast_id for each in earlier if each.broadcast_id is not None]
        numbers += await calls.broadcasts(connection, [each.id for each in earlier])
        if numbers:
            await plan.take_back(connection, numbers, at=self.now())

    async def _propose(
        self, connection: AsyncConnection, version: Version, item_id: int, notice: Notice, earlier: Sequence[Version]
    ) -> int:
        sent = await send_to(
            connection,
            self,
            notice,
            folder=WARNING_FOLDER,
            channels=self.channels(version),
            audience=await self.audience(connection, version, earlier),
            route=f"warning {version.chain}",
            expires=self._worth_until(version),
            by=version.drafted_by,
            item_id=item_id,
        )
        names = ", ".join(version.approved_by or (version.override_by,))
        await connection.execute(
            sa.update(broadcasts)
            .where(broadcasts.c.id == sent.broadcast_id)
            .values(approved_by=names[:64], approved_at=to_instant(self.now()))
        )
        return sent.broadcast_id

    def _worth_until(self, version: Version) -> datetime:
        """When nobody should be written to any more: of a danger once its time is over, of its end some hours later."""
        if version.act in (Act.END, Act.CORRECT):
            return max(version.content.expires, self.now() + _LEAST_USEFUL)
        return version.content.expires

    def channels(self, version: Version) -> Sequence[str]:
        """All channels of the settings; a drill reaches no public place, unless it is a named public test."""
        return [name for name in self.settings.channels if version.is_public or self.outlets[name].address != "public"]

    async def audience(self, connection: AsyncConnection, version: Version, earlier: Sequence[Version]) -> Audience:
        """Whom a version is for; `earlier`: the versions of its chain that went out."""
        told = tuple(each.broadcast_id for each in earlier if each.broadcast_id is not None)
        if version.act in (Act.END, Act.CORRECT):
            # Who was called to answer, as a deputy perhaps, is on no list that hears of every warning.
            called = await calls.broadcasts(connection, [each.id for each in earlier])
            return Audience(earlier=(*told, *called), warning=True)
        is_live = version.status is Status.ACTUAL
        return Audience(
            topic=words.topic(version, self.settings.domain) if version.is_public else None,
            groups=await group_numbers(connection, self.lists(version)),
            earlier=told,
            warning=True,
            region=words.region(version.content) if version.is_public else None,
            groups_within=await group_numbers(connection, self.settings.groups_within) if is_live else (),
        )

    async def _begin_roll_call(self, connection: AsyncConnection, version: Version) -> None:
        """Who must answer is written down in the transaction that lets the warning go."""
        people = await self.who_must_answer(connection, version)
        if people is not None:
            ladder = self.settings.roll_call.ladder(version.content.level)
            await calls.begin(connection, version.id, people, ladder, at=self.now())

    async def who_must_answer(self, connection: AsyncConnection, version: Version) -> Sequence[Responsible] | None:
        """Who is called to answer a version if it goes out now; None where its level, or its act, calls nobody."""
        groups, content = self.responsible(version), version.content
        if version.act not in (Act.ALERT, Act.UPDATE) or not (self.settings.roll_call.ladder(content.level) and groups):
            return None
        return await roster(
            connection, self.ring, groups, areas=content.areas, hazard_code=content.hazard, at=self.now()
        )

    def lists(self, version: Version) -> Sequence[str]:
        """Names of the lists that hear of a version, whatever they subscribe to."""
        return self.settings.groups if version.status is Status.ACTUAL else self.settings.drill_groups

    def responsible(self, version: Version) -> Sequence[str]:
        """Names of the lists of who must answer a version."""
        return self.settings.roll_call.groups if version.status is Status.ACTUAL else self.settings.drill_groups

    async def _tell_of_override(self, connection: AsyncConnection, version: Version, notice: Notice) -> None:
        """The other officers hear at once that somebody let a warning go alone, and why."""
        said = f"{version.override_by} 单独签发：{version.override_reason}"
        await self.tell_duty(
            connection, replace(notice, title=f"紧急签发 {notice.title}"[:300], summary=said, body=said)
        )

    async def tell_duty(self, connection: AsyncConnection, notice: Notice) -> None:
        """Tell the officers' groups over all channels that reach persons; nothing where none are configured.

        In words of its own: what is said of a draft must never read as if the warning had been issued.
        """
        notice = replace(notice, event="", level="", starts=None, follows="", advice="")
        groups = await group_numbers(connection, self.settings.duty_groups)
        channels = [name for name in self.settings.channels if self.outlets[name].address != "public"]
        if groups and channels:
            await send_to(
                connection,
                self,
                notice,
                folder=DUTY_FOLDER,
                channels=channels,
                audience=Audience(groups=groups, warning=True),
                route="duty",
                expires=self.now() + _LEAST_USEFUL,
                by="warnings",
                may_leave=False,
            )

    def _named(self, version: Version) -> Version:
        """With the identifier and time that it would have if it went out now."""
        at = self.now().replace(microsecond=0)
        identifier = national.identifier(self.organisation(version).code, at)
        return replace(version, identifier=identifier, sent=at)

    async def _unique(self, connection: AsyncConnection, version: Version) -> Version:
        """Of two warnings that an organisation issues in one second, the later has a number behind its identifier."""
        base = version.identifier
        for number in range(100):
            identifier = f"{base}_{number}" if number else base
            if not await store.is_taken(connection, identifier):
                return replace(version, identifier=identifier)
        raise RefusedActError("too many warnings in one second: try again", "同一秒内发出的预警太多，请再试一次")

    def organisation(self, version: Version) -> Organisation:
        """Whose warning it is. Raises RefusedActError where the settings do not know it, or no more."""
        organisation = self.settings.organisations.get(version.content.organisation)
        if organisation is None:
            name = version.content.organisation
            raise RefusedActError(
                f"there is no organisation {name!r} in the settings", f"设置里没有“{name}”这个发布单位"
            )
        return organisation

    async def _write_down(
        self, connection: AsyncConnection, version: Version, by: str, action: str, detail: str = ""
    ) -> None:
        standing = f"{version.status} {version.content.level.name.lower()} {version.content.hazard} is {version.state}"
        target = f"warning {version.id}"
        await self.audit(
            connection, actor=by, action=action, target=target, detail="; ".join(filter(None, (standing, detail)))
        )


async def group_numbers(connection: AsyncConnection, names: Sequence[str]) -> tuple[int, ...]:
    """Numbers of the groups of these names that exist."""
    if not names:
        return ()
    found = await connection.scalars(sa.select(group.c.id).where(group.c.name.in_(names)).order_by(group.c.id))
    return tuple(found)
