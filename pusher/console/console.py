"""All pages together: the one thing that the service joins to its web server."""

from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from pusher.console.board import Board
from pusher.console.embed import Embed
from pusher.console.feeds import Feeds
from pusher.console.health import Health
from pusher.console.language import CHINESE, SOURCE
from pusher.console.lost import found_or_told
from pusher.console.my import MyPages
from pusher.console.page import style_sheet
from pusher.console.prints import Prints
from pusher.console.push import PushPages
from pusher.console.site import Site
from pusher.console.subscribe import SubscribePages
from pusher.console.unsubscribe import Unsubscribe
from pusher.database import Database


def add_console(
    app: web.Application,
    site: Site,
    database: Database,
    *,
    unsubscribe: Callable[[str], Awaitable[bool]],
    duties: Callable[[str], Awaitable[Sequence[str]]],
    is_ready: Callable[[], Awaitable[bool]],
    push: PushPages | None = None,
    subscribe: SubscribePages | None = None,
    my: MyPages | None = None,
) -> None:
    """Add the pages to `app`. `unsubscribe` ends what a signed token names (False = no such token); `duties`:
    why warnings still come to whom it names.

    `push`: what browsers that take notifications need, where there is a channel for them. `subscribe`: residents sign
    up by themselves, `my`: and see and change what is stored of them.
    """
    app.add_routes([style_sheet("pusher.console").route()])
    for pages in (Board(database, site), Feeds(database, site), Prints(database, site), Embed(database, site)):
        app.add_routes(pages.routes())
    app.middlewares.append(found_or_told(site))
    known = my.languages if my is not None else {SOURCE: CHINESE}
    app.add_routes(Unsubscribe(site, unsubscribe, duties, known, has_my=my is not None).routes())
    app.add_routes(Health(is_ready).routes())
    if push is not None:
        app.add_routes(push.routes())
    if subscribe is not None:
        app.add_routes(subscribe.routes())
    if my is not None:
        app.add_routes(my.routes())
