"""What a described gateway pushes: status reports and answers of people, found where the settings say. Pure."""

import json
from collections.abc import Sequence
from urllib.parse import parse_qsl

from channels.carrier_ends import ENDS, end
from channels.http_sms_settings import PushRule, ReceiptRule, ReplyRule
from channels.json_path import at, text_at
from channels.phone import address_of
from channels.pushes import Said, answered, china_time, mark
from channels.receipt import Inbound, Outcome, Receipt
from channels.redaction import redact


def read(body: bytes, *, rule: PushRule, key: str) -> Said | None:
    """What a push says, in its order; None where it is no push. Entries that cannot be read are left out.

    `key` hides the numbers in the names that are made for answers.
    """
    said = _parsed(body, rule)
    if said is None:
        return None
    receipts = [_receipt(entry, rule.receipts) for entry in _entries(said, rule.receipts) if rule.receipts]
    inbound = [_inbound(entry, rule.replies, key) for entry in _entries(said, rule.replies) if rule.replies]
    return (receipts, inbound) if receipts or inbound or said == [] else None


def _parsed(body: bytes, rule: PushRule) -> object:
    """The body as JSON would have it; None where it cannot be read."""
    try:
        return json.loads(body) if rule.form == "json" else dict(parse_qsl(body.decode(), max_num_fields=100))
    except (ValueError, RecursionError):
        return None


def _entries(said: object, rule: ReceiptRule | ReplyRule | None) -> Sequence[object]:
    """The entries that are of this rule."""
    if rule is None:
        return ()
    telling = rule.code if isinstance(rule, ReceiptRule) else rule.text
    found = at(said, rule.entries)
    entries = found if isinstance(found, list) else [found]
    return [entry for entry in entries if text_at(entry, rule.number) and at(entry, telling) is not None]


def _receipt(entry: object, rule: ReceiptRule) -> Receipt:
    number, code = text_at(entry, rule.number), text_at(entry, rule.code)
    ends = {
        **ENDS,
        **dict.fromkeys(rule.waiting, Outcome.SENT),
        **dict.fromkeys(rule.ours, Outcome.TECHNICAL),
        **dict.fromkeys(rule.dead, Outcome.PERMANENT),
    }
    return Receipt(
        end(code, success=code in rule.delivered, ends=ends),
        provider_id=_if_told(entry, rule.id),
        key=_if_told(entry, rule.key),
        address=address_of(number),
        code=code,
        detail=redact(_if_told(entry, rule.message) or "", number),
        at=china_time(_if_told(entry, rule.time) or "", rule.time_form),
    )


def _inbound(entry: object, rule: ReplyRule, key: str) -> Inbound:
    address, words = address_of(text_at(entry, rule.number)), text_at(entry, rule.text)
    time = _if_told(entry, rule.time) or ""
    event_id = _if_told(entry, rule.id) or (mark(key, address, words, time) if time else "")
    return answered(address, words, at=china_time(time, rule.time_form), event_id=event_id)


def _if_told(entry: object, path: str) -> str | None:
    """What stands below `path`; None where the settings name no place, or nothing stands there."""
    return (text_at(entry, path) or None) if path else None
