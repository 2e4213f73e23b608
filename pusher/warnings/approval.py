"""Acts on one draft by its signed link: whoever holds the link sees it; who acts shows his own key each time.

A link may be forwarded, so it proves nothing. Nobody stays signed in: each act is by name, key and level typed.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.personal_key import is_key
from pusher.plan.lists import usable_groups
from pusher.sign_up.limits import Limit, count, line_of, may_once_more
from pusher.warnings import life, store
from pusher.warnings.guide import LEVEL_NAMES
from pusher.warnings.life import RefusedActError
from pusher.warnings.office import Office
from pusher.warnings.preview import Preview, area_map, preview
from pusher.warnings.settings import LEVELS
from pusher.warnings.warning import OPEN, State, Version
from subscribers.links import LinkError, Links
from subscribers.topic import Severity

_log = structlog.get_logger()

#: Wrong keys within an hour, from one line and for one draft; a line cannot use up what a draft has.
_PER_LINE = Limit(10, timedelta(hours=1))
_PER_DRAFT = Limit(30, timedelta(hours=1))
#: Who stands in the audit log where nobody was proven.
_ACTOR = "approval page"
#: What people type for a level: "红色", "红", "red".
_TYPED: Mapping[str, Severity] = {
    word: level for name, level in LEVELS.items() for word in (name, LEVEL_NAMES[level], LEVEL_NAMES[level][0])
}


class Deed(StrEnum):
    """What may be done to a draft here."""

    CHECK = "check"
    APPROVE = "approve"
    #: Alone, in an emergency.
    OVERRIDE = "override"
    REJECT = "reject"


class Reason(StrEnum):
    """Why nothing was done; the page words it."""

    WRONG_KEY = "wrong key"
    TOO_MANY = "too many"
    WRONG_LEVEL = "wrong level"
    NO_DEED = "no deed"
    #: Whoever lets a warning go alone says why.
    NO_REASON = "no reason"
    #: It is no draft any more.
    OVER = "over"
    #: The office refused, and says why.
    REFUSED = "refused"


class NotDoneError(Exception):
    """Nothing was done to the draft."""

    def __init__(self, reason: Reason, said: str = "") -> None:
        """`said`: why the office refused, in Chinese."""
        super().__init__(reason.value)
        self.reason = reason
        self.said = said


@dataclass(frozen=True, slots=True)
class Signed:
    """What somebody sent from the page, as typed."""

    deed: str
    name: str
    key: str = field(repr=False)
    level: str
    #: Why a draft is given up, may be ""; or why it is let go by one person alone.
    reason: str
    #: IP address of the asker.
    remote: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the holder of a link sees."""

    version: Version
    headline: str
    #: None for a version that is no draft any more: nobody need decide on it.
    preview: Preview | None = None
    #: SVG; "" without a preview.
    map: str = ""
    #: What can be done now, by whoever has the right to it.
    deeds: Sequence[Deed] = ()


@dataclass(frozen=True, slots=True)
class Approvals:
    """The acts by link; each is one of the office, with its rights, its transaction and its line in the audit log."""

    office: Office
    links: Links

    async def seen(self, token: str) -> Seen | None:
        """The version that a link is of; None for a link that is none of ours."""
        version = await self._version(token)
        if version is None:
            return None
        if version.state not in OPEN:
            async with self.office.database.read() as connection:
                earlier = await self.office.earlier(connection, version)
            return Seen(version, self.office.headline(version, earlier))
        shown = await preview(self.office, version.id)
        drawn = await area_map(self.office, shown)
        return Seen(shown.version, shown.headline, shown, drawn, await self._deeds(shown))

    async def act(self, token: str, signed: Signed) -> Version | None:
        """Do it in the name of whoever signed; None for a link that is none of ours. Raises NotDoneError."""
        version = await self._version(token)
        if version is None:
            return None
        if version.state not in OPEN:
            # Nothing can be done, so no key is looked at.
            raise NotDoneError(Reason.OVER)
        await self._prove(version.id, signed)
        level = _TYPED.get(unicodedata.normalize("NFKC", signed.level).strip().lower())
        if level is not version.content.level:
            raise NotDoneError(Reason.WRONG_LEVEL)
        try:
            return await self._do(version.id, signed, level)
        except RefusedActError as refused:
            raise NotDoneError(Reason.REFUSED, refused.said) from None

    async def _do(self, number: int, signed: Signed, level: Severity) -> Version:
        match signed.deed:
            case Deed.CHECK:
                return await self.office.check(number, by=signed.name)
            case Deed.APPROVE:
                return await self.office.approve(number, by=signed.name, level=level)
            case Deed.OVERRIDE:
                return await self._override(number, signed, level)
            case Deed.REJECT:
                return await self.office.reject(number, by=signed.name, reason=signed.reason)
        raise NotDoneError(Reason.NO_DEED)

    async def _override(self, number: int, signed: Signed, level: Severity) -> Version:
        """As on the terminal, and only where others are told of it: here nobody sees who holds the telephone."""
        if not signed.reason:
            raise NotDoneError(Reason.NO_REASON)
        if not await self._somebody_is_told():
            raise NotDoneError(Reason.REFUSED, "没有可用的值班名单（duty_groups），单独签发无人知晓，只能在终端上进行")
        return await self.office.override(number, by=signed.name, level=level, reason=signed.reason)

    async def _prove(self, number: int, signed: Signed) -> None:
        """Whoever signed is the officer of this name. Raises NotDoneError; a wrong key counts and is written down."""
        officer = self.office.settings.officers.get(signed.name)
        is_proven = is_key(signed.key, officer.key if officer is not None else None)
        fingerprint, at = self.office.ring.fingerprint, self.office.now()
        tries = (
            ("key line", fingerprint("ip", line_of(signed.remote)), _PER_LINE),
            ("key draft", fingerprint("draft", str(number)), _PER_DRAFT),
        )
        async with self.office.database.write(urgent=True) as connection:
            for what, who, limit in tries:
                if not await may_once_more(connection, what, who, [limit], at=at):
                    _log.warning("too many wrong keys", warning=number, of=what)
                    raise NotDoneError(Reason.TOO_MANY)
            if is_proven:
                return
            for what, who, _ in tries:
                await count(connection, what, who, at=at)
            await self._write_down(connection, number, signed)
        raise NotDoneError(Reason.WRONG_KEY)

    async def _write_down(self, connection: AsyncConnection, number: int, signed: Signed) -> None:
        """Of what was typed only the name of an officer is kept: somebody may have typed his key in its place."""
        officer = self.office.settings.officers.get(signed.name)
        said = f"as {signed.name}" if officer is not None else "as nobody of the settings"
        if officer is not None and officer.key is None:
            said += ", who has no key in the settings"
        detail = f"{signed.deed}, {said}" if signed.deed in set(Deed) else said
        await self.office.audit(connection, actor=_ACTOR, action="wrong key", target=f"warning {number}", detail=detail)

    async def _deeds(self, shown: Preview) -> Sequence[Deed]:
        if shown.problems:
            return (Deed.REJECT,)
        version = shown.version
        may_check = version.state is State.DRAFT
        may_approve = bool(version.checked_by) or not life.needs_check(version, self.office.settings)
        open_to = {
            Deed.CHECK: may_check,
            Deed.APPROVE: may_approve,
            Deed.OVERRIDE: self._may_be_overridden(version) and await self._somebody_is_told(),
            Deed.REJECT: True,
        }
        return [deed for deed, is_open in open_to.items() if is_open]

    def _may_be_overridden(self, version: Version) -> bool:
        """Whether there is an officer who might let it go alone now."""
        settings, at = self.office.settings, self.office.now()
        return any(
            officer.key is not None and life.may_override(version, settings, by=name, at=at)
            for name, officer in settings.officers.items()
        )

    async def _somebody_is_told(self) -> bool:
        """Whether there is a list of officers on duty, whom an override is told at once."""
        async with self.office.database.read() as connection:
            return bool(await usable_groups(connection, self.office.settings.duty_groups, self.office.now()))

    async def _version(self, token: str) -> Version | None:
        try:
            number = self.links.read_draft(token)
            async with self.office.database.read() as connection:
                return await store.get(connection, number)
        except (LinkError, RefusedActError):
            return None
