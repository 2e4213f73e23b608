"""Mass messages: thousands in a request, known again when repeated, and reported once for all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from pydantic import SecretStr

from channels import wechat_mass
from channels.channel import Bulk
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.paced import Paced
from channels.receipt import Outcome, Receipt
from channels.wechat_mass import WeChatMass, WeChatMassSettings, WeChatTagged
from pusher.database import Database
from pusher.deliver import receipts
from pusher.deliver.state import DeliveryState
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import Account, WeChatStandIn
from tests.support.engine import Engine, Hands
from tests.support.outside import outside

WORDS = Message("b1", Lane.ROUTINE, "default", {"title": "停水通知", "text": "明天停水。", "url": ""})
MORNING = datetime(2026, 11, 29, 1, tzinfo=UTC)


@asynccontextmanager
async def _by_tag(followers: set[str], **given: str) -> AsyncIterator[tuple[WeChatStandIn, WeChatTagged]]:
    """A channel to the tag 教育; `followers` are those who want its notices, for as long as the test leaves them."""

    async def wanted(domain: str) -> set[str]:
        return {"教育": followers}[domain]

    platform = WeChatStandIn(Account(keep=20_000))
    async with running(platform) as address, aiohttp.ClientSession() as http:
        settings = WeChatMassSettings.model_validate(
            {
                "appid": platform.account.appid,
                "secret": platform.account.secret,
                "base_url": address,
                "tag": "教育",
                **given,
            }
        )
        given_outside = replace(outside(http), now=lambda: datetime.now(UTC), followers=wanted)
        channel = wechat_mass.KIND.build("all", settings, given_outside)
        assert isinstance(channel, WeChatTagged)
        yield platform, channel


@asynccontextmanager
async def _mass() -> AsyncIterator[tuple[WeChatStandIn, WeChatMass]]:
    platform = WeChatStandIn(Account(keep=20_000))
    async with running(platform) as address, aiohttp.ClientSession() as http:
        given = {"appid": platform.account.appid, "secret": platform.account.secret, "base_url": address}
        settings = WeChatMassSettings.model_validate(given)
        yield platform, WeChatMass(settings, replace(outside(http), now=lambda: datetime.now(UTC)))


def _followers(count: int) -> list[Address]:
    return [Address(number, f"o6_bmjrPTlm6_2sgVt{number:010d}") for number in range(1, count + 1)]


async def test_ten_thousand_share_a_request_and_a_repetition_is_known_again() -> None:
    async with _mass() as (platform, mass):
        to = _followers(10_000)
        keys = [f"k{each.id}" for each in to]
        first = await mass.send_many(WORDS, to, keys=keys)
        again = await mass.send_many(WORDS, to, keys=keys)
        assert platform.counts["/cgi-bin/message/mass/send"] == 2
        assert len(platform.inbox.all()) == 10_000
    assert all(isinstance(each, Receipt) and each.outcome is Outcome.SENT for each in first)
    assert {each.provider_id for each in first if isinstance(each, Receipt)} == {
        each.provider_id for each in again if isinstance(each, Receipt)
    }


async def test_one_who_is_no_follower_does_not_stop_the_others() -> None:
    async with _mass() as (platform, mass):
        to = [*_followers(2), Address(9, "不是 openid")]
        answers = await mass.send_many(WORDS, to, keys=["a", "b", "c"])
        assert [type(each) for each in answers] == [Receipt, Receipt, PermanentFailure]
        platform.script.always = Fault(code="45028")
        answers = await mass.send_many(WORDS, _followers(2), keys=["d", "e"])
        assert [type(each) for each in answers] == [TechnicalFailure] * 2


async def test_refused_openids_are_found_in_the_list_and_close_nobody_else() -> None:
    async with _mass() as (platform, mass):
        to = _followers(1000)
        platform.script.codes.update({to[400].value: "40003", to[401].value: "43004", to[999].value: "40003"})
        answers = await mass.send_many(WORDS, to, keys=[f"k{each.id}" for each in to])
        assert [each.id for each, answer in zip(to, answers, strict=True) if isinstance(answer, PermanentFailure)] == [
            401,
            402,
            1000,
        ]
        assert sum(isinstance(answer, Receipt) for answer in answers) == 997
        assert sorted(each.to for each in platform.inbox.all()) == [
            each.value for each in to if each.value not in platform.script.codes
        ]
        assert platform.counts["/cgi-bin/message/mass/send"] <= 40


async def test_a_list_of_many_refused_openids_costs_a_bounded_number_of_requests_and_the_rest_waits() -> None:
    async with _mass() as (platform, mass):
        to = _followers(500)
        platform.script.codes.update({each.value: "40003" for each in to[::2]})
        answers = await mass.send_many(WORDS, to, keys=[f"k{each.id}" for each in to])
        assert sum(platform.counts[f"/cgi-bin/message/mass/{call}"] for call in ("send", "preview")) == 40
    waiting = [each for each in answers if isinstance(each, TemporaryFailure)]
    assert all(each.untried for each in waiting)
    refused = {each.id for each, answer in zip(to, answers, strict=True) if isinstance(answer, PermanentFailure)}
    assert refused <= {each.id for each in to[::2]}
    assert len(refused) + len(waiting) + sum(isinstance(each, Receipt) for each in answers) == 500


async def test_a_lost_answer_is_asked_for_once_more_and_is_in_doubt_afterwards() -> None:
    async with _mass() as (platform, mass):
        platform.script.next.append(Fault(line="drop"))
        first, second = await mass.send_many(WORDS, _followers(2), keys=["a", "b"])
        assert isinstance(first, Receipt)
        assert isinstance(second, Receipt)
        platform.script.next.extend([Fault(line="drop"), Fault(code="45066")])
        for answer in await mass.send_many(WORDS, _followers(2), keys=["c", "d"]):
            assert isinstance(answer, TemporaryFailure)
            assert answer.in_doubt


async def test_the_day_s_quota_is_one_of_requests() -> None:
    async with _mass() as (platform, mass):
        paced = Paced(
            mass,
            WeChatMassSettings(appid="a", secret=SecretStr("s"), daily_quota=2, per_second=None),
            now=lambda: MORNING,
        )
        assert isinstance(paced, Bulk)
        to = _followers(1000)
        for expected in (Receipt, Receipt, TemporaryFailure):
            answers = await paced.send_many(WORDS, to, keys=[f"{expected}{each.id}" for each in to])
            assert {type(answer) for answer in answers} == {expected}
        assert platform.counts["/cgi-bin/message/mass/send"] == 2


async def test_a_tag_holds_exactly_those_who_want_it_when_the_message_goes_to_it() -> None:
    followers = {each.value for each in _followers(120)}
    async with _by_tag(followers) as (platform, channel):
        first = await channel.send(WORDS, Address(0, ""), key="m1-0")
        assert (first.outcome, bool(first.provider_id)) == (Outcome.SENT, True)
        assert {each.to for each in platform.inbox.all()} == followers
        left = followers.pop()
        await channel.send(WORDS, Address(0, ""), key="m2-0")
        again = [each.to for each in platform.inbox.all()][120:]
        assert sorted(again) == sorted(followers)
        assert left not in again
        assert platform.counts["/cgi-bin/message/mass/sendall"] == 2


async def test_a_repeated_message_to_a_tag_is_recognised_and_leaves_no_doubt() -> None:
    async with _by_tag({each.value for each in _followers(3)}) as (platform, channel):
        platform.script.always = Fault(line="drop")
        with pytest.raises(TemporaryFailure) as raised:
            await channel.send(WORDS, Address(0, ""), key="m1-0")
        assert not raised.value.in_doubt
        platform.script.always = None
        receipts_of = [await channel.send(WORDS, Address(0, ""), key="m1-0") for _ in range(2)]
        assert len({each.provider_id for each in receipts_of}) == 1
        assert len(platform.inbox.all()) == 3


async def test_a_tag_that_nobody_bears_gets_nothing_and_one_of_no_domain_is_ours_to_mend() -> None:
    async with _by_tag(set()) as (platform, channel):
        with pytest.raises(PermanentFailure, match="nobody") as raised:
            await channel.send(WORDS, Address(0, ""), key="m1-0")
        assert not raised.value.suppresses
        assert platform.counts["/cgi-bin/message/mass/sendall"] == 0
    async with _by_tag(set(), tag="种花") as (platform, channel):
        with pytest.raises(TechnicalFailure, match="no domain of this name"):
            await channel.send(WORDS, Address(0, ""), key="m1-0")


async def test_trying_a_tag_sends_nothing_and_changes_nothing() -> None:
    async with _by_tag({each.value for each in _followers(3)}) as (platform, channel):
        assert "3 would be added" in (await channel.rehearse()).detail
        assert platform.side.tags == {}
        assert platform.inbox.all() == []


async def test_one_alone_gets_the_preview() -> None:
    async with _mass() as (platform, mass):
        await mass.send_many(WORDS, _followers(1), keys=["a"])
        assert platform.counts["/cgi-bin/message/mass/preview"] == 1


@pytest.mark.parametrize(
    ("said", "state", "counters"),
    [
        (Outcome.DELIVERED, DeliveryState.DELIVERED, {"planned": 3, "sent": 3, "delivered": 3}),
        (Outcome.PERMANENT, DeliveryState.BOUNCED, {"planned": 3, "sent": 3, "bounced": 3}),
    ],
)
async def test_one_report_settles_all_deliveries_of_its_request_and_no_others(
    database: Database, said: Outcome, state: DeliveryState, counters: dict[str, int]
) -> None:
    engine = Engine(database)
    await engine.add_people(3)
    number = await engine.propose()
    await engine.deliver(mail=Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id="7")))
    other = await engine.propose()
    await engine.deliver(mail=Hands(rule=lambda _value, _times: Receipt(Outcome.SENT, provider_id="8")))
    report = Receipt(said, provider_id="7", whole=True, suppresses=False)
    async with database.write() as connection:
        assert await receipts.read(connection, ["mail"], [report], engine.at) == 3
        assert await receipts.read(connection, ["mail"], [report], engine.at) == 0
        assert await receipts.read(connection, ["elsewhere"], [replace(report, provider_id="8")], engine.at) == 0
    assert (await engine.states(number))[state] == 3
    assert await engine.counters(number) == counters
    assert (await engine.states(other))[DeliveryState.SENT] == 3
