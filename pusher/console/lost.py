"""Pages for addresses that lead nowhere or ask wrongly, and for trouble of ours, to people who came with a browser."""

from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Middleware

from pusher.console.page import SECURITY_HEADERS, page
from pusher.console.query import WrongQueryError
from pusher.console.site import Site

_log = structlog.get_logger()

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def found_or_told(site: Site) -> Middleware:
    """A middleware that puts our own pages in the place of bare 400, 404 and 500 answers."""

    @web.middleware
    async def tell(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            if not _is_read_by_people(request):
                raise
            return page(request, "missing", status=404, site=site)
        except WrongQueryError as wrong:
            return _refused(request, site, str(wrong))
        except web.HTTPException:
            raise
        except Exception as surprise:
            if not _is_read_by_people(request):
                raise
            _log.exception("page failed", error=type(surprise).__name__)
            return page(request, "broken", status=500, site=site)

    return tell


def _refused(request: web.Request, site: Site, sentence: str) -> web.Response:
    if _is_read_by_people(request):
        return page(request, "refused", status=400, site=site, sentence=sentence)
    return web.Response(text=sentence, status=400, headers=SECURITY_HEADERS)


def _is_read_by_people(request: web.Request) -> bool:
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("Accept", "")
