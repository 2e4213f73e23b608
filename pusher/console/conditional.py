"""Answers that readers' programs ask for again and again: sent only when they have changed (RFC 9110 section 13)."""

import hashlib
from datetime import UTC, datetime

from aiohttp import web

from pusher.console.page import SECURITY_HEADERS


def conditional(
    request: web.Request, body: bytes, *, content_type: str, changed: datetime, age: int, charset: str | None = "utf-8"
) -> web.Response:
    """`body`, or 304 where the asker has this very one; `changed` is told to those who ask by time."""
    tag = f'"{hashlib.sha256(body).hexdigest()[:24]}"'
    headers = {**SECURITY_HEADERS, "Cache-Control": f"max-age={age}", "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    answer = web.Response(body=body, content_type=content_type, charset=charset, headers=headers)
    answer.last_modified = changed.astimezone(UTC)
    since = request.if_modified_since
    if "If-None-Match" not in request.headers and since is not None and changed.replace(microsecond=0) <= since:
        return web.Response(status=304, headers=headers)
    return answer
