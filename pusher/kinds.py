"""Every kind of channel there is: one line each. This is the one place that a new channel module is named in."""

from collections.abc import Mapping
from typing import Any

from channels import aliyun_sms, board, log, smtp, wechat
from channels.channel import Kind

KINDS: Mapping[str, Kind[Any]] = {
    kind.name: kind
    for kind in (
        smtp.KIND,
        aliyun_sms.KIND,
        wechat.KIND,
        board.KIND,
        log.KIND,
    )
}
