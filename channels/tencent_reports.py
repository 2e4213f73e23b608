"""What Tencent Cloud pushes: how messages ended (an array), and what a person answered (one object). Pure.

Source: cloud.tencent.com, "短信下发状态通知" (382/43547) and "短信回复状态通知" (382/43548); nothing in them is
signed, and nothing numbers the answers.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from channels.carrier_ends import end
from channels.phone import address_of
from channels.pushes import Said, answered, china_time, mark, objects, text
from channels.receipt import Inbound, Receipt
from channels.redaction import redact

#: What the platform wants to hear.
THANKS = '{"result":0,"errmsg":"OK"}'


def read(body: bytes, *, key: str) -> Said | None:
    """What a push says, in its order; None where it is no push. Entries that cannot be read are left out.

    `key` hides the numbers in the names that are made for answers.
    """
    entries = objects(body)
    if entries is None:
        return None
    receipts = [_receipt(entry) for entry in entries if "report_status" in entry and text(entry, "sid")]
    inbound = [_inbound(entry, key) for entry in entries if "text" in entry and text(entry, "mobile")]
    return (receipts, inbound) if receipts or inbound or body.strip() == b"[]" else None


def _receipt(entry: Mapping[str, object]) -> Receipt:
    code, number = text(entry, "errmsg"), text(entry, "mobile")
    return Receipt(
        end(code, success=text(entry, "report_status") == "SUCCESS"),
        provider_id=text(entry, "sid"),
        address=_address(entry),
        code=code,
        detail=redact(text(entry, "description"), number),
        at=china_time(text(entry, "user_receive_time")),
    )


def _inbound(entry: Mapping[str, object], key: str) -> Inbound:
    words, time = text(entry, "text"), text(entry, "time")
    address = _address(entry)
    return answered(address, words, at=_moment(time), event_id=mark(key, address, words, time))


def _address(entry: Mapping[str, object]) -> str:
    number, country = text(entry, "mobile"), text(entry, "nationcode")
    return address_of(number) if number.startswith("+") or not country else f"+{country}{number}"


def _moment(time: str) -> datetime | None:
    """Seconds since 1970, as the platform writes them."""
    try:
        return datetime.fromtimestamp(int(time), UTC)
    except (ValueError, OverflowError, OSError):
        return None
