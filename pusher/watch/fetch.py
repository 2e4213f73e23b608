"""Fetches pages politely and safely: one connection a host, pauses, robots.txt, limits, and no private addresses."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Self
from urllib.parse import quote, urljoin, urlsplit

import aiohttp

from channels.gate import Private, socket_factory
from pusher import clock
from pusher.watch import headers
from pusher.watch.explain import explained
from pusher.watch.fetch_error import REFUSALS, Answered, FetchError, host_of
from pusher.watch.found import Page
from pusher.watch.robots import AGENT, Robots
from pusher.watch.source import checked_url
from pusher.watch.standing import Validators

_REDIRECTIONS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTIONS = 5
#: Answers that ask for fewer visits; Retry-After says for how long, and is believed so far.
_PAUSES = frozenset({429, 503})
_LONGEST_PAUSE = timedelta(hours=24)
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,application/json;q=0.9,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page that was brought."""

    page: Page
    #: To ask with next time.
    validators: Validators
    #: How long the server says that it stays so; zero if it does not say.
    fresh_for: timedelta


@dataclass(frozen=True, slots=True)
class NotModified:
    """The server says that nothing has changed since the validators were given."""

    validators: Validators
    fresh_for: timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost."""

    #: Largest page, in bytes after decompression.
    bytes: int = 5_000_000
    #: Longest time for one answer, in seconds.
    seconds: float = 30
    #: Least pause between two requests to one host, in seconds; this machine itself needs none.
    gap: float = 1.5


@dataclass(slots=True)
class _Host:
    """One site: its turn, and when its next one may begin."""

    turn: asyncio.Lock
    #: Loop time at which its pause ends.
    free_at: float = 0
    #: Until when it has asked to be left alone; None if it has not.
    closed_until: datetime | None = None
    #: Its rules by origin (scheme, name and port).
    robots: dict[str, Robots] = field(default_factory=dict)


class Fetcher:
    """Fetches pages; use it as a context manager, or `close()` it."""

    def __init__(
        self, *, contact: str = "", limits: Limits | None = None, now: Callable[[], datetime] = clock.now
    ) -> None:
        """`contact` stands in the User-Agent, so that a site's operators can ask: an address of the web or of mail."""
        self._limits = limits or Limits()
        self._now = now
        self._agent = f"{AGENT} (+{quote(contact, safe=':/@.?=&%-+_~ ')})" if contact else AGENT
        # Sessions are kept apart by what they may dial: an open connection must not be lent to who may not open it.
        self._sessions: dict[Private, aiohttp.ClientSession] = {}
        self._hosts: dict[str, _Host] = defaultdict(lambda: _Host(asyncio.Lock()))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        for session in self._sessions.values():
            await session.close()

    async def fetch(
        self,
        url: str,
        *,
        validators: Validators | None = None,
        allow_private: Private = False,
        robots: bool = True,
    ) -> Fetched | NotModified:
        """Bring the page at `url`, or the word that it has not changed since `validators`; raises FetchError."""
        known, current = validators or Validators(), url
        for _ in range(_MOST_REDIRECTIONS + 1):
            answer = await self._one(current, known, allow_private, robots=robots)
            if not isinstance(answer, str):
                return answer
            current = answer
        raise FetchError(f"{host_of(url)} sends on from address to address without end: open it in a browser")

    async def _one(self, url: str, known: Validators, allowed: Private, *, robots: bool) -> Fetched | NotModified | str:
        """One step: the answer, or the address that it leads on to."""
        try:
            checked_url(url)
        except ValueError as error:
            raise FetchError(f"{error}, but {host_of(url) or 'the site'} leads elsewhere", refused=True) from None
        host = self._hosts[host_of(url)]
        async with host.turn:
            self._respect(host, url)
            try:
                if robots:
                    await self._obey(host, url, allowed)
                return await self._ask(host, url, allowed, headers.conditional(known))
            except Answered as error:
                if error.status in _PAUSES and error.retry_after:
                    host.closed_until = self._now() + min(error.retry_after, _LONGEST_PAUSE)
                raise

    def _respect(self, host: _Host, url: str) -> None:
        """A site that has asked for a pause gets it from all of its columns and articles."""
        left = host.closed_until - self._now() if host.closed_until else timedelta(0)
        if left > timedelta(0):
            raise FetchError(f"{host_of(url)} has asked to be left alone for now", retry_after=left)

    async def _obey(self, host: _Host, url: str, allowed: Private) -> None:
        rules = host.robots.get(_origin(url))
        if rules is None or not rules.is_current(self._now()):
            rules = host.robots[_origin(url)] = await self._read_robots(host, url, allowed)
        if not rules.allow(url):
            raise FetchError(
                f"robots.txt of {host_of(url)} does not allow this page: ask its operators, or set robots = false",
                refused=True,
            )

    async def _read_robots(self, host: _Host, url: str, allowed: Private) -> Robots:
        """The site's rules; one that has none, or hides them, forbids nothing (RFC 9309 §2.3.1.3)."""
        target = urljoin(url, "/robots.txt")
        for _ in range(_MOST_REDIRECTIONS):
            try:
                answer = await self._ask(host, target, allowed, {})
            except Answered as error:
                if error.status in _PAUSES or (error.status >= 500 and error.status not in REFUSALS):
                    raise
                break
            if not isinstance(answer, str):
                body = answer.page.body if isinstance(answer, Fetched) else b""
                return Robots.parse(body, at=self._now())
            if _origin(answer) != _origin(url):
                break
            target = answer
        return Robots(None, self._now())

    async def _ask(
        self, host: _Host, url: str, allowed: Private, conditions: dict[str, str]
    ) -> Fetched | NotModified | str:
        """One request in its turn, every failure as a FetchError."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(host.free_at - loop.time(), 0))
        try:
            async with asyncio.timeout(self._limits.seconds):
                return await self._exchange(url, allowed, conditions)
        except TimeoutError:
            raise FetchError(f"{host_of(url)} did not answer within {self._limits.seconds:g} seconds") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise explained(error, host_of(url)) from None
        finally:
            host.free_at = loop.time() + self._pause(host, url)

    def _pause(self, host: _Host, url: str) -> float:
        asked = max((rules.delay for rules in host.robots.values()), default=0)
        return max(0 if _is_this_machine(url) else self._limits.gap, asked)

    async def _exchange(self, url: str, allowed: Private, conditions: dict[str, str]) -> Fetched | NotModified | str:
        asked = {"User-Agent": self._agent, "Accept": _ACCEPT, "Accept-Language": "zh-CN,zh;q=0.9", **conditions}
        async with self._session(allowed).get(url, headers=asked, allow_redirects=False) as answer:
            at = self._now()
            if answer.status in _REDIRECTIONS and "Location" in answer.headers:
                return urljoin(url, answer.headers["Location"])
            if answer.status == 304 and conditions:
                given = headers.validators(answer.headers)
                kept = Validators(conditions.get("If-None-Match", ""), conditions.get("If-Modified-Since", ""))
                return NotModified(
                    given if given.etag or given.last_modified else kept, headers.fresh_for(answer.headers, at=at)
                )
            if answer.status not in {200, 203}:
                raise Answered(answer.status, host_of(url), headers.retry_after(answer.headers, at=at))
            body = await self._body(answer)
            page = Page(url, body, answer.headers.get("Content-Type", ""), answer.status)
            return Fetched(page, headers.validators(answer.headers), headers.fresh_for(answer.headers, at=at))

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        """The body, decompressed; stops at the limit, whatever the header claims."""
        pieces = bytearray()
        async for piece in answer.content.iter_chunked(65_536):
            pieces += piece
            if len(pieces) > self._limits.bytes:
                size = f"{self._limits.bytes / 1e6:g} MB"
                raise FetchError(f"the page of {answer.url.host} is larger than {size}: watch a shorter list")
        return bytes(pieces)

    def _session(self, allowed: Private) -> aiohttp.ClientSession:
        if allowed not in self._sessions:
            connector = aiohttp.TCPConnector(
                socket_factory=socket_factory(allowed), limit=100, limit_per_host=1, ttl_dns_cache=60
            )
            self._sessions[allowed] = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=min(10, self._limits.seconds)),
                trust_env=False,
                headers={"Accept-Encoding": "gzip, deflate"},
            )
        return self._sessions[allowed]


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _is_this_machine(url: str) -> bool:
    host = host_of(url)
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


__all__ = ["FetchError", "Fetched", "Fetcher", "Limits", "NotModified"]
