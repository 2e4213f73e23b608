"""Every kind of channel there is: one line each. This is the one place that a new channel module is named in."""

from collections.abc import Mapping
from typing import Any

from channels import aliyun_sms, board, cmpp, http_sms, log, mas_sms, smpp, smtp, tencent_sms, wechat
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
        board.KIND,
        log.KIND,
    )
}
