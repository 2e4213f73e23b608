"""Whether the platform would take a message: its form, its template, its values. Each check gives a code, 0 = good."""

import json
import re
from collections.abc import Mapping
from typing import Any

#: Longest values by the kind of a field, and what they may consist of.
_RULES: Mapping[str, re.Pattern[str]] = {
    "thing": re.compile(r"[^\x00-\x1f]{1,20}"),
    "number": re.compile(r"[0-9.,+-]{1,32}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[^\w\s]{1,5}"),
    "character_string": re.compile(r"[\x20-\x7e]{1,32}"),
    "phone_number": re.compile(r"[0-9+() -]{1,17}"),
    "phrase": re.compile(r"[\u4e00-\u9fff]{1,5}"),
    "name": re.compile(r"[^\x00-\x1f]{1,20}"),
    "time": re.compile(r"[^\x00-\x1f]{1,64}"),
    "date": re.compile(r"[^\x00-\x1f]{1,64}"),
    "amount": re.compile(r"[^\x00-\x1f]{1,20}"),
}

_KIND = re.compile(r"[a-z_]+")
_OPENID = re.compile(r"[A-Za-z0-9_-]{2,64}")

#: What each call may carry besides `touser`, `template_id` and `data`.
_MORE = {
    "template": frozenset({"url", "miniprogram", "client_msg_id", "topcolor", "color"}),
    "subscribe": frozenset({"page", "miniprogram", "miniprogram_state", "lang"}),
}


def read(body: bytes) -> dict[str, Any] | None:
    """The JSON object of a request; None where it is none."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None


def code_of(told: Mapping[str, Any], kind: str, templates: Mapping[str, str]) -> tuple[int, str]:
    """The platform's code and words for a message of this `kind` ("template", "subscribe"); `templates`: id → kind."""
    to, template, data = told.get("touser"), told.get("template_id"), told.get("data")
    if not isinstance(to, str) or not _OPENID.fullmatch(to):
        return 40003, "invalid openid"
    if not isinstance(template, str) or templates.get(template, kind if not templates else "") != kind:
        return 40037, "invalid template_id"
    if not isinstance(data, dict) or told.keys() - {"touser", "template_id", "data"} - _MORE[kind]:
        return 47001, "data format error"
    wrong = next((name for name, value in data.items() if not _fits(name, value, strict=kind == "subscribe")), None)
    return (47003, f"argument invalid! data.{wrong}.value invalid") if wrong else (0, "ok")


def _fits(name: str, value: object, *, strict: bool) -> bool:
    text = value.get("value") if isinstance(value, dict) else None
    if not isinstance(text, str) or not text:
        return False
    kind = _KIND.match(name)
    rule = _RULES.get(kind[0]) if kind else None
    return bool(rule.fullmatch(text)) if rule else not strict
