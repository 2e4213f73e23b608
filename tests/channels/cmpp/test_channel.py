"""The channel beside a stand-in gateway: what it sends, what it hears, and how it keeps its connections."""

import asyncio
from datetime import UTC, datetime

import pytest
import uvloop

from channels.channel import Listening
from channels.failure import TechnicalFailure, TemporaryFailure
from channels.limits import Limits
from channels.message import Lane, Message
from channels.paced import Paced
from channels.receipt import Inbound, Outcome, Receipt
from pusher.demo.standins.cmpp import CmppStandIn, running
from pusher.demo.standins.script import Fault
from tests.support.carrier import hearing_of, message, to, until
from tests.support.cmpp import channel_at
from tests.support.gateways import Gateway
from tests.support.passing import let_pass

_LONG = "请注意：" + "停水通知" * 40


async def _connected(gateway: CmppStandIn, times: int) -> None:
    """Wait until the channel has logged in so many times."""
    await until(gateway, lambda: gateway.counts["connect"] == times and bool(gateway.lines))


@pytest.mark.parametrize("version", ["2.0", "3.0"])
@pytest.mark.parametrize("size", [60, 71])
async def test_a_report_of_either_length_leads_to_its_delivery(version: str, size: int) -> None:
    gateway = CmppStandIn(report_after=0.0, report_size=size)
    async with running(gateway) as port, channel_at(port, version) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        await _connected(gateway, 1)
        sent = await channel.send(message("停水"), to(), key="k")
        told = await hearing
        assert (sent.outcome, told.outcome, told.code) == (Outcome.SENT, Outcome.DELIVERED, "DELIVRD")
        assert sent.provider_id == told.provider_id
        assert gateway.counts["violation"] == gateway.counts["not acknowledged"] == 0


@pytest.mark.parametrize("version", ["2.0", "3.0"])
@pytest.mark.parametrize("encoding", ["ucs2", "gb18030"])
async def test_a_long_message_arrives_whole_and_is_reported_once(
    gateway: CmppStandIn, port: int, version: str, encoding: str
) -> None:
    async with channel_at(port, version, encoding=encoding, sign="某区政府") as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.receipt())
        await _connected(gateway, 1)
        sent = await channel.send(message(_LONG), to(), key="k")
        told = await hearing
        assert [each.text for each in gateway.inbox.all()] == [f"【某区政府】{_LONG}"]
        assert (told.key, told.provider_id, told.outcome) == ("k", sent.provider_id, Outcome.DELIVERED)
        assert await ear.rest() == []


async def test_a_part_that_meets_flow_control_is_sent_again(gateway: CmppStandIn, port: int) -> None:
    gateway.script.next.extend([Fault(), Fault(code="8")])
    async with channel_at(port) as channel:
        await channel.send(message(_LONG), to(), key="k")
    assert [each.text for each in gateway.inbox.all()] == [_LONG]
    assert gateway.counts["refused 8"] == 1


async def test_a_text_of_too_many_parts_is_refused_before_it_costs(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port, max_parts=2) as channel:
        with pytest.raises(TechnicalFailure, match="take 3 messages"):
            await channel.send(message(_LONG), to(), key="k")
    assert not gateway.counts["submit"]


async def test_a_message_without_text_is_refused(port: int) -> None:
    async with channel_at(port) as channel:
        with pytest.raises(TechnicalFailure, match='no part "text"'):
            await channel.send(Message("b1-sms", Lane.ROUTINE, "default", {}), to(), key="k")


async def test_the_gateway_is_told_how_long_a_message_is_of_use(gateway: CmppStandIn, port: int) -> None:
    words = Message("b1", Lane.ROUTINE, "default", {"text": "停水"}, expires=datetime(2026, 11, 22, 12, 30, tzinfo=UTC))
    async with channel_at(port, tell_expiry=True) as channel:
        await channel.send(words, to(), key="k")
    assert gateway.counts["violation"] == 0


async def test_what_people_write_is_heard(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.said())
        await _connected(gateway, 1)
        await channel.send(message("停水"), to(), key="k")
        gateway.write("13800000009", "td")
        await hearing
        said = await ear.said()
        assert isinstance(said, Inbound)
        assert (said.act, said.text, said.address) == ("stop", "td", "+8613800000009")


async def test_of_a_gateway_that_numbers_nothing_everybody_is_heard_and_no_report_ends_another_s_message() -> None:
    gateway = CmppStandIn(report_after=0.0, numbers=False)
    async with running(gateway) as port, channel_at(port) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.said())
        await _connected(gateway, 1)
        sent = [await channel.send(message(words), to(number), key=f"k{number}") for number, words in enumerate("停通")]
        assert [receipt.provider_id for receipt in sent] == [None, None]
        gateway.write("13800000001", "td")
        gateway.write("13800000002", "td")
        told = [await hearing, *[await ear.said() for _ in range(3)]]
    assert {each.provider_id for each in told if isinstance(each, Receipt)} == {""}
    assert [each.event_id for each in told if isinstance(each, Inbound)] == ["", ""]


async def test_while_nobody_listens_the_gateway_keeps_its_reports(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port) as channel:
        sent = await channel.send(message("停水"), to(), key="k")
        await until(gateway, lambda: gateway.counts["not acknowledged"] > 0)
        async with hearing_of(channel) as ear:
            assert (await ear.receipt()).provider_id == sent.provider_id


async def test_a_lost_connection_is_opened_again(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port) as channel, hearing_of(channel) as ear:
        hearing = asyncio.create_task(ear.said())
        for number in (1, 2, 3):
            await _connected(gateway, number)
            if number < 3:
                gateway.lines[0].transport.abort()
        gateway.write("13800000009", "收到")
        assert isinstance(await hearing, Inbound)


async def test_both_sides_test_the_connection(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port, idle=0.05, answer_within=0.05) as channel:
        await channel.send(message("停水"), to(), key="k")
        gateway.lines[0].ask(8)
        await until(gateway, lambda: gateway.counts["answer"] == 1 and gateway.counts["active_test"] > 1)
        assert gateway.counts["violation"] == gateway.counts["hung up"] == 0


async def test_a_gateway_without_a_sign_of_life_is_left(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port, idle=0.02, answer_within=0.02, tries=3) as channel:
        gateway.report_after = None
        await channel.send(message("停水"), to(), key="k")
        gateway.script.always = Fault(line="silence")
        await until(gateway, lambda: gateway.counts["hung up"] == 1)
        assert gateway.counts["active_test"] >= 3


async def test_leave_is_taken_on_both_sides(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        gateway.lines[0].ask(2)
        await until(gateway, lambda: gateway.counts["hung up"] == 1)
        await channel.send(message("停水"), to(), key="k")
    assert (gateway.counts["answer"], gateway.counts["terminate"]) == (1, 1)


async def test_octets_that_are_no_frame_end_the_connection_only(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port) as channel:
        await channel.send(message("停水"), to(), key="k")
        gateway.lines[0].transport.write(b"\xff" * 20)
        await until(gateway, lambda: gateway.counts["hung up"] == 1)
        await channel.send(message("停水"), to(2), key="l")


async def test_a_malformed_deliver_is_sent_back_and_nothing_more(gateway: CmppStandIn, port: int) -> None:
    async with channel_at(port) as channel:
        gateway.report_after = None
        await channel.send(message("停水"), to(), key="k")
        gateway.lines[0].ask(5, b"no deliver")
        await until(gateway, lambda: gateway.counts["not acknowledged"] == 1)
        assert gateway.counts["hung up"] == 0


async def test_a_wrong_secret_is_our_fault(port: int) -> None:
    async with channel_at(port, secret="wrong") as channel:
        with pytest.raises(TechnicalFailure, match="does not accept the secret"):
            await channel.send(message("停水"), to(), key="k")


async def test_a_full_window_of_lost_answers_is_given_up(gateway: CmppStandIn, port: int) -> None:
    gateway.script.always = Fault(line="silence")
    async with channel_at(port, window=2, timeout=5.0) as channel:
        sends = [asyncio.create_task(channel.send(message("停水"), to(number), key="k")) for number in (1, 2)]
        await until(gateway, lambda: gateway.counts["submit"] == 2)
        let_pass(5.0)
        ended = await asyncio.gather(*sends, return_exceptions=True)
        assert [isinstance(end, TemporaryFailure) and end.in_doubt for end in ended] == [True, True]
        gateway.script.clear()
        await until(gateway, lambda: gateway.counts["hung up"] == 1)


async def test_it_runs_on_the_loop_of_the_service() -> None:
    async def once() -> int:
        gateway = CmppStandIn(report_after=None)
        async with running(gateway) as port, channel_at(port) as channel:
            await channel.send(message("停水"), to(), key="k")
        return gateway.counts["submit"]

    def run() -> int:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(once())

    assert await asyncio.to_thread(run) == 1


async def test_a_paced_channel_is_heard_as_well(port: int) -> None:
    async with channel_at(port) as channel:
        limits = Limits(per_second=100)
        assert isinstance(Paced(channel, limits, now=lambda: datetime.now(UTC)), Listening)
        assert not isinstance(Paced(Gateway(), limits, now=lambda: datetime.now(UTC)), Listening)
