"""Answers that readers' programs ask for again and again: sent only when they have changed (RFC 9110 section 13)."""

import hashlib
import re
from datetime import UTC, datetime, timedelta

from aiohttp import web

from pusher.clock import now
from pusher.console.page import SECURITY_HEADERS

#: One name of a version as headers write it (RFC 9110 section 8.8.3): strong or weak, and what stands in the quotes.
_TAG = r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_TAGS = re.compile(rf"[\s,]*{_TAG}(?:\s*,[\s,]*{_TAG})*[\s,]*")
_EACH = re.compile(_TAG)


def conditional(
    request: web.Request,
    body: bytes,
    *,
    content_type: str,
    age: int,
    changed: datetime | None = None,
    charset: str | None = "utf-8",
) -> web.Response:
    """`body`, or 304 where the asker has this very one.

    `changed` (aware): the newest change of anything that it is made of, told to those who ask by time; None = nobody
    knows, so that only names of versions count.
    """
    tag = hashlib.sha256(body).hexdigest()[:24]
    headers = {**SECURITY_HEADERS, "Cache-Control": f"max-age={age}", "ETag": f'"{tag}"'}
    answer = web.Response(body=body, content_type=content_type, charset=charset, headers=headers)
    # Times have whole seconds: of a second that still runs nobody may keep the time, it might change once more in it.
    changed = changed if changed is not None and _second(changed) < _second(now()) else None
    if changed is not None:
        answer.last_modified = _second(changed)
    if _has_it(request, tag, changed):
        kept = {name: answer.headers[name] for name in (*headers, "Last-Modified") if name in answer.headers}
        return web.Response(status=304, headers=kept)
    return answer


def _has_it(request: web.Request, tag: str, changed: datetime | None) -> bool:
    """Whether the asker has this version; where he names versions, his time does not count (section 13.2.2)."""
    named = request.headers.getall("If-None-Match", [])
    if named:
        listed = ",".join(named).strip()
        return listed == "*" or (_TAGS.fullmatch(listed) is not None and tag in _EACH.findall(listed))
    since = request.if_modified_since
    return since is not None and changed is not None and _second(changed) <= since


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC) - timedelta(microseconds=at.microsecond)
