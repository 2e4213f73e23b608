"""The official SDK against the stand-in: if the stand-in takes its signature and ours, both are right."""

import asyncio
import importlib.util
import json
import os
import sys
from typing import Any

import pytest

from pusher.demo.standins.aliyun import Account, AliyunStandIn
from pusher.demo.standins.server import running

#: An interpreter that has the SDK, where ours has not (it brings eleven packages).
VARIABLE = "ALIYUN_SDK_PYTHON"
SDK = "alibabacloud_dysmsapi20170525"

_SCRIPT = """
import asyncio, json, sys
from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.models import Config

endpoint, key, secret, number = sys.argv[1:]
client = Client(Config(access_key_id=key, access_key_secret=secret, endpoint=endpoint, protocol="HTTP"))
request = models.SendSmsRequest(phone_numbers=number, sign_name="某区政府", template_code="SMS_1",
                                template_param='{"title": "停水通知"}', out_id="k 1")
try:
    body = asyncio.run(client.send_sms_async(request)).body.to_map()
except Exception as error:
    body = {"Code": error.code}
print(json.dumps(body))
"""


async def _sdk(*arguments: str) -> Any:
    python = os.environ.get(VARIABLE) or (sys.executable if importlib.util.find_spec(SDK) else None)
    if python is None:
        pytest.skip(f"NOT TESTED AGAINST THE OFFICIAL SDK: install {SDK}==4.6.0 and set {VARIABLE} to its interpreter")
    process = await asyncio.create_subprocess_exec(
        *(python, "-W", "ignore", "-c", _SCRIPT, *arguments), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return json.loads(printed.splitlines()[-1])


async def test_the_official_sdk_is_served_as_by_the_gateway() -> None:
    gateway = AliyunStandIn(Account(signs=frozenset({"某区政府"}), templates={"SMS_1": "${title}。"}))
    account = gateway.account
    async with running(gateway) as address:
        endpoint = address.removeprefix("http://")
        good = await _sdk(endpoint, account.access_key_id, account.secret, "13800000001")
        forged = await _sdk(endpoint, account.access_key_id, "another", "13800000001")
        wrong = await _sdk(endpoint, account.access_key_id, account.secret, "123")
    assert (good["Code"], forged["Code"], wrong["Code"]) == ("OK", "SignatureDoesNotMatch", "isv.MOBILE_NUMBER_ILLEGAL")
    (shown,) = gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark, shown.id) == (
        "13800000001",
        "【某区政府】停水通知。",
        "k 1",
        good["BizId"],
    )
