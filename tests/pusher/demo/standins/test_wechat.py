"""The stand-in of the platform by itself: strict, faithful to its pages, and calling back."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels.channel import CallbackAnswer, CallbackRequest
from channels.receipt import Outcome
from channels.wechat.callback import Callbacks
from pusher.demo.standins.server import running
from pusher.demo.standins.wechat import Account, WeChatStandIn
from pusher.demo.standins.wechat_push import PushTo

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
GOOD = {"touser": OPENID, "template_id": "T1", "data": {"thing1": {"value": "停水"}}}

Ask = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def asking(account: Account) -> AsyncIterator[tuple[WeChatStandIn, Ask]]:
    """The stand-in, and a way to post JSON to it with a good token."""
    platform = WeChatStandIn(account)
    async with running(platform) as address, aiohttp.ClientSession() as http:

        async def ask(path: str, told: object, *, token: str | None = None) -> Any:
            used = token if token is not None else platform.tokens.stable(force=False)
            given = used if isinstance(used, str) else used[0] if used else ""
            async with http.post(f"{address}{path}", params={"access_token": given}, json=told) as response:
                return await response.json()

        yield platform, ask


SEND, NOTICE, TOKEN = "/cgi-bin/message/template/send", "/cgi-bin/message/subscribe/bizsend", "/cgi-bin/stable_token"


@pytest.mark.parametrize(
    ("path", "told", "code"),
    [
        (SEND, GOOD, 0),
        (SEND, {**GOOD, "client_msg_id": "m1", "url": "https://a.cn"}, 0),
        (SEND, [], 47001),
        (SEND, {**GOOD, "touser": ""}, 40003),
        (SEND, {**GOOD, "touser": ["x"]}, 40003),
        (SEND, {**GOOD, "template_id": "T9"}, 40037),
        (SEND, {**GOOD, "template_id": "S1"}, 40037),
        (SEND, {**GOOD, "data": []}, 47001),
        (SEND, {**GOOD, "page": "https://a.cn"}, 47001),
        (SEND, {**GOOD, "data": {"thing1": {"value": ""}}}, 47003),
        (SEND, {**GOOD, "data": {"thing1": "停水"}}, 47003),
        (NOTICE, {**GOOD, "template_id": "S1", "page": "https://a.cn"}, 0),
        (NOTICE, {**GOOD, "template_id": "S1", "client_msg_id": "m1"}, 47001),
        (NOTICE, {**GOOD, "template_id": "S1", "data": {"thing1": {"value": "长" * 21}}}, 47003),
        (NOTICE, {**GOOD, "template_id": "S1", "data": {"number1": {"value": "12a"}}}, 47003),
        (NOTICE, {**GOOD, "template_id": "S1", "data": {"first": {"value": "x"}}}, 47003),
    ],
)
async def test_a_message_is_taken_or_refused_as_the_pages_say(path: str, told: object, code: int) -> None:
    async with asking(Account(templates={"T1": "template", "S1": "subscribe"})) as (_, ask):
        answer = await ask(path, told)
    assert answer["errcode"] == code
    assert code == 0 or re.search(r" rid: \S+$", answer["errmsg"])


async def test_the_stable_token_is_the_same_again_and_the_plain_one_ends_the_one_before() -> None:
    async with asking(Account()) as (platform, ask):
        asked = {"grant_type": "client_credential", "appid": platform.account.appid, "secret": platform.account.secret}
        first, again = [(await ask(TOKEN, asked))["access_token"] for _ in range(2)]
        old, _ = platform.tokens.plain()
        new, _ = platform.tokens.plain()
        codes = [(await ask(SEND, GOOD, token=token))["errcode"] for token in (first, old, new, "", "made-up")]
    assert first == again
    assert codes == [0, 40001, 0, 41001, 40001]


async def test_a_forced_token_ends_the_one_before_and_may_not_be_had_at_once_again() -> None:
    async with asking(Account()) as (platform, ask):
        asked = {"grant_type": "client_credential", "appid": platform.account.appid, "secret": platform.account.secret}
        first = (await ask(TOKEN, asked))["access_token"]
        forced = (await ask(TOKEN, {**asked, "force_refresh": True}))["access_token"]
        assert (await ask(TOKEN, {**asked, "force_refresh": True}))["errcode"] == 45011
        assert (await ask(SEND, GOOD, token=first))["errcode"] == 40001
        assert (await ask(SEND, GOOD, token=forced))["errcode"] == 0
        platform.tokens.expire()
        assert (await ask(SEND, GOOD, token=forced))["errcode"] == 42001


@pytest.mark.parametrize(
    ("wrong", "code"), [({"grant_type": "x"}, 40002), ({"appid": "wx9"}, 40013), ({"secret": "guess"}, 40001)]
)
async def test_a_token_is_not_given_to_strangers(wrong: dict[str, str], code: int) -> None:
    async with asking(Account()) as (platform, ask):
        asked = {"grant_type": "client_credential", "appid": platform.account.appid, "secret": platform.account.secret}
        assert (await ask(TOKEN, {**asked, **wrong}))["errcode"] == code


async def test_it_can_be_told_what_goes_wrong_and_shows_what_was_received() -> None:
    async with asking(Account()) as (platform, ask):
        await ask("/control", {"next": [{"code": "-1"}], "codes": {"gone-1": "43004"}})
        codes = [(await ask(SEND, {**GOOD, "touser": to}))["errcode"] for to in (OPENID, OPENID, "gone-1")]
        assert (await ask("/control", {"clear": True}))["counts"][SEND] == 3
        assert (await ask(SEND, {**GOOD, "touser": "gone-1"}))["errcode"] == 0
        assert [message.to for message in platform.inbox.all()] == [OPENID, "gone-1"]
    assert codes == [-1, 0, 43004]


@asynccontextmanager
async def service(callbacks: Callbacks, answers: list[int]) -> AsyncIterator[tuple[str, asyncio.Queue[CallbackAnswer]]]:
    """The service's end: reads what is pushed, and answers with `answers` first (500 = "not now")."""
    told: asyncio.Queue[CallbackAnswer] = asyncio.Queue()

    async def handle(request: web.Request) -> web.Response:
        if answers:
            return web.Response(status=answers.pop(0))
        body, at = await request.read(), datetime.now(UTC)
        answer = callbacks.answer(CallbackRequest("POST", dict(request.query), {}, body, "127.0.0.1", at))
        told.put_nowait(answer)
        return web.Response(status=answer.status, text=answer.body)

    application = web.Application()
    application.add_routes([web.post("/callback", handle)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/callback", told
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("aes_key", ["", KEY])
async def test_what_happens_later_is_called_back_plain_or_encrypted(aes_key: str) -> None:
    account = Account(delay=0, push=PushTo(token="callback-token", appid="wx0000000000000000", aes_key=aes_key))
    callbacks = Callbacks(token="callback-token", appid=account.appid, aes_keys=[aes_key] if aes_key else [])
    async with AsyncExitStack() as stack:
        url, told = await stack.enter_async_context(service(callbacks, [500]))
        called = replace(account, push=replace(account.push, url=url))
        platform, ask = await stack.enter_async_context(asking(called))
        platform.script.ends["blocked-1"] = "failed:user block"
        sent = [await ask(SEND, {**GOOD, "touser": to}) for to in (OPENID, "blocked-1")]
        notice = await ask(NOTICE, GOOD)
        receipts = [(await told.get()).receipts[0] for _ in range(3)]
        await ask("/people", {"from": OPENID, "event": "subscribe", "key": "qrscene_edu"})
        await ask("/people", {"from": OPENID, "text": "退订"})
        inbound = [(await told.get()).inbound[0] for _ in range(2)]
    ends = {receipt.provider_id: receipt.outcome for receipt in receipts}
    numbers = [str(answer["msgid"]) for answer in (*sent, notice)]
    assert ends == dict(zip(numbers, (Outcome.DELIVERED, Outcome.PERMANENT, Outcome.DELIVERED), strict=True))
    assert [(said.act, said.text) for said in inbound] == [("start", "edu"), ("stop", "退订")]


async def test_it_runs_by_itself() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pusher.demo.standins.wechat", "--port", "0"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession() as http, http.get(f"{address}/received") as response:
            assert await response.json() == []
    finally:
        process.terminate()
        await process.wait()


CODE = "/cgi-bin/qrcode/create"


def _asked(scene: object = "SU_1", **more: object) -> dict[str, object]:
    return {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": scene}}, **more}


@pytest.mark.parametrize(
    ("told", "code"),
    [
        (_asked(expire_seconds=1800), 0),
        (_asked(), 0),
        (_asked(action_name="QR_LIMIT_STR_SCENE"), 0),
        (_asked("x" * 64, expire_seconds=2_592_000), 0),
        (_asked("x" * 65), 40053),
        (_asked(""), 40053),
        (_asked(7), 40053),
        (_asked(expire_seconds=2_592_001), 40053),
        (_asked(expire_seconds=0), 40053),
        (_asked(expire_seconds="1800"), 40053),
        (_asked(action_name="QR_SCENE"), 40053),
        (_asked(more=1), 40053),
        ({"action_name": "QR_STR_SCENE"}, 47001),
    ],
)
async def test_a_code_is_made_or_refused_as_the_page_says(told: dict[str, object], code: int) -> None:
    async with asking(Account()) as (_, ask):
        answer = await ask(CODE, told)
    assert answer.get("errcode", 0) == code
    if not code:
        assert answer["url"].startswith("http://weixin.qq.com/q/")
        assert answer.get("expire_seconds") == (None if "LIMIT" in str(told) else told.get("expire_seconds", 60))


async def test_the_picture_of_a_code_is_there_for_its_ticket_as_long_as_the_code_is_good() -> None:
    platform = WeChatStandIn(Account())
    async with running(platform) as address, aiohttp.ClientSession() as http:

        async def picture(ticket: str) -> tuple[int, bytes]:
            async with http.get(f"{address}/cgi-bin/showqrcode", params={"ticket": ticket}) as answer:
                return answer.status, (await answer.read())[:4]

        good, old = platform.side.scenes.create(_asked(expire_seconds=60)), platform.side.scenes.create(_asked())
        platform.side.scenes.codes[1] = replace(platform.side.scenes.codes[1], ends=0.0)
        assert await picture(good["ticket"]) == (200, b"\x89PNG")
        assert [status for status, _ in (await picture(old["ticket"]), await picture("made-up"))] == [404, 404]
        async with http.post(f"{address}/people", json={"from": OPENID, "scan": old["url"]}) as answer:
            assert answer.status == 400


async def test_who_scans_follows_by_it_or_is_a_follower_already() -> None:
    account = Account(push=PushTo(token="callback-token"))
    callbacks = Callbacks(token="callback-token", appid=account.appid, aes_keys=[])
    async with service(callbacks, []) as (url, told), asking(account) as (platform, _):
        platform.account = replace(account, push=replace(account.push, url=url))
        code = platform.side.scenes.create(_asked(expire_seconds=60))["url"]
        for _ in range(2):
            await platform.person({"from": OPENID, "scan": code})
        heard = [(await told.get()).inbound[0] for _ in range(2)]
    assert [(each.act, each.how, each.text) for each in heard] == [
        ("start", "follow", "SU_1"),
        ("text", "scan", "SU_1"),
    ]
