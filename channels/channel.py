"""The seam: what a channel is, what it may offer besides, and what it is given of the outside."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar, runtime_checkable

import aiohttp
from pydantic import BaseModel
from typing_extensions import override

from channels.failure import SendError
from channels.message import Address, Message
from channels.receipt import Inbound, Patience, Receipt

S = TypeVar("S", bound=BaseModel)


class Channel(Protocol):
    """One way out: an official account, an SMS gateway, a mail relay, the public board."""

    #: How many sends of one process it is worth keeping in flight (connections of its pool, window of its wire).
    concurrency: int

    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """Hand `message` to the provider for `to`; return what it said at once (`sent`, seldom `delivered`).

        `key` names this delivery for ever (ASCII, at most 64 characters): a repeated key is the same delivery, and a
        provider that recognises repetitions is given it. Raises TemporaryFailure, PermanentFailure, TechnicalFailure.
        """
        ...

    async def close(self) -> None:
        """Let go of connections; a later `send` may open them again."""
        ...


class Borrowing(Channel):
    """Base of channels that send over what they were lent (`Outside.http`)."""

    @override
    async def close(self) -> None:
        """The connections belong to whoever lent them."""


@runtime_checkable
class Bulk(Protocol):
    """A channel whose provider takes many addresses in one request."""

    #: Most addresses of one `send_many`.
    bulk_limit: int

    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        """Hand `message` over for all of `to`; one answer an address, in their order. Raises only cancellation."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """A provider's request to us, free of any web framework."""

    method: str
    query: Mapping[str, str]
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes
    #: The peer's IP address.
    remote: str
    #: Aware time of arrival.
    at: datetime


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """What a callback told us, and what the provider wants to hear once that is stored."""

    receipts: Sequence[Receipt] = ()
    inbound: Sequence[Inbound] = ()
    #: How many temporary failures of an address make it a dead one; None = however many, it stays good.
    patience: Patience | None = None
    status: int = 200
    body: str = ""
    content_type: str = "text/plain"


@runtime_checkable
class Reporting(Protocol):
    """A channel whose provider calls back with receipts or with what people sent."""

    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        """Check and read one callback. Pure; a bad signature or a malformed body becomes a 4xx answer."""
        ...


@runtime_checkable
class Answering(Protocol):
    """A channel that is called back and can answer a person in what it answers the provider."""

    def reply(self, request: CallbackRequest, words: str) -> CallbackAnswer:
        """What the provider is to hear of a callback that was read before, so that its sender is told `words`. Pure."""
        ...


@runtime_checkable
class Listening(Protocol):
    """A channel whose provider reports over the connection that it sends on (CMPP, SMPP), without calling back."""

    def reports(self, stopping: asyncio.Event) -> AsyncIterator[CallbackAnswer]:
        """Keep connected and give out what the provider reports, until `stopping` is set; for one reader.

        Whatever the provider was told that we have is given out before the end. Status, body and content type of an
        answer mean nothing. While nobody reads, the provider is asked to keep its reports.
        """
        ...


@runtime_checkable
class Rehearsing(Protocol):
    """A channel whose posts everybody sees: it can try its account without posting anything."""

    async def rehearse(self) -> Receipt:
        """Ask the provider whether it would take a post; `detail` says what it said. Raises what `send` raises."""
        ...


class TokenStore(Protocol):
    """Short-lived secrets shared by all processes (WeChat's access_token)."""

    async def get(self, name: str) -> tuple[str, datetime] | None:
        """The token and its aware end of life; None if there is none."""
        ...

    async def put(self, name: str, token: str, expires: datetime) -> None:
        """Keep the token, in place of the former one."""
        ...

    async def claim(self, name: str, *, at: datetime, until: datetime) -> bool:
        """Take `name` upon us from `at` to `until`; False where a process (this one, too) has it already."""
        ...

    async def release(self, name: str) -> None:
        """Let others claim `name` at once."""
        ...


#: Puts a public notice up: (message, key) → nothing. Repeating a key replaces the former post.
PostNotice = Callable[[Message, str], Awaitable[None]]


#: Who may be written to of those who want the notices of a domain at once: (its name) → openids. Raises LookupError
#: where there is no such domain.
Followers = Callable[[str], Awaitable[Set[str]]]


async def _no_followers(domain: str) -> Set[str]:
    raise LookupError(domain)


@dataclass(frozen=True, slots=True)
class Outside:
    """What a channel is given of the outside world, so that it knows no framework, clock or database."""

    http: aiohttp.ClientSession
    tokens: TokenStore
    post_notice: PostNotice
    #: The present, aware.
    now: Callable[[], datetime]
    #: Where residents reach this service, without trailing slash ("https://tz.example.gov.cn").
    public_url: str
    #: A secret of this installation for a purpose ("mail tokens"): 32 bytes, the same in all its processes for ever.
    derive: Callable[[str], bytes] = field(repr=False)
    followers: Followers = _no_followers


@dataclass(frozen=True, slots=True)
class Kind(Generic[S]):
    """What a channel module offers to the place where the service is put together."""

    #: "smtp", "aliyun_sms" …: the word for `kind` in the settings.
    name: str
    #: The form of words it wants: "mail", "sms", "wechat", "board" …: the stem of its templates.
    form: str
    #: What reaches a person on it: "email", "phone", "openid"; "public" = one post a broadcast.
    address: str
    settings: type[S]
    build: Callable[[str, S, Outside], Channel]
    #: One line: what it is for.
    summary: str
    bulk: bool = False
    receipts: bool = False
    inbound: bool = False
    #: The keys in what it reports bear a digest of ours, so that one channel of this kind may speak of mails of another
    #: (they may share a mailbox for bounces).
    signs_keys: bool = False
    #: Name of the optional dependency group it needs; None = none.
    extra: str | None = None
    #: The kind that its settings make of it, where they make another one (a tag for lists, calls for posts); None = it
    #: is always this one.
    as_set: "Callable[[S], Kind[S]] | None" = None
