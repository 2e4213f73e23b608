"""What other programs post (`POST /api/items`) to an item. Pure.

Two ways to say the same: a JSON object of plain fields, or a CloudEvents 1.0 envelope whose `data` are those fields.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NoReturn

from pydantic import ValidationError

from pusher.item import Item
from pusher.watch.inbox_form import EnvelopeForm, ItemForm
from pusher.watch.keys import keys
from subscribers.topic import Topic

SOURCE = "inbox"
CLOUD_EVENT = "application/cloudevents+json"
#: Clocks of other machines run ahead by less.
_AHEAD = timedelta(days=1)
LONGEST_KEY = 200
_LONGEST_PLACE = 100
#: No database and no provider takes them.
_LONE_HALF = re.compile("[\ud800-\udfff]")
#: Pydantic's words where ours are clearer; none repeats the value.
_SENTENCES = {
    "missing": "is missing",
    "extra_forbidden": "there is no such field; remove it or check its spelling",
    "model_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "mapping_type": "must be a JSON object of the item's fields",
    "list_type": "must be a JSON array",
    "string_type": "must be a text",
}
_PATTERNS = {
    "domains": 'must be the code of a domain, such as "education" (see `pusher domains`)',
    "kind": "must be one word of at most 40 letters, digits, _ and -",
}


class InboxError(Exception):
    """What is wrong with what was posted: for each problem its place ("areas.0") and one sentence without the value."""

    def __init__(self, problems: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(f"{each['loc'] or 'the body'}: {each['msg']}" for each in problems))
        self.problems = [dict(each) for each in problems]


class NotJson(InboxError):
    """The body is no JSON object at all, so that no place in it can be named."""


def read_inbox(body: bytes, content_type: str, *, at: datetime, poster: str = "") -> tuple[Item, tuple[str, ...]]:
    """The item that was posted, and its keys, the one to store first; raises InboxError.

    `poster` names the program: the keys it gives are its own, so that two programs may both count from 1. An item
    without key is known by its address, without address by its words. `at` is the aware time of arrival.
    """
    posted = _object(body)
    if "specversion" in posted or content_type.split(";", maxsplit=1)[0].strip().lower() == CLOUD_EVENT:
        posted = _opened(posted)
    try:
        form = ItemForm.model_validate(posted)
    except ValidationError as error:
        raise InboxError(_problems(error)) from None
    if form.published and form.published > at + _AHEAD:
        raise InboxError([{"loc": "published", "msg": "lies in the future; an item is posted when it is published"}])
    known = _keys(form, poster)
    return _item(form, known[0], poster), known


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError:
        raise NotJson([{"loc": "", "msg": "the body is not UTF-8"}]) from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise NotJson([{"loc": "", "msg": f"the body is not JSON ({place})"}]) from None
    except (ValueError, RecursionError):
        raise NotJson(
            [{"loc": "", "msg": "the body is JSON that cannot be read (NaN, huge numbers, too deep)"}]
        ) from None
    if b"\\u" in body and _LONE_HALF.search(json.dumps(value, ensure_ascii=False)):
        raise NotJson([{"loc": "", "msg": "the body holds half a character (a lone surrogate, such as \\ud800)"}])
    if not isinstance(value, dict):
        raise NotJson([{"loc": "", "msg": "the body must be one JSON object; post items one by one"}])
    return value


def _refuse(_constant: str) -> NoReturn:
    raise ValueError


def _opened(posted: Mapping[str, Any]) -> dict[str, Any]:
    """The fields inside a CloudEvents envelope; what the data leave out, the envelope says."""
    try:
        envelope = EnvelopeForm.model_validate(posted)
    except ValidationError as error:
        raise InboxError(_problems(error)) from None
    fields = dict(envelope.data)
    if "key" not in fields and "id" not in fields:
        fields["key"] = _short(f"{envelope.source}#{envelope.id}")
    if envelope.subject:
        fields.setdefault("title", envelope.subject)
    if envelope.time:
        fields.setdefault("published", envelope.time.isoformat())
    return fields


def _problems(error: ValidationError) -> list[dict[str, str]]:
    found = []
    for each in error.errors(include_url=False, include_context=False, include_input=False):
        place = [str(step) for step in each["loc"] if not str(step).startswith("function-")]
        sentence = _PATTERNS.get(place[0]) if each["type"] == "string_pattern_mismatch" and place else None
        sentence = sentence or _SENTENCES.get(each["type"]) or each["msg"].removeprefix("Value error, ")
        found.append({"loc": ".".join(place)[:_LONGEST_PLACE], "msg": sentence})
    return found


def _keys(form: ItemForm, poster: str) -> tuple[str, ...]:
    given = form.key or form.id
    if given:
        return (_own(given, poster),)
    if form.url:
        return keys(form.url, title=form.title)
    words = "\n".join([form.title, _body(form), form.published.isoformat() if form.published else ""])
    return (_own(hashlib.sha256(words.encode()).hexdigest()[:32], poster),)


def _own(key: str, poster: str) -> str:
    return _short(f"{SOURCE}:{poster}:{key}" if poster else f"{SOURCE}:{key}")


def _short(key: str) -> str:
    if len(key) <= LONGEST_KEY:
        return key
    return f"{key[: LONGEST_KEY - 33]}~{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _body(form: ItemForm) -> str:
    return form.body or form.text or ""


def _item(form: ItemForm, key: str, poster: str) -> Item:
    return Item(
        source=SOURCE,
        key=key,
        title=form.title,
        url=form.url,
        published=form.published,
        issuer=form.issuer,
        column=form.column,
        body=_body(form),
        summary=form.summary,
        attachments=tuple((one.name, one.url) for one in form.attachments),
        document_number=form.document_number,
        topic=Topic(frozenset(form.domains), frozenset(form.areas), form.severity),
        kind=form.kind,
        follows=tuple(_own(one, poster) for one in form.follows),
        facts=dict(form.facts),
    )
