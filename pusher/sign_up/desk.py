"""Between the pages and what is stored: a sign-up is begun, its address confirmed, and nobody learns whose it is."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.failure import SendError
from channels.message import Lane, Message
from channels.sms_rules import ShortMessages, objections
from pusher.database import Database
from pusher.deliver.bell import Bell
from pusher.plan.planner import Render
from pusher.sign_up import confirmation
from pusher.sign_up.disposable import is_disposable
from pusher.sign_up.limits import LONGEST, Limit, allows, line_of, reader_of
from pusher.sign_up.question import Questions, Verdict
from pusher.sign_up.settings import SignUpSettings
from subscribers import consent, sign_up
from subscribers.address_form import AddressError, normalise
from subscribers.choices import Choices
from subscribers.consent import Origin
from subscribers.keys import KeyRing
from subscribers.known import key_of
from subscribers.links import LinkError, Links
from subscribers.sign_up import SignUp, State

_log = structlog.get_logger()

#: Where the ledger says that consent came from.
SOURCE = "sign-up page"

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
#: Codes that may be tried from one line in an hour: five for each of some people behind it.
_CODES = Limit(60, _HOUR)
#: Confirmations to an address that is closed: its owner may come back, and a stranger may not make him hear of us.
_CLOSED = (Limit(1, _DAY), Limit(2, LONGEST))
#: Days of a week on which one address may get as many confirmations as a day allows: whoever keeps asking is no owner.
_DAYS_A_WEEK = 2


class Reason(StrEnum):
    """Why a sign-up was not taken; the page words it."""

    ADDRESS = "address"
    DISPOSABLE = "disposable"
    #: No confirmation is sent to numbers like this one.
    NO_MOBILE = "no mobile number of ours"
    WRONG_ANSWER = "wrong answer"
    STALE_QUESTION = "stale question"
    TOO_MANY = "too many"
    #: No more confirmations go out over this channel today.
    EXHAUSTED = "exhausted"
    #: The channel would not take the confirmation: a fault of the settings.
    UNFIT = "unfit"
    #: The platform gave no code to scan.
    NO_CODE = "no code"


class NotTakenError(Exception):
    """The sign-up was not taken; nothing is stored and nothing goes out."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        """`detail`: a sentence about the address, in Chinese, without it."""
        super().__init__(reason.value)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Way:
    """A channel over which addresses of one kind are confirmed."""

    #: Its name in the settings, and the form of its words.
    channel: str
    form: str


@dataclass(frozen=True, slots=True)
class Codes:
    """The official account whose QR codes confirm sign-ups."""

    #: Its name in the settings.
    channel: str
    #: What a code holds for this scene that is good for so many seconds. Raises SendError.
    make: Callable[[str, int], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody asks for on the page."""

    #: Kind of the address, and the address as typed; "" where a scan tells it.
    kind: str
    address: str = field(repr=False)
    choices: Choices
    #: All that he was shown and agrees to.
    words: str
    #: IP address of the asker.
    remote: str = field(repr=False)
    #: Token of the question, and the answer as typed; "" where `beside` says who asks.
    question: str = ""
    answer: str = ""
    #: Number of an address whose owner wants this one as well.
    beside: int | None = None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An address that is open now."""

    #: Signed: what the owner's own pages are reached by.
    token: str
    choices: Choices


@dataclass(frozen=True, slots=True)
class SignUps:
    """The acts of people who sign up by themselves."""

    database: Database
    ring: KeyRing
    links: Links
    settings: SignUpSettings
    #: By kind of address.
    ways: Mapping[str, Way]
    render: Render
    bell: Bell
    now: Callable[[], datetime]
    #: Who writes the confirmations, as residents know the service.
    service: str
    #: What is known beforehand of channels of short messages, by name.
    rules: Mapping[str, ShortMessages] = field(default_factory=dict)
    #: None = nobody can sign up by a scan.
    codes: Codes | None = None

    @property
    def questions(self) -> Questions:
        """The sums of the page."""
        return Questions(self.ring.derive("sign-up questions"))

    async def begin(self, request: Request) -> str:
        """Keep it and send the confirmation; the token of the page that says so, and takes the code.

        Raises NotTakenError. Whether somebody has an address already, refused or was erased: all look the same.
        """
        at = self.now()
        value = self._address(request)
        way = self.ways[request.kind]
        if request.beside is None:
            self._judge(request, at)
        expires = at + confirmation.GOOD_FOR[request.kind]
        words = self.words(way, expires)
        if found := self.objections(way, words):
            _log.error("confirmation would not be taken", channel=way.channel, problem=found[0])
            raise NotTakenError(Reason.UNFIT)
        async with self.database.write() as connection:
            may_send = await self._may_send(connection, request, value, at)
            number = await sign_up.add(
                connection,
                self.ring,
                request.kind,
                value,
                choices=request.choices,
                words=request.words,
                at=at,
                expires=expires,
                state=State.WAITING if may_send else State.WITHHELD,
                beside=request.beside,
            )
            if may_send:
                await confirmation.queue(
                    connection, words, number, channel=way.channel, kind=request.kind, at=at, expires=expires
                )
                await self.database.notify(connection, f"{way.channel} {Lane.PERSONAL}")
        if may_send:
            self.bell.ring(way.channel, Lane.PERSONAL)
        _log.info("sign-up", sign_up=number, kind=request.kind, sent=may_send)
        return self.links.sign_waiting(number)

    async def begin_scan(self, request: Request) -> str:
        """Keep it and have a code made whose scanner it will belong to; the token of the page that shows the code.

        Raises NotTakenError. What it costs is counted first: a question is used up by a code, but not by a failure.
        """
        assert self.codes is not None
        at, scene = self.now(), sign_up.new_scene()
        good_for = confirmation.GOOD_FOR[request.kind]
        self._judge(request, at)
        async with self.database.write() as connection:
            await self._count_line(connection, request, at)
            await self._count_channel(connection, self.codes.channel, at)
        try:
            code = await self.codes.make(scene, int(good_for.total_seconds()))
        except SendError as failure:
            _log.error("no code to scan", channel=self.codes.channel, problem=str(failure))
            raise NotTakenError(Reason.NO_CODE) from None
        async with self.database.write() as connection:
            await self._use_question(connection, request, at)
            number = await sign_up.add_scan(
                connection,
                self.ring,
                request.kind,
                scene,
                code,
                choices=request.choices,
                words=request.words,
                at=at,
                expires=at + good_for,
            )
        _log.info("sign-up", sign_up=number, kind=request.kind)
        return self.links.sign_waiting(number)

    async def take_browser(self, request: Request) -> Confirmed:
        """A browser gave its address, and has asked its owner: nothing is left to confirm. Raises NotTakenError."""
        at = self.now()
        value = self._address(request)
        self._judge(request, at)
        async with self.database.write() as connection:
            await self._admit(connection, request, at)
            taken = await sign_up.take_in(
                connection,
                self.ring,
                (request.kind, value),
                request.choices,
                origin=Origin(SOURCE, at, words=request.words),
            )
        _log.info("browser signed up", subscriber=taken.person)
        return Confirmed(self.links.sign_unsubscribe(taken.address_id), request.choices)

    def words(self, way: Way, expires: datetime) -> Message:
        """The confirmation as it goes out over a channel. Raises TemplateError."""
        return self.render(
            way.form,
            confirmation.notice(self.service),
            folder=sign_up.CONFIRMATION,
            lane=Lane.PERSONAL,
            expires=expires,
            columns=frozenset(),
            may_leave=False,
        )

    def objections(self, way: Way, words: Message) -> Sequence[str]:
        """Why the channel would not take it, as far as that is known beforehand."""
        return objections(self.rules[way.channel], words) if way.channel in self.rules else ()

    async def waiting(self, token: str) -> SignUp | None:
        """What the page after the form is about; None for a token that is not ours, or over."""
        return await self._found(self.links.read_waiting, token)

    async def offered(self, token: str) -> SignUp | None:
        """What the link of a confirmation is about; None for a token that is not ours, or over."""
        return await self._found(lambda read: self.links.read_confirm(read, at=self.now()), token)

    async def confirm(self, token: str) -> Confirmed | None:
        """The owner pressed the button behind the link; None if nothing waits for it."""
        try:
            number = self.links.read_confirm(token, at=self.now())
        except LinkError:
            return None
        async with self.database.write() as connection:
            return await self._take(connection, number)

    async def try_code(self, token: str, code: str, remote: str) -> Confirmed | None:
        """The owner typed the code; None if it is wrong, or nothing waits for it any more. Raises NotTakenError."""
        try:
            number = self.links.read_waiting(token)
        except LinkError:
            return None
        at = self.now()
        async with self.database.write() as connection:
            who = self.ring.fingerprint("ip", line_of(remote))
            too_many = not await allows(connection, "code", who, [_CODES], at=at)
            sent = None if too_many else await sign_up.proving(connection, number, kinds=confirmation.TYPED, at=at)
            may_try = sent is not None and await sign_up.may_try(connection, sent, at=at)
        if too_many:
            raise NotTakenError(Reason.TOO_MANY)
        if sent is None or not may_try or not self._is_code(code, sent):
            return None
        async with self.database.write() as connection:
            if sent != number:
                # Asked twice within minutes. The code proves whose the address is, and this page holds what its owner
                # was shown; what the other form chose may be a stranger's.
                await sign_up.release(connection, number, instead_of=sent)
            return await self._take(connection, number)

    def _is_code(self, typed: str, number: int) -> bool:
        right = sign_up.code_of(self.ring.derive(confirmation.CODES), number)
        return hmac.compare_digest("".join(typed.split()).encode(), right.encode())

    def _address(self, request: Request) -> str:
        try:
            value = normalise(request.kind, request.address)
        except AddressError as error:
            raise NotTakenError(Reason.ADDRESS, str(error)) from None
        if request.kind == "email" and is_disposable(value, self.settings.disposable):
            raise NotTakenError(Reason.DISPOSABLE)
        if request.kind == "phone" and not value.startswith(self.settings.phones):
            raise NotTakenError(Reason.NO_MOBILE)
        return value

    def _judge(self, request: Request, at: datetime) -> None:
        verdict = self.questions.judge(request.question, request.answer, at)
        if verdict is not Verdict.RIGHT:
            raise NotTakenError(Reason.WRONG_ANSWER if verdict is Verdict.WRONG else Reason.STALE_QUESTION)

    async def _admit(self, connection: AsyncConnection, request: Request, at: datetime) -> None:
        """Count a sign-up of its line, and use up its question. Raises NotTakenError."""
        await self._count_line(connection, request, at)
        await self._use_question(connection, request, at)

    async def _count_line(self, connection: AsyncConnection, request: Request, at: datetime) -> None:
        asker = self.ring.fingerprint("ip", line_of(request.remote))
        if not await allows(connection, "ip", asker, [Limit(self.settings.per_ip_hour, _HOUR)], at=at):
            raise NotTakenError(Reason.TOO_MANY)

    async def _use_question(self, connection: AsyncConnection, request: Request, at: datetime) -> None:
        question = self.ring.fingerprint("question", request.question)
        once = [Limit(1, _DAY)]
        if request.beside is None and not await allows(connection, "question", question, once, at=at):
            raise NotTakenError(Reason.STALE_QUESTION)

    async def _may_send(self, connection: AsyncConnection, request: Request, value: str, at: datetime) -> bool:
        """Whether this address may get another confirmation. Raises NotTakenError for what is not the address's."""
        settings = self.settings
        await self._admit(connection, request, at)
        reader = self.ring.fingerprint("reader", reader_of(request.kind, value))
        often = [
            Limit(1, timedelta(minutes=settings.again_minutes)),
            Limit(settings.per_address_day, _DAY),
            Limit(_DAYS_A_WEEK * settings.per_address_day, LONGEST),
        ]
        if await consent.reasons(connection, [key_of(self.ring, request.kind, value)]):
            often += _CLOSED
        if not await allows(connection, "address", reader, often, at=at):
            return False
        await self._count_channel(connection, self.ways[request.kind].channel, at)
        return True

    async def _count_channel(self, connection: AsyncConnection, channel: str, at: datetime) -> None:
        most = [Limit(self.settings.per_channel_day, _DAY)]
        if not await allows(connection, "channel", self.ring.fingerprint("channel", channel), most, at=at):
            _log.warning("no more confirmations today", channel=channel)
            raise NotTakenError(Reason.EXHAUSTED)

    async def _found(self, read: Callable[[str], int], token: str) -> SignUp | None:
        try:
            number = read(token)
        except LinkError:
            return None
        async with self.database.read() as connection:
            return await sign_up.find(connection, self.ring, number, at=self.now())

    async def _take(self, connection: AsyncConnection, number: int) -> Confirmed | None:
        at = self.now()
        asked = await sign_up.find(connection, self.ring, number, at=at)
        taken = await sign_up.take(connection, self.ring, number, source=SOURCE, at=at)
        if asked is None or taken is None:
            return None
        _log.info("sign-up confirmed", sign_up=number, subscriber=taken.person)
        return Confirmed(self.links.sign_unsubscribe(taken.address_id), asked.choices)
