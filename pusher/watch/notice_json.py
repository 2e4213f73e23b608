"""A notice as stored. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from templates.notice import Notice

_TIMES = ("published", "starts")


def notice_to_json(notice: Notice) -> dict[str, Any]:
    """The notice as plain JSON values; times as ISO 8601."""
    values = asdict(notice)
    del values["entries"]
    for name in _TIMES:
        values[name] = values[name] and values[name].isoformat()
    return values


def notice_from_json(stored: Mapping[str, Any]) -> Notice:
    """The notice that `notice_to_json` was given."""
    values = dict(stored)
    for name in _TIMES:
        values[name] = datetime.fromisoformat(values[name]) if values.get(name) else None
    for name in ("domains", "areas"):
        values[name] = tuple(values.get(name, ()))
    values["attachments"] = tuple((name, url) for name, url in values.get("attachments", ()))
    return Notice(**values)
