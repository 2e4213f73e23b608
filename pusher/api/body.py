"""Reading what a stranger sends: up to a limit, and not for ever."""

import asyncio

from aiohttp import web

#: Seconds that a whole body may take.
PATIENCE = 30.0


class TooLong(Exception):
    """The body has more bytes than are read here."""


class Broken(Exception):
    """The body ended too early, came too slowly, or is not compressed as its header says."""


async def read_body(request: web.Request, limit: int) -> bytes:
    """The body, after decompression at most `limit` bytes; raises TooLong and Broken."""
    if request.content_length is not None and request.content_length > limit:
        raise TooLong
    pieces = bytearray()
    try:
        async with asyncio.timeout(PATIENCE):
            async for piece in request.content.iter_any():
                pieces += piece
                if len(pieces) > limit:
                    raise TooLong
    except (TimeoutError, ConnectionError, web.RequestPayloadError) as error:
        raise Broken from error
    return bytes(pieces)
