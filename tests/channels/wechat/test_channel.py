"""The account as a channel beside the stand-in: how often it asks, and what it makes of the answers."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import ValidationError

from channels.channel import Channel
from channels.failure import PermanentFailure, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Receipt
from channels.wechat import KIND
from channels.wechat.settings import WeChatSettings
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import Account, WeChatStandIn
from tests.support.outside import Tokens, outside

ROOT = Path(__file__).resolve().parents[3]

SEND = "/cgi-bin/message/template/send"
NOTICE = "/cgi-bin/message/subscribe/bizsend"
TOKEN = "/cgi-bin/stable_token"

MESSAGE = Message("b1-wechat", Lane.ROUTINE, "education", {}, {"thing1": "停水通知"})


@dataclass
class Bench:
    """The channel and the platform."""

    platform: WeChatStandIn
    address: str
    http: aiohttp.ClientSession
    tokens: Tokens

    def channel(self, **settings: Any) -> Channel:
        given = {"appid": self.platform.account.appid, "secret": self.platform.account.secret}
        filed = {"template": {"id": "T1"}, "base_url": self.address}
        read = WeChatSettings.model_validate({**given, **filed, **settings})
        return KIND.build("w", read, replace(outside(self.http), tokens=self.tokens, now=lambda: datetime.now(UTC)))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    platform = WeChatStandIn(Account(templates={"T1": "template", "S1": "subscribe"}))
    async with running(platform) as address, aiohttp.ClientSession() as http:
        yield Bench(platform, address, http, Tokens())


async def send(channel: Channel, number: int = 1, message: Message = MESSAGE) -> Receipt:
    return await channel.send(message, Address(number, f"o6_bmjrPTlm6_2sgVt{number:010d}"), key=f"k{number}")


async def test_many_first_sends_at_once_fetch_one_token(bench: Bench) -> None:
    channel = bench.channel()
    await asyncio.gather(*(send(channel, number) for number in range(100)))
    assert bench.platform.counts == {TOKEN: 1, SEND: 100}


async def test_the_platforms_number_is_kept_as_text(bench: Bench) -> None:
    receipt = await send(bench.channel())
    assert receipt.provider_id is not None
    assert int(receipt.provider_id) > 2**61
    assert receipt.key == "k1"


async def test_an_always_refused_token_costs_two_requests_and_no_more(bench: Bench) -> None:
    bench.platform.script.always = Fault(code="40001")
    with pytest.raises(TechnicalFailure, match="40001"):
        await send(bench.channel())
    assert bench.platform.counts[SEND] == 2


@pytest.mark.parametrize("code", ["40001", "40014", "42001"])
async def test_a_token_refused_once_is_renewed_and_the_message_goes_out(bench: Bench, code: str) -> None:
    channel = bench.channel()
    await send(channel, 1)
    bench.platform.script.next.append(Fault(code=code))
    await send(channel, 2)
    assert bench.platform.counts[SEND] == 3
    assert len(bench.platform.inbox.all()) == 2


async def test_a_token_that_was_rotated_elsewhere_is_fetched_once_for_all(bench: Bench) -> None:
    channel = bench.channel()
    await send(channel, 0)
    bench.platform.tokens.rotate()
    await asyncio.gather(*(send(channel, number) for number in range(1, 51)))
    assert bench.platform.counts[TOKEN] == 2
    assert len(bench.platform.inbox.all()) == 51


async def test_two_processes_share_the_token(bench: Bench) -> None:
    await send(bench.channel(), 1)
    await send(bench.channel(), 2)
    assert bench.platform.counts[TOKEN] == 1


async def test_a_wrong_secret_is_technical_and_does_not_show(bench: Bench) -> None:
    with pytest.raises(TechnicalFailure) as raised:
        await send(bench.channel(secret="not-the-secret-of-the-account"))
    assert raised.value.code == "40001"
    assert "not-the-secret" not in repr(raised.value)
    assert bench.platform.counts[TOKEN] == 1


async def test_a_repeated_delivery_arrives_once_and_has_the_same_number(bench: Bench) -> None:
    channel = bench.channel()
    first, again = await send(channel), await send(channel)
    assert first == again
    assert len(bench.platform.inbox.all()) == 1


async def test_a_folder_may_have_a_template_of_its_own_kind(bench: Bench) -> None:
    channel = bench.channel(templates={"warning": {"id": "S1", "kind": "subscribe"}})
    await send(channel, 1)
    await send(channel, 2, replace(MESSAGE, id="b2-wechat", template="warning"))
    assert (bench.platform.counts[SEND], bench.platform.counts[NOTICE]) == (1, 1)


async def test_a_template_filed_as_the_other_kind_is_technical(bench: Bench) -> None:
    with pytest.raises(TechnicalFailure, match="40037"):
        await send(bench.channel(template={"id": "S1"}))


async def test_a_value_that_the_platform_refuses_is_named(bench: Bench) -> None:
    channel = bench.channel(template={"id": "S1", "kind": "subscribe"})
    message = replace(MESSAGE, fields={"number1": "不是数字"})
    with pytest.raises(TechnicalFailure, match=r"data\.number1\.value"):
        await send(channel, 1, message)


async def test_who_left_is_permanent_and_the_others_go_on(bench: Bench) -> None:
    channel = bench.channel()
    bench.platform.script.codes["o6_bmjrPTlm6_2sgVt0000000002"] = "43004"
    with pytest.raises(PermanentFailure):
        await send(channel, 2)
    await send(channel, 3)


async def test_an_address_that_is_no_openid_is_permanent_and_not_asked_for(bench: Bench) -> None:
    with pytest.raises(PermanentFailure, match="not an openid"):
        await bench.channel().send(MESSAGE, Address(1, 'o","x":"y'), key="k")
    assert not bench.platform.counts


async def test_the_days_quota_is_technical_and_the_minutes_quota_passes_by() -> None:
    for account, kind, code in (
        (Account(daily_quota=1), TechnicalFailure, "45009"),
        (Account(minute_quota=1), TemporaryFailure, "45011"),
    ):
        platform = WeChatStandIn(account)
        async with running(platform) as address, aiohttp.ClientSession() as http:
            channel = Bench(platform, address, http, Tokens()).channel()
            await send(channel, 1)
            with pytest.raises(kind) as raised:
                await send(channel, 2)
            assert raised.value.code == code


async def test_a_page_in_place_of_an_answer_is_technical(bench: Bench) -> None:
    bench.platform.script.next.append(Fault(line="page"))
    with pytest.raises(TechnicalFailure, match="not a JSON object"):
        await send(bench.channel())


@pytest.mark.parametrize(("kind", "in_doubt"), [("template", False), ("subscribe", True)])
async def test_a_lost_answer_is_in_doubt_only_where_repeats_are_not_recognised(
    bench: Bench, kind: str, *, in_doubt: bool
) -> None:
    channel = bench.channel(template={"id": "T1" if kind == "template" else "S1", "kind": kind})
    bench.platform.script.next.append(Fault(status=504))
    with pytest.raises(TemporaryFailure) as raised:
        await send(channel)
    assert raised.value.in_doubt == in_doubt


async def test_no_token_shows_in_a_failure(bench: Bench) -> None:
    bench.platform.script.always = Fault(line="drop")
    with pytest.raises(TemporaryFailure) as raised:
        await send(bench.channel())
    ((token, _),) = bench.tokens.kept.values()
    assert token not in repr(vars(raised.value)) + repr(raised.value.__context__)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"secret": None}, "AppSecret"),
        ({"base_url": "api.weixin.qq.com"}, "base_url"),
        ({"callback_token": "token", "aes_key": "short"}, "43 characters"),
        ({"aes_key": "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"}, "callback_token"),
        ({"template": {"id": "T1", "kind": "mass"}}, "template.0.kind"),
    ],
)
def test_wrong_settings_name_themselves(wrong: dict[str, object], said: str) -> None:
    good = {"appid": "wx1", "secret": "s" * 32, "template": {"id": "T1"}}
    with pytest.raises(ValidationError, match=said):
        WeChatSettings.model_validate({**good, **wrong})


def test_wechatpy_is_not_loaded_before_callbacks_need_it() -> None:
    asked = "import sys, channels.wechat; print('wechatpy' in sys.modules, 'channels.wechat.callback' in sys.modules)"
    printed = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, cwd=ROOT)
    assert printed.stdout.split() == ["False", "False"]
