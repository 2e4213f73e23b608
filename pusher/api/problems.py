"""Errors as programs read them: RFC 9457, `application/problem+json`, under every address of the API."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus

import structlog
from aiohttp import web

API = "/api"
CONTENT_TYPE = "application/problem+json"
#: Answers to programs are theirs alone.
HEADERS: Mapping[str, str] = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """One problem: `detail` is a sentence that says what to do, `errors` have a `loc` and a `msg` each.

    `type` is about:blank, so the status says which problem it is (RFC 9457, section 4.2.1).
    """
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        document["errors"] = list(errors)
    return web.json_response(document, status=status, content_type=CONTENT_TYPE, headers={**HEADERS, **(headers or {})})


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Make a problem of every error under /api, also of those that no route of ours raised (404, 405)."""
    if not _is_api(request.path):
        return await handler(request)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        kept = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
        return problem(error.status, _DETAILS.get(error.status, "The request cannot be answered."), headers=kept)
    except Exception as surprise:
        # What went wrong may quote what was posted: its kind and place are all that the log gets.
        report(surprise, request)
        return problem(500, "The service failed at this request; nothing was stored, and it may be sent again.")


_DETAILS = {
    404: "There is nothing at this address.",
    405: "This address does not take this method; see the header Allow.",
    413: "The body is too long.",
}


def report(surprise: Exception, request: web.Request) -> None:
    """Log an exception of a handler by its kind and place; its words may be somebody's data."""
    trace = surprise.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else ""
    resource = request.match_info.route.resource
    _log.error(
        "request failed", route=resource.canonical if resource else "", error=type(surprise).__name__, place=place
    )


def _is_api(path: str) -> bool:
    return path == API or path.startswith(f"{API}/")
