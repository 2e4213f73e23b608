"""The channel beside a stand-in centre: what it sends, what it hears, and how it keeps its connections."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Outcome
from pusher.demo.standins.script import Fault
from pusher.demo.standins.smpp import SmppStandIn, running
from pusher.demo.standins.smpp_bodies import Form, brought
from pusher.demo.standins.smpp_check import Account
from tests.support.carrier import hearing_of, message, to, until
from tests.support.certificates import certificate
from tests.support.passing import let_pass
from tests.support.smpp import channel_at, settings_at

_LONG = "请注意：" + "停水通知😀" * 40
_NUMBER = "8613800000001"


async def _bound(centre: SmppStandIn, times: int) -> None:
    """Wait until the channel has logged in so many times."""
    await until(centre, lambda: centre.counts["bind"] == times and bool(centre.lines))


@pytest.mark.parametrize("form", ["both", "options", "words"])
@pytest.mark.parametrize("mode", ["transceiver", "pair"])
async def test_a_receipt_of_any_form_leads_to_its_delivery(form: Form, mode: str) -> None:
    centre = SmppStandIn(report_after=0.0, form=form)
    async with running(centre) as port, channel_at(port, mode=mode) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        # The ear of a pair is a connection of its own.
        await _bound(centre, 2 if mode == "pair" else 1)
        sent = await channel.send(message("停水"), to(), key="k")
        told = await hearing
        assert (sent.outcome, told.outcome, told.code) == (Outcome.SENT, Outcome.DELIVERED, "DELIVRD")
        assert sent.provider_id == told.provider_id
    assert centre.counts["violation"] == centre.counts["put off"] == centre.counts["rejected"] == 0


async def test_a_long_message_arrives_whole_and_is_reported_once(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port, sign="某区政府") as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        await _bound(centre, 1)
        sent = await channel.send(message(_LONG), to(), key="k")
        told = await hearing
        assert [(each.to, each.text) for each in centre.inbox.all()] == [(_NUMBER, f"【某区政府】{_LONG}")]
        assert (told.key, told.provider_id, told.outcome) == ("k", sent.provider_id, Outcome.DELIVERED)
        assert centre.counts["submit"] > 3
        assert await ear.rest() == []


async def test_a_number_that_nobody_has_is_closed_by_its_receipt(centre: SmppStandIn, port: int) -> None:
    centre.script.ends[_NUMBER] = "UNDELIV:001"
    async with channel_at(port) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        await _bound(centre, 1)
        await channel.send(message("停水"), to(), key="k")
        told = await hearing
        assert (told.outcome, told.detail) == (Outcome.PERMANENT, "nobody has this number")


async def test_numbers_that_the_centre_writes_in_two_ways_meet() -> None:
    centre = SmppStandIn(report_after=None)
    async with running(centre) as port, channel_at(port, number_in_answer="hex") as channel:
        sent = await channel.send(message("停水"), to(), key="k")
        assert sent.provider_id == str(0xA0000001)


@pytest.mark.parametrize("status", ["0x58", "0x14"])
async def test_a_part_that_meets_throttling_is_sent_again(centre: SmppStandIn, port: int, status: str) -> None:
    centre.script.next.extend([Fault(), Fault(code=status)])
    async with channel_at(port) as channel:
        await channel.send(message("停水" * 40), to(), key="k")
    assert [each.text for each in centre.inbox.all()] == ["停水" * 40]
    assert centre.counts[f"refused {status}"] == 1


async def test_a_text_of_too_many_parts_is_refused_before_it_costs(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port, max_parts=2) as channel:
        with pytest.raises(TechnicalFailure, match="more than max_parts"):
            await channel.send(message(_LONG), to(), key="k")
    assert not centre.counts["submit"]


async def test_the_centre_is_told_how_long_a_message_is_of_use_and_that_it_warns(
    centre: SmppStandIn, port: int
) -> None:
    words = Message("b1", Lane.WARNING, "default", {"text": "停水"}, expires=datetime(2026, 11, 22, 12, 30, tzinfo=UTC))
    async with channel_at(port, tell_expiry=True, warning_priority=2) as channel:
        await channel.send(words, to(), key="k")
    assert centre.counts["violation"] == 0


@pytest.mark.parametrize(
    ("address", "country_code", "number"),
    [
        ("+8613800000001", True, _NUMBER),
        ("13800000001", True, _NUMBER),
        ("+8613800000001", False, "13800000001"),
        # Eleven digits with a country code are somebody abroad.
        ("+12025550123", True, "12025550123"),
        ("+85291234567", True, "85291234567"),
    ],
)
async def test_a_number_goes_out_as_the_account_wants_it(address: str, number: str, *, country_code: bool) -> None:
    centre = SmppStandIn(report_after=None)
    ton = 1 if country_code and len(number) > 11 else 2
    async with running(centre) as port, channel_at(port, country_code=country_code, dest_ton=ton) as channel:
        await channel.send(message("停水"), Address(1, address), key="k")
    assert [each.to for each in centre.inbox.all()] == [number]


@pytest.mark.parametrize("address", ["zhang@example.cn", "+86x", "", "+", "+861380000000100000"])
async def test_what_is_no_number_is_refused(port: int, address: str) -> None:
    async with channel_at(port) as channel:
        with pytest.raises(PermanentFailure):
            await channel.send(message("停水"), Address(1, address), key="k")


async def test_what_people_write_is_heard_also_in_pieces(centre: SmppStandIn, port: int) -> None:
    centre.report_after = None
    async with channel_at(port) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.inbound())
        await channel.send(message("停水"), to(), key="k")
        centre.write("13800000009", "退订")
        said = await hearing
        assert (said.act, said.text, said.address) == ("stop", "退订", "+8613800000009")
        centre.write("8613800000009", _LONG)
        said = await ear.inbound()
        assert (said.act, said.text, said.address) == ("text", _LONG, "+8613800000009")


async def test_a_piece_without_the_others_is_told_at_the_end(centre: SmppStandIn, port: int) -> None:
    centre.report_after = None
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        ear_is_open = asyncio.Event()

        async def told() -> list[str]:
            async with hearing_of(channel) as ear:
                ear_is_open.set()
                hearing = asyncio.create_task(ear.inbound())
                await until(centre, lambda: centre.counts["acknowledged"] == 1)
                ear.stopping.set()
                return [(await hearing).text]

        telling = asyncio.create_task(told())
        await ear_is_open.wait()
        piece = b"\x05\x00\x03\x07\x02\x01" + "退订".encode("utf-16-be")
        centre.lines[0].deliver(brought("13800000009", "106900001", 0x40, 8, piece))
        assert await telling == ["退订"]


async def test_while_nobody_listens_the_centre_keeps_its_receipts(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port) as channel:
        sent = await channel.send(message("停水"), to(), key="k")
        await until(centre, lambda: centre.counts["put off"] > 0)
        async with hearing_of(channel) as ear:
            assert (await ear.receipt()).provider_id == sent.provider_id


async def test_a_lost_connection_is_opened_again(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.inbound())
        for number in (1, 2, 3):
            await _bound(centre, number)
            if number < 3:
                centre.lines[0].transport.abort()
        await until(centre, lambda: bool(centre.lines[0].mode))
        centre.write("13800000009", "收到")
        assert (await hearing).text == "收到"


async def test_both_sides_ask_for_signs_of_life(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port, idle=0.05, answer_within=0.2) as channel:
        centre.report_after = None
        await channel.send(message("停水"), to(), key="k")
        centre.lines[0].ask(0x15)
        await until(centre, lambda: centre.counts["answer"] == 1 and centre.counts["enquire_link"] > 1)
        assert centre.counts["violation"] == centre.counts["hung up"] == 0


async def test_a_centre_without_a_sign_of_life_is_left(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port, idle=0.02, answer_within=0.1, tries=3) as channel:
        centre.report_after = None
        await channel.send(message("停水"), to(), key="k")
        centre.script.always = Fault(line="silence")
        await until(centre, lambda: centre.counts["hung up"] == 1)
        assert centre.counts["enquire_link"] >= 3


async def test_leave_is_taken_on_both_sides(centre: SmppStandIn, port: int) -> None:
    centre.report_after = None
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        centre.lines[0].ask(0x06)
        await until(centre, lambda: centre.counts["hung up"] == 1)
        await channel.send(message("停水"), to(), key="k")
    assert (centre.counts["answer"], centre.counts["unbind"]) == (1, 1)


async def test_what_only_a_centre_does_is_refused_and_nothing_more(centre: SmppStandIn, port: int) -> None:
    centre.report_after = None
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        centre.lines[0].send(0x04, 77, b"\0" * 17)
        await until(centre, lambda: centre.counts["nack"] == 1)
        # An alert and an outbind want no answer.
        centre.lines[0].send(0x102, 78, b"\0" * 6)
        centre.lines[0].send(0x0B, 79, b"gov\0x\0")
        await channel.send(message("停水"), to(2), key="l")
    assert centre.counts["nack"] == 1


async def test_a_malformed_receipt_is_sent_back_and_nothing_more(centre: SmppStandIn, port: int) -> None:
    centre.report_after = None
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        centre.lines[0].deliver(b"no deliver_sm")
        await until(centre, lambda: centre.counts["rejected"] == 1)
    assert centre.counts["violation"] == 0


async def test_octets_that_are_no_frame_end_the_connection_only(centre: SmppStandIn, port: int) -> None:
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        centre.lines[0].transport.write(b"\xff" * 20)
        await until(centre, lambda: centre.counts["hung up"] == 1)
        await channel.send(message("停水"), to(2), key="l")


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"password": "wrong"}, "does not accept the password"), ({"system_id": "other"}, "does not know us")],
)
async def test_a_refused_login_is_our_fault(port: int, settings: dict[str, str], words: str) -> None:
    async with channel_at(port, **settings) as channel:
        with pytest.raises(TechnicalFailure, match=words):
            await channel.send(message("停水"), to(), key="k")


async def test_a_password_that_fits_no_frame_is_our_fault_and_not_shown(port: int) -> None:
    async with channel_at(port, password="密码" * 40) as channel:
        with pytest.raises(TechnicalFailure, match="password does not fit") as raised:
            await channel.send(message("停水"), to(), key="k")
    assert "密码" not in str(raised.value)


async def test_a_full_window_of_lost_answers_is_given_up(centre: SmppStandIn, port: int) -> None:
    centre.script.always = Fault(line="silence")
    async with channel_at(port, window=2, timeout=5.0) as channel:
        sends = [asyncio.create_task(channel.send(message("停水"), to(number), key="k")) for number in (1, 2)]
        await until(centre, lambda: centre.counts["submit"] == 2)
        let_pass(5.0)
        ended = await asyncio.gather(*sends, return_exceptions=True)
        assert [isinstance(end, TemporaryFailure) and end.in_doubt for end in ended] == [True, True]
        centre.script.clear()
        await until(centre, lambda: centre.counts["hung up"] == 1)


async def test_the_window_is_kept_full_and_never_exceeded() -> None:
    centre = SmppStandIn(Account(window=4), report_after=None)
    async with running(centre) as port, channel_at(port, window=4, connections=3) as channel:
        assert channel.concurrency == 12
        await asyncio.gather(*(channel.send(message("停水"), to(number), key="k") for number in range(200)))
    assert (centre.counts["submit"], centre.counts["bind"], centre.counts["violation"]) == (200, 3, 0)


async def test_a_protected_line_carries_the_same(centre: SmppStandIn, tmp_path: Path) -> None:
    shown = certificate(tmp_path)
    centre.report_after = None
    async with running(centre, tls=shown.server) as port:
        async with channel_at(port, security="tls", authorities=shown.path) as channel:
            await channel.send(message(_LONG), to(), key="k")
        assert [each.text for each in centre.inbox.all()] == [_LONG]
        async with channel_at(port, security="tls") as channel:
            with pytest.raises(TechnicalFailure, match="certificate is not trusted"):
                await channel.send(message("停水"), to(), key="k")
        async with channel_at(port) as channel:
            with pytest.raises(TemporaryFailure) as raised:
                await channel.send(message("停水"), to(), key="k")
            assert not raised.value.in_doubt


async def test_authorities_that_are_none_are_named(tmp_path: Path) -> None:
    file = tmp_path / "authorities.pem"
    await asyncio.to_thread(file.write_text, "no certificate")
    with pytest.raises(ValueError, match="holds no certificates in PEM"):
        async with channel_at(2775, security="tls", authorities=file):
            pass


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"password": None}, "set password or password_file"),
        ({"statuses": {"401": "dead"}}, "statuses"),
        ({"statuses": {"0x401": "gone"}}, "statuses"),
        ({"sign": "【某区】"}, "without its brackets"),
        ({"authorities": "pyproject.toml"}, "authorities are for"),
        ({"source": "1" * 21}, "source"),
    ],
)
def test_bad_settings_say_what_to_do(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings_at(2775, **settings)
