"""Every kind of channel there is: one line each. This is the one place that a new channel module is named in."""

from collections.abc import Mapping
from typing import Any

from channels import (
    aliyun_sms,
    apprise,
    board,
    cmpp,
    command,
    dingtalk_bot,
    feishu_bot,
    http_sms,
    log,
    mas_sms,
    script,
    smpp,
    smtp,
    tencent_sms,
    web_push,
    webhook,
    wechat,
    wechat_mass,
    wecom_app,
    wecom_bot,
    weibo,
)
from channels.channel import Kind

KINDS: Mapping[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        smtp.KIND,
        aliyun_sms.KIND,
        tencent_sms.KIND,
        mas_sms.KIND,
        http_sms.KIND,
        cmpp.KIND,
        smpp.KIND,
        wechat.KIND,
        wechat_mass.KIND,
        wecom_bot.KIND,
        dingtalk_bot.KIND,
        feishu_bot.KIND,
        wecom_app.KIND,
        weibo.KIND,
        web_push.KIND,
        webhook.KIND,
        command.KIND,
        apprise.KIND,
        board.KIND,
        script.KIND,
        log.KIND,
    )
}
