"""What Alibaba Cloud pushes: SmsReport (how messages ended) and SmsUp (what people answered). Pure.

Source: help.aliyun.com, "SmsReport" and "SmsUp" over HTTP: a JSON array each; nothing in it is signed. A push that is
not answered in time comes again after 1, 5 and 10 minutes.
"""

from collections.abc import Callable, Mapping

from channels.aliyun_codes import end
from channels.phone import address_of, number_for
from channels.pushes import Said, answered, china_time, marks, objects, text
from channels.receipt import Inbound, Receipt
from channels.redaction import redact

#: What the platform wants to hear.
THANKS = '{"code":0,"msg":"接收成功"}'


def provider_ids(biz_id: str, *, key: str) -> Callable[[str], str | None]:
    """The names of the numbers' messages: the platform numbers requests only. None where it gave no number at all."""
    mark_of = marks(key, biz_id)
    return lambda number: f"{biz_id}-{mark_of(number)}" if biz_id else None


def read(body: bytes, *, key: str) -> Said | None:
    """What a push says, in its order; None where it is no push. Entries that cannot be read are left out.

    `key` hides the numbers in the names that are made for messages.
    """
    entries = objects(body)
    if entries is None:
        return None
    receipts = [_receipt(entry, key) for entry in entries if "success" in entry and text(entry, "phone_number")]
    inbound = [_inbound(entry) for entry in entries if "content" in entry and text(entry, "phone_number")]
    is_empty = body.strip() == b"[]"
    return (receipts, inbound) if receipts or inbound or is_empty else None


def _receipt(entry: Mapping[str, object], secret: str) -> Receipt:
    number, code = text(entry, "phone_number"), text(entry, "err_code")
    address = address_of(number)
    return Receipt(
        end(code, success=entry["success"] is True),
        provider_id=provider_ids(text(entry, "biz_id"), key=secret)(number_for(address) or ""),
        key=text(entry, "out_id") or None,
        address=address,
        code=code,
        detail=redact(text(entry, "err_msg"), number),
        at=china_time(text(entry, "report_time")),
    )


def _inbound(entry: Mapping[str, object]) -> Inbound:
    return answered(
        address_of(text(entry, "phone_number")),
        text(entry, "content"),
        at=china_time(text(entry, "send_time")),
        event_id=text(entry, "sequence_id"),
    )
