"""What 移动云MAS pushes: status reports and answers of people, one JSON object or an array of them. Pure.

Source: the platform's HTTP interface manual as its users quote it. A report names the request (msgGroup) and the
number; nothing is signed, and nothing numbers the answers.
"""

from collections.abc import Mapping

from channels.carrier_ends import end
from channels.phone import address_of
from channels.pushes import Said, answered, china_time, mark, objects, text
from channels.receipt import Inbound, Receipt

#: What the platform wants to hear.
THANKS = "OK"

#: Times are written without any sign between.
_TIME = "%Y%m%d%H%M%S"

#: `reportStatus` of a message that arrived: as it is seen to come, and as the manual has it.
_DELIVERED = frozenset({"CM:0000", "DELIVRD"})


def provider_id(group: str, number: str, *, key: str) -> str:
    """The name of one number's message: the platform numbers requests only. `number`: 11 digits."""
    return f"{group}-{mark(key, group, number)}"


def read(body: bytes, *, key: str) -> Said | None:
    """What a push says, in its order; None where it is no push. Entries that cannot be read are left out.

    `key` hides the numbers in the names that are made for messages and answers.
    """
    entries = [entry for entry in objects(body) or () if _mobile(entry)]
    receipts = [_receipt(entry, key) for entry in entries if "reportStatus" in entry and _group(entry)]
    inbound = [_inbound(entry, key) for entry in entries if "smsContent" in entry]
    return (receipts, inbound) if receipts or inbound or body.strip() == b"[]" else None


def _receipt(entry: Mapping[str, object], key: str) -> Receipt:
    status, code = text(entry, "reportStatus"), text(entry, "errorCode")
    address = address_of(_mobile(entry))
    return Receipt(
        end(code, success=status in _DELIVERED),
        provider_id=provider_id(_group(entry), address.removeprefix("+86"), key=key),
        address=address,
        code=code or status,
        at=china_time(text(entry, "receiveDate"), _TIME),
    )


def _mobile(entry: Mapping[str, object]) -> str:
    # The manual has a list of one where its examples have a text.
    match entry.get("mobile"):
        case [str(number)]:
            return number.strip()
        case _:
            return text(entry, "mobile")


def _group(entry: Mapping[str, object]) -> str:
    # The manual spells it in two ways.
    return text(entry, "msgGroup", "mgsGroup")


def _inbound(entry: Mapping[str, object], key: str) -> Inbound:
    words, time = (text(entry, name) for name in ("smsContent", "sendTime"))
    address = address_of(_mobile(entry))
    at = china_time(time, _TIME) or china_time(time)
    return answered(address, words, at=at, event_id=mark(key, address, words, time))
