"""An application's messages: a thousand members a request, strangers told apart, one token for all."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from pydantic import ValidationError

from channels import wecom_app
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Lane, Message
from channels.receipt import Receipt
from channels.wecom_app import WecomApp, WecomAppSettings
from pusher.demo.standins.script import Fault
from pusher.demo.standins.server import running
from pusher.demo.standins.wecom import AGENTID, CORPID, PLAYED, Application, WecomStandIn
from tests.channels.rigs.bots import CARD
from tests.support.outside import outside

WORDS = Message("b1", Lane.ROUTINE, "default", {"title": "停水通知", "text": "明天停水。", "url": ""})


@asynccontextmanager
async def _app(application: Application, *, secret: str = PLAYED) -> AsyncIterator[tuple[WecomApp, WecomStandIn]]:
    async with AsyncExitStack() as stack:
        stand_in = WecomStandIn(application)
        address = await stack.enter_async_context(running(stand_in))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        given = {"base_url": address, "corpid": CORPID, "agentid": AGENTID, "secret": secret}
        settings = WecomAppSettings.model_validate(given)
        yield WecomApp(settings, replace(outside(http), now=lambda: datetime.now(UTC))), stand_in


def _members(count: int) -> list[Address]:
    return [Address(number, f"member-{number}", {"name": f"王{number}"}) for number in range(count)]


async def test_all_who_receive_the_same_words_share_a_request_and_strangers_are_named() -> None:
    async with _app(Application(strangers=frozenset({"Member-7"}))) as (app, stand_in):
        to = [replace(each, value=each.value.capitalize()) for each in _members(1000)]
        answers = await app.send_many(WORDS, to, keys=[f"k{number}" for number in range(1000)])
        assert stand_in.counts["send"] == 1
    assert [type(answer) for answer in answers].count(Receipt) == 999
    stranger = answers[7]
    assert isinstance(stranger, PermanentFailure)
    assert not stranger.suppresses


async def test_whom_the_application_may_not_write_to_yet_keeps_his_address() -> None:
    async with _app(Application(strangers=frozenset({"member-0"}))) as (app, _):
        with pytest.raises(TemporaryFailure, match="可见范围") as raised:
            await app.send(WORDS, _members(1)[0], key="k")
    assert raised.value.by_address


async def test_a_request_that_is_refused_for_one_member_closes_no_other_s_address() -> None:
    async with _app(Application()) as (app, stand_in):
        stand_in.script.codes.update({"member-7": "60111", "member-500": "40031"})
        answers = await app.send_many(WORDS, _members(1000), keys=[f"k{number}" for number in range(1000)])
        assert len(stand_in.inbox.all()) == 998
    failures = {place: answer for place, answer in enumerate(answers) if isinstance(answer, SendError)}
    assert [(place, failure.code) for place, failure in failures.items()] == [(7, "60111"), (500, "40031")]
    assert all(isinstance(failure, PermanentFailure) for failure in failures.values())


async def test_words_of_their_own_are_requests_of_their_own() -> None:
    async with _app(Application()) as (app, stand_in):
        answers = await app.send_many(CARD, _members(3), keys=["a", "b", "c"])
        assert all(isinstance(answer, Receipt) for answer in answers)
        assert stand_in.counts["send"] == 3
        assert [each.text.split("\n")[1] for each in stand_in.inbox.all()] == [
            "王0，请值守",
            "王1，请值守",
            "王2，请值守",
        ]


async def test_a_repetition_is_dropped_by_the_platform() -> None:
    async with _app(Application()) as (app, stand_in):
        for _ in range(2):
            await app.send(WORDS, _members(1)[0], key="k")
        assert len(stand_in.inbox.all()) == 1


async def test_a_warning_that_says_the_same_again_arrives_again_and_a_lost_answer_leaves_it_in_doubt() -> None:
    warning = replace(WORDS, lane=Lane.WARNING)
    async with _app(Application()) as (app, stand_in):
        for _ in range(2):
            await app.send(warning, _members(1)[0], key="k")
        assert len(stand_in.inbox.all()) == 2
        stand_in.script.always = Fault(line="drop")
        with pytest.raises(TemporaryFailure) as raised:
            await app.send(warning, _members(1)[0], key="k")
        assert raised.value.in_doubt


async def test_the_token_is_fetched_once_and_renewed_when_it_is_over() -> None:
    async with _app(Application()) as (app, stand_in):
        for member in _members(3):
            await app.send(WORDS, member, key="k")
        assert stand_in.counts["gettoken"] == 1
        stand_in.tokens.rotate()
        await app.send(WORDS, _members(1)[0], key="again")
        assert stand_in.counts["gettoken"] == 2


async def test_a_wrong_secret_is_ours_to_mend_and_does_not_show() -> None:
    async with _app(Application(), secret="not-the-secret") as (app, _):
        with pytest.raises(TechnicalFailure, match="secret is wrong") as raised:
            await app.send(WORDS, _members(1)[0], key="k")
    assert "not-the-secret" not in str(raised.value)


def test_an_application_without_a_secret_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValidationError, match="set secret or secret_file"):
        wecom_app.WecomAppSettings.model_validate({"corpid": "x", "agentid": 1})
