"""A JSON answer as a list: its rows, or one sentence on why there are none. Pure; never raises."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pusher.watch.found import Kind, Page, Reading, Row
from pusher.watch.json_list import find_rows, load, texts_with_markup, walk
from pusher.watch.pages.hidden import in_records
from pusher.watch.pages.listing import find_list
from pusher.watch.plain_text import plain
from pusher.watch.selectors import JsonNames
from pusher.watch.tree import document

_JSON = re.compile(r"\ufeff?\s*(?:[\[{]|[\w$.]{1,60}\s*\(\s*[\[{]|(?:(?:var|let|const)\s+)?[\w$.]{1,60}\s*=\s*[\[{])")

#: Where answers put their reason and their code, and the codes that mean success.
_MESSAGES = ("msg", "message", "errmsg", "errmessage", "errorMsg", "error", "info")
_CODES = ("code", "errcode", "errorCode", "status", "state", "num")
_FINE = frozenset({"none", "0", "200", "1", "ok", "success", "true", "00000"})


def is_json(text: str) -> bool:
    """Whether a document is JSON, or a call or assignment around it."""
    return bool(_JSON.match(text))


def read_json(page: Page, text: str, encoding: str, names: JsonNames, *, at: datetime) -> Reading:
    """The rows of a JSON answer."""
    try:
        value = load(text)
    except ValueError as error:
        return Reading(Kind.JSON, encoding, failure=f"the answer is not JSON ({error})"[:200])
    found = find_rows(value, page.url, names, at=at)
    rows = found.rows if found else _in_markup(texts_with_markup(value), page.url, at=at)
    if rows:
        return Reading(Kind.JSON, encoding, rows)
    refused = _refusal(value)
    if refused:
        return Reading(Kind.JSON, encoding, failure=f"the source answers with an error: {refused}")
    if _has_empty_array(value):
        return Reading(Kind.JSON, encoding, problems=("the list is empty",))
    return Reading(Kind.JSON, encoding, failure="no array of rows was recognised; name it with fields.rows")


def _has_empty_array(value: Any) -> bool:
    """Whether the answer holds an array for rows, and it is empty: nothing is published there."""
    return any(inner == [] for _, inner in walk(value))


def _refusal(value: Any) -> str:
    """What an answer says that is an error in the shape of an answer; "" if it is none."""
    if not isinstance(value, dict):
        return ""
    message = next((value[name] for name in _MESSAGES if isinstance(value.get(name), str) and value[name]), "")
    code = next((value[name] for name in _CODES if name in value), None)
    fails = value.get("success") in (False, "false", 0) or value.get("error") is True or str(code).lower() not in _FINE
    empty = not any(value.get(name) for name in ("data", "result", "rows", "list"))
    return f"{plain(message)[:100] or 'no reason given'} (code {str(code)[:20]})" if fails and empty else ""


def _in_markup(pieces: Sequence[str], url: str, *, at: datetime) -> Sequence[Row]:
    """The rows of pieces of HTML: one in each, or a whole list in one of them."""
    for piece in pieces if len(pieces) < 3 else ():
        page = document(piece, url)
        found = find_list(page, at=at) if page is not None else None
        if found and len(found.rows) > 1:
            return [facts.as_row(url) for facts in found.rows]
    hidden = in_records(pieces, url, at=at)
    return hidden.rows if hidden else ()
