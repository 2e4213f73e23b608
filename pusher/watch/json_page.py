"""A JSON answer as a list: its rows, or one sentence on why there are none. Pure; never raises."""

import re
from collections.abc import Sequence
from datetime import datetime

from pusher.watch.found import Kind, Page, Reading, Row
from pusher.watch.hidden import in_records
from pusher.watch.json_list import find_rows, has_empty_array, load, refusal, texts_with_markup
from pusher.watch.listing import find_list
from pusher.watch.selectors import JsonNames
from pusher.watch.tree import document

_JSON = re.compile(r"\ufeff?\s*(?:[\[{]|[\w$.]{1,60}\s*\(\s*[\[{]|(?:(?:var|let|const)\s+)?[\w$.]{1,60}\s*=\s*[\[{])")


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
    refused = refusal(value)
    if refused:
        return Reading(Kind.JSON, encoding, failure=f"the source answers with an error: {refused}")
    if has_empty_array(value):
        return Reading(Kind.JSON, encoding, problems=("the list is empty",))
    return Reading(Kind.JSON, encoding, failure="no array of rows was recognised; name it with fields.rows")


def _in_markup(pieces: Sequence[str], url: str, *, at: datetime) -> Sequence[Row]:
    """The rows of pieces of HTML: one in each, or a whole list in one of them."""
    for piece in pieces if len(pieces) < 3 else ():
        page = document(piece, url)
        found = find_list(page, at=at) if page is not None else None
        if found and len(found.rows) > 1:
            return [facts.as_row(url) for facts in found.rows]
    hidden = in_records(pieces, url, at=at)
    return hidden.rows if hidden else ()
