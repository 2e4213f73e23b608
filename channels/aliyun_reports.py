"""What Alibaba Cloud pushes: SmsReport (how messages ended) and SmsUp (what people answered). Pure.

Source: help.aliyun.com, "SmsReport" and "SmsUp" over HTTP: a JSON array each; nothing in it is signed. A push that is
not answered in time comes again after 1, 5 and 10 minutes.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from channels.aliyun_codes import end
from channels.receipt import Inbound, Receipt
from channels.redaction import redact
from channels.stop_words import is_stop

#: What the platform wants to hear.
THANKS = '{"code":0,"msg":"接收成功"}'

#: The zone of every time in a push.
_CHINA = timezone(timedelta(hours=8))

#: Digits of a mobile number of the mainland.
_MAINLAND = 11


def read(body: bytes) -> tuple[list[Receipt], list[Inbound]] | None:
    """What a push says, in its order; None where it is no push. Entries that cannot be read are left out."""
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(entries, list):
        return None
    objects = [entry for entry in entries if isinstance(entry, dict)]
    receipts = [_receipt(entry) for entry in objects if "success" in entry and _text(entry, "phone_number")]
    inbound = [_inbound(entry) for entry in objects if "content" in entry and _text(entry, "phone_number")]
    return None if entries and not receipts and not inbound else (receipts, inbound)


def number_for(address: str) -> str | None:
    """A number as SendSms wants it: 11 digits for the mainland, else country code and number; None if it is none."""
    number = address.removeprefix("+")
    if not (number.isascii() and number.isdigit()):
        return None
    # Anything else after 86 must keep it: without, it would be somebody's number abroad.
    bare = number.removeprefix("86")
    return bare if len(bare) == _MAINLAND and bare.startswith("1") else number


def address_of(number: str) -> str:
    """A number of a push as an address ("+8613800000000")."""
    digits = number.removeprefix("+").removeprefix("00")
    return f"+86{digits}" if len(digits) == _MAINLAND and digits.startswith("1") else f"+{digits}"


def _receipt(entry: Mapping[str, object]) -> Receipt:
    number, code = _text(entry, "phone_number"), _text(entry, "err_code")
    return Receipt(
        end(code, success=entry["success"] is True),
        provider_id=_text(entry, "biz_id") or None,
        key=_text(entry, "out_id") or None,
        address=address_of(number),
        code=code,
        detail=redact(_text(entry, "err_msg"), number),
        at=_time(_text(entry, "report_time")),
    )


def _inbound(entry: Mapping[str, object]) -> Inbound:
    words = _text(entry, "content")
    return Inbound(
        "stop" if is_stop(words) else "text",
        address=address_of(_text(entry, "phone_number")),
        text=words,
        at=_time(_text(entry, "send_time")),
        event_id=_text(entry, "sequence_id"),
    )


def _text(entry: Mapping[str, object], name: str) -> str:
    """Text or number of `entry` as text (sequence_id comes as either); "" where it is neither."""
    value = entry.get(name)
    return str(value).strip() if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def _time(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=_CHINA)
    except ValueError:
        return None
