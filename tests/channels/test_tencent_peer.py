"""The official SDK against the stand-in: if the stand-in takes its signature and ours, both are right."""

import asyncio
import json
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from channels.tencent_codes import CODES
from pusher.demo.standins.server import running
from pusher.demo.standins.tencent import Account, TencentStandIn
from tests.support import peers

_SCRIPT = """
import json, sys
from tencentcloud.common.credential import Credential
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111 import models, sms_client

endpoint, secret_id, secret, app_id = sys.argv[1:]
profile = ClientProfile(httpProfile=HttpProfile(protocol="http", endpoint=endpoint))
client = sms_client.SmsClient(Credential(secret_id, secret), "ap-guangzhou", profile)
request = models.SendSmsRequest()
request.PhoneNumberSet = ["13800000001", "123"]
request.SmsSdkAppId, request.SignName, request.TemplateId = app_id, "某区政府", "1"
request.TemplateParamSet, request.SessionContext = ["停水通知"], "k 1"
try:
    told = [status.Code for status in client.SendSms(request).SendStatusSet]
except Exception as error:
    told = [error.code]
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def sdk() -> Mapping[str, str]:
    return peers.python("tencent")


async def _said(env: Mapping[str, str], *arguments: str, script: str = _SCRIPT) -> Any:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "ignore", "-c", script, *arguments), stdout=asyncio.subprocess.PIPE, env=env
    )
    printed, _ = await process.communicate()
    return json.loads(printed.splitlines()[-1])


async def test_every_code_of_the_official_sdk_is_in_our_table(sdk: Mapping[str, str]) -> None:
    script = """
import json
from tencentcloud.sms.v20210111 import errorcodes
print(json.dumps([told for name, told in vars(errorcodes).items() if name.isupper()]))
"""
    listed = await _said(sdk, script=script)
    codes = CODES
    assert len(listed) >= 94
    assert [code for code in listed if not any(code in each for each in (codes.later, codes.dead, codes.ours))] == []


async def test_the_official_sdk_is_served_as_by_the_gateway(sdk: Mapping[str, str]) -> None:
    gateway = TencentStandIn(Account(signs=frozenset({"某区政府"}), templates={"1": "{1}。"}))
    account = gateway.account
    async with running(gateway) as address:
        endpoint = address.removeprefix("http://")
        good = await _said(sdk, endpoint, account.secret_id, account.secret, account.app_id)
        forged = await _said(sdk, endpoint, account.secret_id, "another", account.app_id)
    assert good == ["Ok", "InvalidParameterValue.IncorrectPhoneNumber"]
    assert forged == ["AuthFailure.SignatureFailure"]
    (shown,) = gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark) == ("+8613800000001", "【某区政府】停水通知。", "k 1")
