"""Duty groups: signatures as the platforms compute them, warnings that call everybody, troubles of one bot alone."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from channels import dingtalk_bot, feishu_bot, wecom_bot, wecom_bot_codes
from channels.channel import Kind
from channels.code_table import CodeTable
from channels.failover import Failover
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.limits import Limits
from channels.message import Address, Lane, Message
from channels.paced import Paced
from channels.receipt import Outcome, Receipt
from pusher.demo.standins.bots import PLATFORMS, BotStandIn, Platform
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from tests.channels.rigs.bots import CARD
from tests.support.outside import outside


def test_signatures_are_those_of_the_platforms_pages() -> None:
    # Computed with `openssl dgst -sha256 -hmac` as the pages describe it.
    assert dingtalk_bot.signature("SEC1", 1_700_000_000_000) == "ukR4+WoOOBTGaOauYqugxVrMSFyr92q4hPxJxuOkiio="
    assert feishu_bot.signature("demo", 1_700_000_000) == "8oT2n3SMKFfEnDoiwer8BUM/SjKLwe9SqoEIHlhDTKo="


TABLES = [wecom_bot_codes.CODES, dingtalk_bot.CODES, feishu_bot.CODES]


@pytest.mark.parametrize("codes", TABLES)
def test_what_passes_by_and_what_nobody_knows_is_one_bot_s_own(codes: CodeTable) -> None:
    for code in (*codes.later, "77777"):
        failure = codes.refusal(code, "", private=())
        assert isinstance(failure, TemporaryFailure)
        assert failure.by_address


@pytest.mark.parametrize("codes", TABLES)
def test_a_bot_with_a_wrong_secret_or_keyword_or_switched_off_keeps_its_address_and_stops_no_other(
    codes: CodeTable,
) -> None:
    for code in codes.refused:
        failure = codes.refusal(code, "", private=())
        assert isinstance(failure, PermanentFailure)
        assert not failure.suppresses


KINDS: tuple[tuple[str, Kind[Any], str], ...] = (
    ("wecom_bot", wecom_bot.KIND, "/cgi-bin/webhook/send?key="),
    ("dingtalk_bot", dingtalk_bot.KIND, "/robot/send?access_token="),
    ("feishu_bot", feishu_bot.KIND, "/open-apis/bot/v2/hook/"),
)


async def test_a_warning_calls_everybody_in_the_group() -> None:
    said = []
    for name, kind, base in KINDS:
        stand_in = BotStandIn(PLATFORMS[name], secret="s")
        async with running(stand_in) as address, aiohttp.ClientSession() as http:
            given = replace(outside(http), now=lambda: datetime.now(UTC))
            bots = kind.build("duty", kind.settings.model_validate({"base_url": address + base}), given)
            warning = Message("b1", Lane.WARNING, "warning", CARD.parts)
            receipt = await bots.send(warning, Address(1, f"{address}{base}one#s"), key="k")
            assert receipt.outcome is Outcome.SENT
            said.append(stand_in.inbox.all()[-1].text)
    assert [("所有人" in each) for each in said] == [False, False, True]


class _Slow:
    """A channel one of whose addresses asks for an hour."""

    concurrency = 4

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        if to.id == 1:
            raise TemporaryFailure("too fast", retry_after=3600, by_address=True)
        return Receipt(Outcome.SENT, key=key)

    async def close(self) -> None:
        """Nothing."""


async def test_a_bot_that_wrote_too_fast_holds_up_no_other() -> None:
    paced = Paced(_Slow(), Limits(per_second=1000), now=lambda: datetime.now(UTC))
    joined = Failover({"first": paced})
    for _ in range(5):
        with pytest.raises(TemporaryFailure, match="too fast"):
            await joined.send(CARD, Address(1, "x"), key="k")
    assert (await joined.send(CARD, Address(2, "y"), key="k")).outcome is Outcome.SENT


async def test_an_address_elsewhere_is_never_dialled() -> None:
    async with aiohttp.ClientSession() as http:
        for _, kind, _ in KINDS:
            bots = kind.build("duty", kind.settings.model_validate({}), outside(http))
            with pytest.raises(PermanentFailure, match="not that of a bot"):
                await bots.send(CARD, Address(1, "http://127.0.0.1:1/send?key=x"), key="k")


async def test_an_address_that_is_mistyped_is_that_group_s_own_trouble() -> None:
    for name, kind, base in KINDS:
        stand_in = BotStandIn(PLATFORMS[name], secret="s")
        stand_in.script.always = Fault(status=404)
        async with running(stand_in) as address, aiohttp.ClientSession() as http:
            given = replace(outside(http), now=lambda: datetime.now(UTC))
            bots = kind.build("duty", kind.settings.model_validate({"base_url": address + base}), given)
            with pytest.raises(TemporaryFailure, match="404") as raised:
                await bots.send(CARD, Address(1, f"{address}{base}mistyped#s"), key="k")
            assert raised.value.by_address


class _Says(BotStandIn):
    """A platform that always says the same."""

    def __init__(self, platform: Platform, said: Mapping[str, object]) -> None:
        super().__init__(replace(platform, refusal=lambda *_: "1", answer=lambda *_: said), secret="s")


@pytest.mark.parametrize(
    ("name", "said", "wait", "is_the_bot_s_own"),
    [
        # Seen: one code for a request that cannot be read and for one too many.
        ("feishu_bot", {"StatusCode": 0, "code": 9499, "msg": "too many request"}, 60.0, True),
        # The page on limits: a server that calls too often is shut out, and told so without a code.
        ("dingtalk_bot", {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "f"}, 300.0, False),
    ],
)
async def test_a_limit_that_bears_no_code_of_its_own_is_waited_for(
    name: str, said: Mapping[str, object], wait: float, *, is_the_bot_s_own: bool
) -> None:
    kind, base = next((kind, base) for each, kind, base in KINDS if each == name)
    async with running(_Says(PLATFORMS[name], said)) as address, aiohttp.ClientSession() as http:
        given = replace(outside(http), now=lambda: datetime.now(UTC))
        bots = kind.build("duty", kind.settings.model_validate({"base_url": address + base}), given)
        with pytest.raises(TemporaryFailure) as raised:
            await bots.send(CARD, Address(1, f"{address}{base}one#s"), key="k")
    assert (raised.value.retry_after, raised.value.by_address) == (wait, is_the_bot_s_own)
    assert not raised.value.in_doubt


async def test_a_platform_that_answers_a_page_is_our_side_s_trouble() -> None:
    stand_in = BotStandIn(PLATFORMS["wecom_bot"], secret="s")
    stand_in.script.always = Fault(line="page")
    async with running(stand_in) as address, aiohttp.ClientSession() as http:
        base = f"{address}/cgi-bin/webhook/send?key="
        bots = wecom_bot.KIND.build("duty", wecom_bot.WecomBotSettings(base_url=base), outside(http))
        with pytest.raises(TechnicalFailure, match="not a JSON object"):
            await bots.send(CARD, Address(1, f"{base}x"), key="k")
