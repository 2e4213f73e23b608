"""All addresses for programs together: the one thing that the service joins to its web server."""

from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from channels.channel import Reporting
from pusher import clock
from pusher.api.callbacks import Callbacks, Take
from pusher.api.items import Accept, Items
from pusher.api.problems import problems
from pusher.api.programs import Programs
from pusher.api.warning_events import Look, WarningEvents


def add_api(
    app: web.Application,
    *,
    keys: Mapping[str, str],
    accept: Accept,
    channels: Mapping[str, Reporting],
    take: Take,
    look: Look | None = None,
    now: Callable[[], datetime] = clock.now,
) -> None:
    """Add the addresses and their way of telling errors to `app`, before it starts.

    `keys`: name of a program → SHA-256 (hex) of its key. `accept` stores an item, once for each key. `channels`: those
    that are called back, by name. `take` stores what a callback told, and returns when it is safe. `look` tells how far
    a warning has got; None = nobody may ask.
    """
    app.middlewares.append(problems)
    programs = Programs(keys)
    app.add_routes(Items(programs, accept, now).routes())
    if look is not None:
        app.add_routes(WarningEvents(programs, look).routes())
    app.add_routes(Callbacks(channels, take, now).routes())
