"""What a stand-in is told to do wrong: with its next requests, or always with one receiver."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import web

#: How a line misbehaves: hang up without a word, never answer, answer with a page of some proxy or an empty object.
Line = Literal["", "drop", "silence", "page", "blank"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong instead of a good answer."""

    #: The provider's code to answer with ("45009", "isv.OUT_OF_SERVICE"); "" = none.
    code: str = ""
    #: HTTP status of an answer without a provider's code; 0 = none.
    status: int = 0
    line: Line = ""


@dataclass(slots=True)
class Script:
    """What is to go wrong, and what is going on."""

    #: For the next requests, in order.
    next: deque[Fault] = field(default_factory=deque)
    #: For every request after those.
    always: Fault | None = None
    #: The provider's code for a receiver.
    codes: dict[str, str] = field(default_factory=dict)
    #: How a message that was accepted ends, by receiver, in the provider's words ("failed:user block").
    ends: dict[str, str] = field(default_factory=dict)
    #: Set while an answer is held back.
    holding: asyncio.Event = field(default_factory=asyncio.Event)

    def fault(self) -> Fault | None:
        """What goes wrong with this request."""
        return self.next.popleft() if self.next else self.always

    def clear(self) -> None:
        """All is well again."""
        self.next.clear()
        self.always = None
        self.codes.clear()
        self.ends.clear()
        self.holding.clear()

    async def answer(self, fault: Fault, request: web.Request) -> web.Response | None:
        """The answer to a request whose line or server is at fault; None where only the provider's code is."""
        if fault.line == "drop" and request.transport is not None:
            request.transport.close()
        if fault.line == "silence":
            self.holding.set()
            await asyncio.Event().wait()
        if fault.line == "page":
            return web.Response(text="<html><body>Login required</body></html>", content_type="text/html")
        if fault.line == "blank":
            return web.json_response({})
        if fault.status:
            return web.Response(status=fault.status, text="out of order")
        return web.Response() if fault.line else None
