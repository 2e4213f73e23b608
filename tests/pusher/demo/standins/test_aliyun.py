"""The stand-in of the gateway by itself: it believes no signature, keeps to the limits, and calls back."""

import asyncio
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web

from channels.acs3 import FORM, Signer
from channels.aliyun_reports import THANKS, read
from channels.receipt import Inbound, Outcome, Receipt
from pusher.demo.standins.aliyun import PLAYED, Account, AliyunStandIn
from pusher.demo.standins.server import running

GOOD = {"PhoneNumbers": "13800000001", "SignName": "某区政府", "TemplateCode": "SMS_1", "TemplateParam": '{"a":"b"}'}

Ask = Callable[..., Awaitable[Any]]


def _signed(account: Account, host: str, body: bytes, **more: Any) -> dict[str, str]:
    made = Signer(
        access_key_id=account.access_key_id,
        secret=account.secret,
        host=host,
        action=more.pop("action", "SendSms"),
        version=more.pop("version", "2017-05-25"),
    )
    return made.headers(body, at=more.pop("at", datetime.now(UTC)), nonce=more.pop("nonce", secrets.token_hex(8)))


@asynccontextmanager
async def asking(account: Account) -> AsyncIterator[tuple[AliyunStandIn, Ask]]:
    """The stand-in, and a way to post signed forms to it; `change` spoils the signed headers."""
    gateway = AliyunStandIn(account)
    async with running(gateway) as address, aiohttp.ClientSession() as http:

        async def ask(
            told: Mapping[str, str], *, change: Mapping[str, str] | None = None, body: bytes | None = None, **more: Any
        ) -> Any:
            signed = urlencode(told).encode()
            headers = _signed(account, address.removeprefix("http://"), signed, **more)
            merged = {name: value for name, value in {**headers, **(change or {})}.items() if value}
            async with http.post(f"{address}/", data=signed if body is None else body, headers=merged) as response:
                return response.status, (await response.json())["Code"]

        yield gateway, ask


async def test_a_good_request_is_taken() -> None:
    async with asking(Account()) as (gateway, ask):
        assert await ask(GOOD) == (200, "OK")
    assert [message.text for message in gateway.inbox.all()] == ["【某区政府】b"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Authorization": ""}, "IncompleteSignature"),
        ({"Authorization": "ACS3-HMAC-SHA256 nonsense"}, "IncompleteSignature"),
        ({"x-acs-signature-nonce": ""}, "IncompleteSignature"),
        ({"x-acs-extra": "unsigned"}, "IncompleteSignature"),
        ({"x-acs-signature-nonce": "another"}, "SignatureDoesNotMatch"),
        ({"x-acs-date": "2026-11-22T00:00:00Z"}, "SignatureDoesNotMatch"),
        ({"x-acs-action": "SendBatchSms"}, "SignatureDoesNotMatch"),
        ({"x-acs-content-sha256": "0" * 64}, "SignatureDoesNotMatch"),
        ({"Content-Type": f"{FORM}; charset=utf-8"}, "SignatureDoesNotMatch"),
        ({"Host": "dysmsapi.aliyuncs.com"}, "SignatureDoesNotMatch"),
    ],
)
async def test_a_header_that_was_changed_after_signing_is_noticed(change: dict[str, str], code: str) -> None:
    async with asking(Account()) as (gateway, ask):
        assert await ask(GOOD, change=change) == (400, code)
    assert gateway.inbox.all() == []


async def test_a_body_that_was_changed_after_signing_is_noticed() -> None:
    async with asking(Account()) as (_, ask):
        assert await ask(GOOD, body=urlencode({**GOOD, "PhoneNumbers": "13900000001"}).encode()) == (
            400,
            "SignatureDoesNotMatch",
        )


async def test_a_repeated_request_is_refused_and_so_is_one_of_another_time() -> None:
    async with asking(Account()) as (_, ask):
        assert await ask(GOOD, nonce="n1") == (200, "OK")
        assert await ask(GOOD, nonce="n1") == (400, "SignatureNonceUsed")
        assert await ask(GOOD, at=datetime.now(UTC) - timedelta(minutes=16)) == (400, "InvalidTimeStamp.Expired")
        assert await ask(GOOD, at=datetime.now(UTC) + timedelta(minutes=14)) == (200, "OK")


async def test_other_actions_and_versions_are_unknown() -> None:
    async with asking(Account()) as (_, ask):
        assert await ask(GOOD, action="SendEverything") == (404, "InvalidAction.NotFound")
        assert await ask(GOOD, version="2018-05-01") == (400, "InvalidVersion")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"PhoneNumbers": ",".join(["13800000001"] * 1001)}, "isv.MOBILE_COUNT_OVER_LIMIT"),
        ({"PhoneNumbers": "13800000001,12345"}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"PhoneNumbers": ""}, "isv.MOBILE_NUMBER_ILLEGAL"),
        ({"SignName": "别的"}, "isv.SMS_SIGNATURE_ILLEGAL"),
        ({"TemplateCode": "SMS_9"}, "isv.SMS_TEMPLATE_ILLEGAL"),
        ({"TemplateParam": "a=b"}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": '{"a":5}'}, "isv.INVALID_JSON_PARAM"),
        ({"TemplateParam": "{}"}, "isv.TEMPLATE_MISSING_PARAMETERS"),
        ({"TemplateParam": '{"a":""}'}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": '{"a":"%s"}' % ("长" * 36)}, "isv.PARAM_LENGTH_LIMIT"),
        ({"TemplateParam": '{"a":"https://a.cn"}'}, "isv.PARAM_NOT_SUPPORT_URL"),
        ({"TemplateParam": '{"a":"【区】"}'}, "isv.UNSUPPORTED_CONTENT"),
        ({"OutId": "x" * 256}, "isv.INVALID_PARAMETERS"),
    ],
)
async def test_what_the_service_would_not_take_is_refused_with_its_code(wrong: dict[str, str], code: str) -> None:
    async with asking(Account(signs=frozenset({"某区政府"}), templates={"SMS_1": "${a}。"})) as (_, ask):
        assert await ask({**GOOD, **wrong}) == (200, code)


async def test_limits_on_one_number_and_on_one_second_are_kept() -> None:
    async with asking(Account(number_limit=1)) as (_, ask):
        assert [await ask(GOOD) for _ in range(2)] == [(200, "OK"), (200, "isv.BUSINESS_LIMIT_CONTROL")]
    async with asking(Account(per_second=1)) as (_, ask):
        answers = await asyncio.gather(*(ask({**GOOD, "OutId": str(number)}) for number in range(3)))
    assert (400, "Throttling.User") in answers


@asynccontextmanager
async def service(answers: list[int]) -> AsyncIterator[tuple[str, asyncio.Queue[tuple[list[Receipt], list[Inbound]]]]]:
    """The service's end: answers with `answers` first, then reads."""
    told: asyncio.Queue[tuple[list[Receipt], list[Inbound]]] = asyncio.Queue()

    async def handle(request: web.Request) -> web.Response:
        if answers:
            return web.Response(status=answers.pop(0))
        said = read(await request.read(), key=PLAYED)
        assert said is not None
        told.put_nowait(said)
        return web.Response(text=THANKS, content_type="application/json")

    application = web.Application()
    application.add_routes([web.post("/callback", handle)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/callback", told
    finally:
        await runner.cleanup()


async def test_what_happens_later_is_pushed_again_until_it_is_taken() -> None:
    async with service([503]) as (url, told), asking(Account(callback=url, delay=0.05)) as (gateway, ask):
        gateway.script.ends["13800000002"] = "MOBILE_IN_BLACK"
        await asyncio.gather(
            *(ask({**GOOD, "PhoneNumbers": f"1380000000{n}", "OutId": f"k{n}"}, nonce=f"n{n}") for n in (1, 2))
        )
        receipts: list[Receipt] = []
        while len(receipts) < 2:
            receipts.extend((await told.get())[0])
        await gateway.person({"from": "+8613800000001", "text": "ＴＤ"})
        _, inbound = await told.get()
    ends = {receipt.key: (receipt.outcome, receipt.address) for receipt in receipts}
    assert ends == {"k1": (Outcome.DELIVERED, "+8613800000001"), "k2": (Outcome.PERMANENT, "+8613800000002")}
    assert [(said.act, said.address) for said in inbound] == [("stop", "+8613800000001")]


async def test_it_runs_by_itself() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pusher.demo.standins.aliyun", "--port", "0"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession() as http, http.get(f"{address}/received") as response:
            assert await response.json() == []
    finally:
        process.terminate()
        await process.wait()
