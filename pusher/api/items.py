"""`POST /api/items`: other programs publish through the service."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from pusher.api.body import Broken, TooLong, read_body
from pusher.api.problems import HEADERS, problem
from pusher.api.programs import Programs, unknown
from pusher.item import Item
from pusher.watch.inbox import CLOUD_EVENT, InboxError, NotJson, read_inbox

PATH = "/api/items"
#: Bytes of one item.
LIMIT = 1_000_000
_TYPES = frozenset({"application/json", CLOUD_EVENT})


@dataclass(frozen=True, slots=True)
class AcceptedItem:
    """What became of an item that was posted."""

    id: int
    #: False where it was known already.
    new: bool
    #: Word of the item's state ("found", "held" …).
    state: str


#: Stores an item with its keys for a program (its name in the settings), once: (item, keys, program).
Accept = Callable[[Item, Sequence[str], str], Awaitable[AcceptedItem]]


@dataclass(frozen=True, slots=True)
class Items:
    """Takes items of programs that have a key."""

    programs: Programs
    accept: Accept
    #: The present, aware.
    now: Callable[[], datetime]

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.post(PATH, self.post)]

    async def post(self, request: web.Request) -> web.Response:
        """201 for a new item, 200 for one that is known by its key: posting twice is posting once."""
        program = self.programs.of(request)
        if program is None:
            return unknown()
        if request.content_type not in _TYPES or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
            return problem(415, f"Send application/json or {CLOUD_EVENT}, in UTF-8.", headers=_ACCEPTS)
        try:
            body = await read_body(request, LIMIT)
            item, keys = read_inbox(body, request.content_type, at=self.now(), poster=program)
        except (TooLong, Broken, InboxError) as error:
            return _refusal(error)
        accepted = await self.accept(item, keys, program)
        answer = {"id": accepted.id, "new": accepted.new, "state": accepted.state}
        return web.json_response(answer, status=201 if accepted.new else 200, headers=HEADERS)


_ACCEPTS = {"Accept-Post": f"application/json, {CLOUD_EVENT}"}


def _refusal(error: TooLong | Broken | InboxError) -> web.Response:
    match error:
        case TooLong():
            return problem(413, f"The body is longer than {LIMIT} bytes; link to long texts instead.")
        case Broken():
            return problem(400, "The body could not be read to its end; send it again.")
        case NotJson():
            return problem(400, f"This is not an item: {error.problems[0]['msg']}.")
        case _:
            return problem(422, "The item cannot be taken as it is; see errors.", errors=error.problems)
