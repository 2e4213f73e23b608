"""The settings of the demo's service, as a town would write them."""

import json
from pathlib import Path

from pusher.demo.standins import aliyun, wechat
from pusher.demo.town import TAXONOMY
from pusher.demo.world import (
    CODE_TEMPLATE,
    NOTICE_TEMPLATE,
    SIGN,
    SMS_CALLBACK_TOKEN,
    WARNING_TEMPLATE,
    WECHAT_AES_KEY,
    WECHAT_TOKEN,
    World,
)

_HEAD = """\
taxonomy = {taxonomy}

[service]
name = "星湖区"
contact = "12345"
public_url = {url}
port = {port}
data = "data"

[channels.board]
kind = "board"

[channels.smtp]
kind = "smtp"
host = "127.0.0.1"
port = {smtp_port}
security = "none"
sender = "星湖区人民政府 <tz@xinghu.example>"
list_id = "tz.xinghu.example"

[channels.aliyun_sms]
kind = "aliyun_sms"
endpoint = {sms}
scheme = "http"
access_key_id = {access_key_id}
secret = {sms_secret}
sign_name = {sign}
template = {{ id = {notice_template}, fields = {{ {notice_fields} }} }}
templates = {{ warning = {warning_template}, confirmation = {code_template} }}
callback_token = {sms_token}

# 居民可以在 /subscribe 自己订阅，用邮件里的链接、短信里的数字或微信扫码确认。
[sign_up]
channels = ["smtp", "aliyun_sms", "wechat"]
wechat_name = "星湖发布"

[channels.wechat]
kind = "wechat"
base_url = {wechat}
appid = {appid}
secret = {wechat_secret}
callback_token = {wechat_token}
aes_key = {aes_key}
template = {{ id = "NOTICE" }}

# 各领域的通知发给订阅了该领域的人；修改过的通知，标题改了才再发一次。
[routes.notices]
kinds = ["notice"]
domains = ["rural", "education", "health", "environment", "disaster", "culture"]
channels = ["board", "wechat", "aliyun_sms", "smtp"]
edits = "major"

# 救助类通知同时发给民政局名单上的低保户；一个人无论在几份名单上，每条只收到一次。
[routes.aid]
kinds = ["notice"]
domains = ["aid"]
to = ["subscribers", "group:低保户"]
channels = ["board", "wechat", "aliyun_sms", "smtp"]
edits = "major"

# 预警走自己的通道，发给订阅者和值守人员，须由另一人签发。
[routes.warnings]
kinds = ["warning"]
to = ["subscribers", "group:值守人员"]
channels = ["board", "wechat", "aliyun_sms", "smtp"]
lane = "warning"
approval = true
"""

_SOURCE = """
[sources.{code}]
kind = "{kind}"
url = {url}
interval = {interval}
allow_private = true
"""


def write_settings(folder: Path, around: World, *, port: int, interval: float) -> Path:
    """Write pusher.toml into `folder`; sources are looked at every `interval` seconds. Returns its path."""
    text = _HEAD.format(
        taxonomy=_toml(str(TAXONOMY)),
        url=_toml(f"http://127.0.0.1:{port}"),
        port=port,
        smtp_port=around.smtp_port,
        sms=_toml(around.sms_url.removeprefix("http://")),
        access_key_id=_toml(aliyun.KEY_ID),
        sms_secret=_toml(aliyun.PLAYED),
        sign=_toml(SIGN),
        notice_template=_toml(NOTICE_TEMPLATE),
        notice_fields=", ".join(f'{name} = "{name}"' for name in ("title", "issuer", "date", "path")),
        warning_template=_toml(WARNING_TEMPLATE),
        code_template=_toml(CODE_TEMPLATE),
        sms_token=_toml(SMS_CALLBACK_TOKEN),
        wechat=_toml(around.wechat_url),
        appid=_toml(wechat.APPID),
        wechat_secret=_toml(wechat.PLAYED),
        wechat_token=_toml(WECHAT_TOKEN),
        aes_key=_toml(WECHAT_AES_KEY),
    )
    for column in around.town.columns:
        url = _toml(around.town_url + column.path)
        text += _SOURCE.format(code=column.code, kind=column.kind, url=url, interval=interval)
    path = folder / "pusher.toml"
    path.write_text(text, encoding="utf-8")
    return path


def _toml(text: str) -> str:
    """A basic string of TOML, which has the same escapes as one of JSON."""
    return json.dumps(text, ensure_ascii=False)
