"""The official SDK against the stand-in: if the stand-in takes its signature and ours, both are right."""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from pusher.demo.standins.aliyun import Account, AliyunStandIn
from pusher.demo.standins.server import running
from tests.support import peers

_SCRIPT = """
import asyncio, json, sys
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.models import Config

async def said(endpoint, key, secret, number):
    client = Client(Config(access_key_id=key, access_key_secret=secret, endpoint=endpoint, protocol="HTTP"))
    if number.startswith("["):
        words = json.dumps([{"title": f"停水通知{each}"} for each in json.loads(number)])
        signs = json.dumps(["某区政府"] * len(json.loads(number)))
        many = models.SendBatchSmsRequest(phone_number_json=number, sign_name_json=signs, template_code="SMS_1",
                                          template_param_json=words)
        return (await client.send_batch_sms_async(many)).body.to_map()
    request = models.SendSmsRequest(phone_numbers=number, sign_name="某区政府", template_code="SMS_1",
                                    template_param='{"title": "停水通知"}', out_id="k 1")
    try:
        return (await client.send_sms_async(request)).body.to_map()
    except Exception as error:
        return {"Code": error.code}

async def main():
    return [await said(*each) for each in json.loads(sys.argv[1])]

print(json.dumps(asyncio.run(main())))
"""


@pytest.fixture(scope="module")
def sdk() -> Mapping[str, str]:
    return peers.python("aliyun")


async def _said(env: Mapping[str, str], *those: tuple[str, ...]) -> Any:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", _SCRIPT, json.dumps(those)), stdout=asyncio.subprocess.PIPE, env=env
    )
    printed, _ = await process.communicate()
    return json.loads(printed.splitlines()[-1])


async def test_the_official_sdk_is_served_as_by_the_gateway(sdk: Mapping[str, str]) -> None:
    gateway = AliyunStandIn(Account(signs=frozenset({"某区政府"}), templates={"SMS_1": "${title}。"}))
    account = gateway.account
    async with running(gateway) as address:
        endpoint = address.removeprefix("http://")
        key, secret = account.access_key_id, account.secret
        good, forged, wrong = await _said(
            sdk,
            (endpoint, key, secret, "13800000001"),
            (endpoint, key, "another", "13800000001"),
            (endpoint, key, secret, "123"),
        )
    assert (good["Code"], forged["Code"], wrong["Code"]) == ("OK", "SignatureDoesNotMatch", "isv.MOBILE_NUMBER_ILLEGAL")
    (shown,) = gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark, shown.id) == (
        "13800000001",
        "【某区政府】停水通知。",
        "k 1",
        good["BizId"],
    )


async def test_the_official_sdk_s_requests_of_many_words_are_served(sdk: Mapping[str, str]) -> None:
    gateway = AliyunStandIn(Account(signs=frozenset({"某区政府"}), templates={"SMS_1": "${title}。"}))
    account = gateway.account
    async with running(gateway) as address:
        numbers = json.dumps(["13800000001", "13800000002"])
        endpoint = address.removeprefix("http://")
        [good] = await _said(sdk, (endpoint, account.access_key_id, account.secret, numbers))
    assert good["Code"] == "OK"
    assert [(each.to, each.text) for each in gateway.inbox.all()] == [
        ("13800000001", "【某区政府】停水通知13800000001。"),
        ("13800000002", "【某区政府】停水通知13800000002。"),
    ]
