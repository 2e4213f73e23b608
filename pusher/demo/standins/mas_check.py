"""Whether 移动云MAS would take a request: encoding, checksum, account, numbers. Gives a code, "" = good."""

import binascii
import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Mapping

_NUMBER = re.compile(r"1[3-9]\d{9}", re.ASCII)

#: Most numbers of a request.
MOST_NUMBERS = 5000

#: The fields of a request in the order of its checksum.
_FREE = ("ecName", "apId", "secretKey", "mobiles", "content", "sign", "addSerial")
_FILED = ("ecName", "apId", "secretKey", "templateId", "mobiles", "params", "sign", "addSerial")


def told(body: bytes) -> dict[str, str] | None:
    """The fields of a request; None where it is no JSON object of texts in base64."""
    try:
        fields = json.loads(b64decode(body, validate=True))
    except (binascii.Error, ValueError):
        return None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        return None
    return fields


def code_of(fields: Mapping[str, str] | None, *, who: Mapping[str, str], sign: str, is_template: bool) -> str:
    """`who`: the account's own ecName, apId and secretKey; `sign`: its code."""
    order = _FILED if is_template else _FREE
    if fields is None or set(fields) != {*order, "mac"} or not _has_words(fields):
        return "InvalidMessage"
    if any(fields[name] != value for name, value in who.items()):
        return "InvalidUsrOrPwd"
    mac = hashlib.md5("".join(fields[name] for name in order).encode(), usedforsecurity=False).hexdigest()
    if fields["mac"] != mac:
        return "IllegalMac"
    if fields["sign"] != sign:
        return "NoSignId"
    numbers = fields["mobiles"].split(",")
    if len(numbers) > MOST_NUMBERS:
        return "TooManyMobiles"
    return "" if all(_NUMBER.fullmatch(number) for number in numbers) else "InvalidMobile"


def _has_words(fields: Mapping[str, str]) -> bool:
    """Some text, or a list of texts."""
    if "content" in fields:
        return bool(fields["content"].strip())
    try:
        params = json.loads(fields["params"])
    except ValueError:
        return False
    return isinstance(params, list) and all(isinstance(value, str) for value in params)
