"""What every channel keeps to, whatever its provider: one suite that runs over a small rig for each.

A rig is a channel built from its own settings, beside a counterparty that answers over a real socket on loopback and
can be told to make trouble. Rigs live in `tests/channels/rigs/*.py`, each of which has a table `RIGS` (name → maker).
"""

import asyncio
import logging
import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from channels.channel import Bulk, Channel, Kind, Listening, Reporting
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from tests.support.passing import let_pass

#: Seconds that a send has: so many that a busy machine never decides what a test says.
PATIENCE = 60.0

#: A personal value that may show nowhere but in the message itself.
NAME = "欧阳某某"

#: A slot value that tries to leave its place on any wire: headers, SMTP, HTML, JSON, URLs, XML, slot marks.
HOSTILE = '"><script>\r\nBcc: evil@evil.example\r\n.\r\nQUIT\r\n\\u0022}],]]>&amp;%0a{{1}}\ue000name\ue001\x00'


class Trouble(StrEnum):
    """What a counterparty can be told to do with the next sends. A refusal echoes the address that it was given."""

    #: It asks to come back later (SMTP 451, HTTP 429, a throttling code).
    LATER = "later"
    #: It says that the address is dead.
    GONE = "gone"
    #: It refuses us (password, signature, template, balance).
    REFUSED = "refused"
    #: It hangs up before it has been given the whole message.
    DROPPED = "dropped"
    #: It takes the whole message and hangs up without a word.
    LOST = "lost"
    #: It takes the whole message and answers with a page that is no answer of its own.
    ODD = "odd"
    #: It takes the whole message, and its answer lacks what every good one has.
    BLANK = "blank"
    #: It takes the whole message and never answers.
    SILENT = "silent"
    #: It is not there at all.
    DOWN = "down"


#: The failure that each trouble is, and whether the message may have gone out.
MEANING: Mapping[Trouble, tuple[type[SendError], bool]] = {
    Trouble.LATER: (TemporaryFailure, False),
    Trouble.GONE: (PermanentFailure, False),
    Trouble.REFUSED: (TechnicalFailure, False),
    Trouble.DROPPED: (TemporaryFailure, False),
    Trouble.LOST: (TemporaryFailure, True),
    Trouble.ODD: (TechnicalFailure, True),
    Trouble.BLANK: (TechnicalFailure, True),
    Trouble.SILENT: (TemporaryFailure, True),
    Trouble.DOWN: (TemporaryFailure, False),
}


@dataclass(frozen=True)
class Taken:
    """One delivery as the counterparty took it, read back with its own means (not with the channel's code)."""

    to: str
    #: What the receiver reads, by part.
    words: Mapping[str, str]
    #: By what a repetition can be told (Message-ID, client_msg_id, OutId); "" where the wire has no place for it.
    mark: str = ""
    #: What must not depend on slot values: names of headers, keys of objects, number of parts.
    shape: object = None


@dataclass
class Rig:
    """A channel and its counterparty."""

    kind: Kind[Any]
    settings: BaseModel
    channel: Channel
    #: With a slot `name` in its words.
    message: Message
    #: The n-th valid address.
    address: Callable[[int], str]
    #: What the receiver reads (`Taken.words`) when the slot `name` holds this value.
    expected: Callable[[str], Mapping[str, str]]
    #: Makes the counterparty behave so from the next send on; None = well again.
    make: Callable[[Trouble | None], Awaitable[None]]
    #: Which of the troubles this counterparty can make.
    troubles: frozenset[Trouble]
    #: What it has taken so far, in order; read anew each time.
    taken: Iterable[Taken] = field(default_factory=list)
    #: Set while the counterparty holds an answer back (`Trouble.SILENT`).
    holding: asyncio.Event = field(default_factory=asyncio.Event)
    #: Passwords and keys of `settings`.
    secrets: Sequence[str] = ()
    #: What a good send is.
    outcome: Outcome = Outcome.SENT
    #: The provider recognises a repeated key, so a lost answer leaves nothing in doubt.
    recognises_repeats: bool = False

    @property
    def quick_troubles(self) -> Sequence[Trouble]:
        """The troubles that show at once; silence shows only when time is out."""
        return sorted(self.troubles - {Trouble.SILENT})

    def to(self, number: int, name: str = NAME) -> Address:
        """The n-th address, with its slots filled."""
        return Address(id=number, value=self.address(number), slots={"name": name})

    async def send(self, number: int = 1, name: str = NAME) -> Receipt:
        """Send the message to the n-th address under its key."""
        return await self.channel.send(self.message, self.to(number, name), key=f"delivery-{number}")

    async def failure(self, number: int = 1) -> SendError:
        """The failure of a send that must fail."""
        with pytest.raises(SendError) as raised:
            await self.send(number)
        return raised.value


#: Makes a rig whose channel gives a send so many seconds.
Maker = Callable[[float], AbstractAsyncContextManager[Rig]]


class ChannelContract:
    """The suite. A subclass provides the fixture `rig`, whose sends time out after `PATIENCE`."""

    async def test_a_good_send_reaches_its_address_with_its_words(self, rig: Rig) -> None:
        receipt = await rig.send()
        assert receipt.outcome is rig.outcome
        assert [(taken.to, dict(taken.words)) for taken in rig.taken] == [(rig.address(1), rig.expected(NAME))]

    async def test_each_trouble_is_its_own_failure_and_passes_by(self, rig: Rig) -> None:
        for trouble in rig.quick_troubles:
            await rig.make(trouble)
            _means(rig, await rig.failure(), trouble)
            await rig.channel.close()
            await rig.make(None)
            assert (await rig.send(2)).outcome is rig.outcome

    async def test_trouble_on_a_line_that_is_in_use_is_the_same_failure(self, rig: Rig) -> None:
        for trouble in rig.quick_troubles:
            await rig.make(None)
            await rig.send()
            await rig.make(trouble)
            _means(rig, await rig.failure(), trouble)

    async def test_silence_ends_in_a_time_out_and_passes_by(self, rig: Rig) -> None:
        _can_be_silent(rig)
        await rig.send(2)
        await rig.make(Trouble.SILENT)
        sending = asyncio.create_task(rig.failure())
        await rig.holding.wait()
        let_pass(PATIENCE)
        _means(rig, await sending, Trouble.SILENT)
        await rig.make(None)
        assert (await rig.send(3)).outcome is rig.outcome

    async def test_a_repeated_key_bears_the_same_mark_and_another_key_another(self, rig: Rig) -> None:
        for number in (1, 1, 2):
            await rig.send(number)
        first, again, other = (taken.mark for taken in rig.taken)
        assert first == again
        assert not first or other != first

    async def test_many_sends_at_once_all_arrive_once(self, rig: Rig) -> None:
        numbers = range(1, 3 * rig.channel.concurrency + 1)
        receipts = await asyncio.gather(*(rig.send(number) for number in numbers))
        assert {receipt.outcome for receipt in receipts} == {rig.outcome}
        assert Counter(taken.to for taken in rig.taken) == Counter(rig.address(number) for number in numbers)

    async def test_a_cancelled_send_leaves_the_channel_well(self, rig: Rig) -> None:
        _can_be_silent(rig)
        await rig.make(Trouble.SILENT)
        sending = [asyncio.create_task(rig.send(number)) for number in range(1, rig.channel.concurrency + 3)]
        await rig.holding.wait()
        for task in sending:
            task.cancel()
        ended = await asyncio.gather(*sending, return_exceptions=True)
        assert {type(end) for end in ended} == {asyncio.CancelledError}
        await rig.make(None)
        assert (await rig.send(99)).outcome is rig.outcome

    async def test_closing_twice_is_closing_once_and_a_later_send_opens_again(self, rig: Rig) -> None:
        await rig.channel.close()
        await rig.send(1)
        await rig.channel.close()
        await rig.channel.close()
        assert (await rig.send(2)).outcome is rig.outcome

    async def test_nothing_personal_or_secret_shows(
        self, rig: Rig, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        shown = [repr(rig.settings), str(rig.settings), repr(rig.channel), str(rig.channel), repr(await rig.send())]
        for trouble in rig.quick_troubles:
            await rig.make(trouble)
            shown.extend(_words_of(await rig.failure()))
        shown.extend([*_logged(caplog), *capsys.readouterr()])
        private = [NAME, *rig.secrets, *(word for word in _tellings(rig.address(1)))]
        assert [word for word in private for text in shown if word.casefold() in text.casefold()] == []

    async def test_hostile_words_stay_in_their_place(self, rig: Rig) -> None:
        await rig.send(1)
        await rig.send(2, HOSTILE)
        await rig.send(3)
        tame, hostile, after = rig.taken
        assert hostile.to == rig.address(2)
        assert hostile.shape == tame.shape == after.shape
        assert dict(hostile.words) == dict(rig.expected(HOSTILE))

    async def test_every_lane_is_served(self, rig: Rig) -> None:
        for number, lane in enumerate(Lane, start=1):
            parts = rig.message
            message = Message(f"lane-{lane}", lane, parts.template, parts.parts, parts.fields)
            receipt = await rig.channel.send(message, rig.to(number), key=f"lane-{number}")
            assert receipt.outcome is rig.outcome

    async def test_its_kind_says_what_it_can(self, rig: Rig) -> None:
        assert rig.kind.bulk == isinstance(rig.channel, Bulk)
        assert (rig.kind.receipts or rig.kind.inbound) == isinstance(rig.channel, (Reporting, Listening))
        assert rig.kind.summary
        assert isinstance(rig.settings, rig.kind.settings)

    async def test_an_unknown_setting_names_itself(self, rig: Rig) -> None:
        given = rig.settings.model_dump(exclude_unset=True)
        with pytest.raises(ValidationError, match="colour_of_the_line"):
            rig.kind.settings.model_validate({**given, "colour_of_the_line": "red"})

    async def test_many_at_once_have_an_answer_each_in_their_order(self, rig: Rig) -> None:
        bulk = _bulk(rig)
        to = [rig.to(number) for number in range(1, 4)]
        keys = [f"delivery-{number}" for number in range(1, 4)]
        answers = await bulk.send_many(rig.message, to, keys=keys)
        assert [isinstance(answer, Receipt) and answer.outcome for answer in answers] == [rig.outcome] * 3
        assert sorted(taken.to for taken in rig.taken) == [address.value for address in to]

    async def test_many_at_once_fail_without_an_exception(self, rig: Rig) -> None:
        bulk = _bulk(rig)
        to = [rig.to(number) for number in range(1, 4)]
        for trouble in rig.quick_troubles:
            await rig.make(trouble)
            answers = await bulk.send_many(rig.message, to, keys=["a", "b", "c"])
            assert len(answers) == 3
            for answer in answers:
                assert isinstance(answer, SendError)
                _means(rig, answer, trouble)


def _can_be_silent(rig: Rig) -> None:
    if Trouble.SILENT not in rig.troubles:
        pytest.skip(f"the counterparty of {rig.kind.name} cannot be silent")


def _bulk(rig: Rig) -> Bulk:
    if not isinstance(rig.channel, Bulk):
        pytest.skip(f"{rig.kind.name} sends one at a time")
    return rig.channel


def _means(rig: Rig, failure: SendError, trouble: Trouble) -> None:
    """The failure is the one that this trouble means, and says in words what happened."""
    kind, in_doubt = MEANING[trouble]
    assert isinstance(failure, kind), trouble
    assert failure.in_doubt == (in_doubt and not rig.recognises_repeats), trouble
    assert failure.detail, trouble


def _words_of(error: BaseException) -> Iterator[str]:
    """Everything that a log or a report could print of an error and of what it hangs on."""
    yield "".join(traceback.format_exception(error))
    seen: BaseException | None = error
    while seen is not None:
        yield str(seen)
        yield repr(seen)
        yield repr(vars(seen))
        seen = seen.__cause__ or seen.__context__


def _logged(caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """What our side and its libraries logged; the counterparty may log what it likes."""
    theirs = ("mail.", "aiohttp.access", "aiohttp.server", "aiohttp.web")
    formatter = logging.Formatter()
    for record in caplog.records:
        if not record.name.startswith(theirs):
            yield formatter.format(record)


def _tellings(address: str) -> Iterator[str]:
    """The address and what is left of it when a provider shortens it."""
    if address:
        yield address
        yield address.partition("@")[0]
        yield address.removeprefix("+86")
