"""The stand-ins of the other SMS gateways by themselves: they believe nothing, keep to the limits, and call back."""

import asyncio
import hashlib
import json
import sys
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from channels.tc3 import Signer
from pusher.demo.standins import any_sms, mas, tencent
from pusher.demo.standins.mas_check import code_of, told
from pusher.demo.standins.server import StandIn, running

GOOD: Mapping[str, Any] = {
    "PhoneNumberSet": ["13800000001"],
    "SmsSdkAppId": tencent.APP_ID,
    "SignName": "某区政府",
    "TemplateId": "1",
    "TemplateParamSet": ["停水"],
}


async def ask(
    account: tencent.Account,
    said: Mapping[str, Any],
    *,
    change: Mapping[str, str] | None = None,
    at: datetime | None = None,
    action: str = "SendSms",
) -> list[str]:
    """The codes that a signed request is answered with; `change` spoils its headers."""
    async with running(tencent.TencentStandIn(account)) as address, aiohttp.ClientSession() as http:
        made = Signer(
            secret_id=account.secret_id,
            secret=account.secret,
            host=address.removeprefix("http://"),
            service="sms",
            action=action,
            version="2021-01-11",
            region="ap-guangzhou",
        )
        body = json.dumps(said).encode()
        headers = {**made.headers(body, at=at or datetime.now(UTC)), **(change or {})}
        async with http.post(address, data=body, headers=headers) as response:
            answer = (await response.json())["Response"]
    return [status["Code"] for status in answer.get("SendStatusSet", [answer.get("Error")])]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Authorization": "TC3-HMAC-SHA256 nonsense"}, "AuthFailure.InvalidAuthorization"),
        ({"X-TC-Timestamp": "1"}, "AuthFailure.SignatureExpire"),
        ({"X-TC-Action": "SendAll"}, "AuthFailure.SignatureFailure"),
        ({"Content-Type": "application/json"}, "AuthFailure.SignatureFailure"),
        ({"Host": "sms.tencentcloudapi.com"}, "AuthFailure.SignatureFailure"),
        ({"X-TC-Version": "2019-07-11"}, "NoSuchVersion"),
    ],
)
async def test_a_header_that_was_changed_after_signing_is_noticed(change: dict[str, str], code: str) -> None:
    assert await ask(tencent.Account(), GOOD, change=change) == [code]


async def test_old_requests_and_other_actions_are_refused() -> None:
    late = datetime.now(UTC) - timedelta(minutes=6)
    assert await ask(tencent.Account(), GOOD, at=late) == ["AuthFailure.SignatureExpire"]
    assert await ask(tencent.Account(), GOOD, action="PullSmsSendStatus") == ["InvalidAction"]


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        ({}, ["Ok"]),
        ({"PhoneNumberSet": ["13800000001"] * 201}, ["LimitExceeded.PhoneNumberCountLimit"]),
        ({"PhoneNumberSet": ["13800000001"] * 2}, ["Ok", "LimitExceeded.PhoneNumberDailyLimit"]),
        ({"PhoneNumberSet": []}, ["MissingParameter.EmptyPhoneNumberSet"]),
        ({"PhoneNumberSet": "13800000001"}, ["FailedOperation.FailResolvePacket"]),
        ({"PhoneNumberSet": ["13800000001", "123"]}, ["Ok", "InvalidParameterValue.IncorrectPhoneNumber"]),
        (
            {"PhoneNumberSet": ["13800000001", "+85252000000"]},
            ["UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"],
        ),
        ({"SessionContext": "x" * 512}, ["InvalidParameter.InvalidParameters"]),
        ({"TemplateParamSet": []}, ["FailedOperation.TemplateParamSetNotMatchApprovedTemplate"]),
        ({"TemplateParamSet": ["http://a"]}, ["InvalidParameterValue.TemplateParameterLengthLimit"]),
        ({"Unheard": "of"}, ["UnknownParameter"]),
    ],
)
async def test_what_the_service_would_not_take_is_refused_with_its_code(
    wrong: dict[str, Any], codes: list[str]
) -> None:
    assert await ask(tencent.Account(templates={"1": "{1}。"}, number_limit=1), {**GOOD, **wrong}) == codes


def mas_code(**change: str) -> str:
    """What 移动云MAS says of a request with these values, whose checksum is right unless it is given."""
    who = {"ecName": "e", "apId": "a", "secretKey": "s"}
    fields = {**who, "mobiles": "13800000001", "content": "停水", "sign": "S", "addSerial": "", **change}
    values = "".join(value for name, value in fields.items() if name != "mac")
    fields.setdefault("mac", hashlib.md5(values.encode(), usedforsecurity=False).hexdigest())
    return code_of(told(b64encode(json.dumps(fields).encode())), who=who, sign="S", is_template=False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, ""),
        ({"mac": "0" * 32}, "IllegalMac"),
        ({"secretKey": "x"}, "InvalidUsrOrPwd"),
        ({"sign": "T"}, "NoSignId"),
        ({"content": " "}, "InvalidMessage"),
        ({"mobiles": ",".join(["13800000001"] * 5001)}, "TooManyMobiles"),
        ({"mobiles": "13800000001,1"}, "InvalidMobile"),
    ],
)
def test_mas_takes_only_what_adds_up(change: dict[str, str], code: str) -> None:
    assert mas_code(**change) == code


def test_mas_reads_base64_of_an_object_of_texts_only() -> None:
    assert [told(body) for body in (b"{}", b64encode(b"[]"), b64encode(b'{"a": 1}'), b"\xff")] == [None] * 4


@asynccontextmanager
async def service() -> AsyncIterator[tuple[str, asyncio.Queue[Any]]]:
    """The service's end of the calls back."""
    said: asyncio.Queue[Any] = asyncio.Queue()

    async def handle(request: web.Request) -> web.Response:
        said.put_nowait(json.loads(await request.read()))
        return web.Response()

    application = web.Application()
    application.add_routes([web.post("/callback", handle)])
    runner = web.AppRunner(application)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/callback", said
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("kind", ["tencent", "mas", "any_sms"])
async def test_what_a_person_answers_is_pushed(kind: str) -> None:
    async with service() as (url, said):
        made: Mapping[str, StandIn] = {
            "tencent": tencent.TencentStandIn(tencent.Account(callback=url)),
            "mas": mas.MasStandIn(mas.Account(callback=url)),
            "any_sms": any_sms.AnySmsStandIn(any_sms.Account(callback=url)),
        }
        async with running(made[kind]):
            await made[kind].person({"from": "+8613800000001", "text": "TD"})
            assert "TD" in json.dumps(await said.get())


@pytest.mark.parametrize("module", ["tencent", "mas", "any_sms"])
async def test_they_run_by_themselves(module: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"pusher.demo.standins.{module}", "--port", "0"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        address = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession() as http, http.get(f"{address}/received") as response:
            assert await response.json() == []
    finally:
        process.terminate()
        await process.wait()
