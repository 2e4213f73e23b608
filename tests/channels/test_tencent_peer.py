"""The official SDK against the stand-in: if the stand-in takes its signature and ours, both are right."""

import asyncio
import importlib.util
import json
import os
import sys
from typing import Any

import pytest

from pusher.demo.standins.server import running
from pusher.demo.standins.tencent import Account, TencentStandIn

#: An interpreter that has the SDK, where ours has not.
VARIABLE = "TENCENT_SDK_PYTHON"
SDK = "tencentcloud"

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


async def _sdk(*arguments: str) -> Any:
    python = os.environ.get(VARIABLE) or (sys.executable if importlib.util.find_spec(SDK) else None)
    if python is None:
        pytest.skip(
            "NOT TESTED AGAINST THE OFFICIAL SDK: install tencentcloud-sdk-python-sms==3.1.153 "
            f"and set {VARIABLE} to its interpreter"
        )
    process = await asyncio.create_subprocess_exec(
        *(python, "-W", "ignore", "-c", _SCRIPT, *arguments), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    return json.loads(printed.splitlines()[-1])


async def test_the_official_sdk_is_served_as_by_the_gateway() -> None:
    gateway = TencentStandIn(Account(signs=frozenset({"某区政府"}), templates={"1": "{1}。"}))
    account = gateway.account
    async with running(gateway) as address:
        endpoint = address.removeprefix("http://")
        good = await _sdk(endpoint, account.secret_id, account.secret, account.app_id)
        forged = await _sdk(endpoint, account.secret_id, "another", account.app_id)
    assert good == ["Ok", "InvalidParameterValue.IncorrectPhoneNumber"]
    assert forged == ["AuthFailure.SignatureFailure"]
    (shown,) = gateway.inbox.all()
    assert (shown.to, shown.text, shown.mark) == ("+8613800000001", "【某区政府】停水通知。", "k 1")
