"""Posts to addresses that people brought: never into the town's own network, never after a redirection.

Whatever goes wrong here is that address's own: a receiver cannot stop what goes to others.
"""

from collections.abc import Callable, Mapping

import aiohttp

from channels.failure import PermanentFailure, SendError, TemporaryFailure
from channels.gate import AddressRefused, Private, socket_factory
from channels.http import Answer

#: Longest answer that is read, in bytes; nothing is done with it but to keep the connection.
_LONGEST = 1 << 16
#: Longest wait that a receiver may ask for, in seconds.
_LONGEST_WAIT = 86_400.0


class Outward:
    """Connections that see the address that is dialled, after names are looked up; opened when first needed."""

    def __init__(self, allowed: Private, *, timeout: float) -> None:
        """`allowed`: private addresses that may be dialled. `timeout`: seconds of a whole exchange."""
        self._allowed = allowed
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, judge: Callable[[Answer], SendError | None]
    ) -> int:
        """The status of an answer that `judge` lets pass. Raises what it returns, and what no answer means."""
        try:
            async with self._opened().post(
                url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
            ) as response:
                await response.content.read(_LONGEST)
                answer = Answer(response.status, {}, _asked_to_wait(response.headers.get("Retry-After", "")))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            failure = _lost(error)
        else:
            refused = judge(answer)
            if refused is None:
                return answer.status
            failure = refused
        # Raised out here, so that no chain of exceptions carries the library's own text, which holds the address.
        raise failure

    async def close(self) -> None:
        """Let go of the connections; a later post opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            connector = aiohttp.TCPConnector(socket_factory=socket_factory(self._allowed), keepalive_timeout=5)
            self._session = aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
            )
        return self._session


def _asked_to_wait(header: str) -> float | None:
    return min(float(header), _LONGEST_WAIT) if header.isascii() and header.isdigit() else None


def _lost(error: Exception) -> SendError:
    name = type(error).__name__
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(inner, AddressRefused):
        return PermanentFailure("the settings do not let it go there (allow_private)", suppresses=False)
    if isinstance(error, (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError)):
        return PermanentFailure("the address is not one that can be posted to", suppresses=False)
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return PermanentFailure(f"the receiver's certificate is not trusted ({name})", suppresses=False)
    return TemporaryFailure(f"the receiver gave no answer ({name})", by_address=True)
