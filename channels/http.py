"""The shared base of channels whose provider is reached over HTTP: one request, one answer, every failure named.

A channel on it keeps to what is its provider's own: how a request is signed, which codes mean what.

    answer = await self._gateway.post(url, json=body, judge=partial(_refusal, private=(to.value,)))
    return Receipt(Outcome.SENT, provider_id=answer.text("msgid"), key=key)

Neither addresses of servers nor bodies enter an error: they carry tokens and people.
"""

import json as jsonlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Literal

import aiohttp

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure

#: Largest answer that is read, in bytes; gateways answer with some hundred.
LARGEST_ANSWER = 1 << 20

#: Longest wait that a gateway may ask for, in seconds.
LONGEST_WAIT = 86_400.0

#: Seconds to wait after "too many requests" where the gateway does not say how long.
_BREATH = 1.0

#: Providers put line breaks into strings. Made once: it is needed for every answer.
_JSON = jsonlib.JSONDecoder(strict=False)

#: Statuses that say: later. None of them means that the request was acted on.
_LATER = frozenset({408, 425, 429, 500, 503})

#: A proxy passed the request on and did not hear what became of it.
_UNKNOWN = frozenset({502, 504})

_UNREADABLE = "the gateway's answer is not a JSON object: check its address"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answered, whatever its HTTP status: providers put their codes into 200 and 400 alike."""

    status: int
    #: The JSON object, leniently decoded; {} where the body was none. Or what else the gateway is said to answer in.
    body: Mapping[str, object] = field(repr=False)
    #: Seconds that the gateway asks us to wait; None = it does not say.
    retry_after: float | None = None

    @property
    def is_good(self) -> bool:
        """Whether the status is one of success (2xx)."""
        return 200 <= self.status < 300

    def at(self, *path: str) -> object:
        """The value below `path` ("Response", "Error", "Code"); None where there is none."""
        value: object = self.body
        for name in path:
            value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def text(self, *path: str) -> str:
        """The string or number below `path` as text; "" where there is none."""
        value = self.at(*path)
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return ""
        # Half of a surrogate pair is valid JSON, yet no database or log takes it.
        return str(value).encode("utf-8", "replace").decode()


#: What a provider's code may be mapped to; all three are made alike: `fate(detail, code=code)`.
Fate = type[TemporaryFailure] | type[PermanentFailure] | type[TechnicalFailure]

#: What a body says; None where it cannot be read.
Read = Callable[[str], Mapping[str, object] | None]

#: What the provider's own code means: a failure, or None where the answer is good. Asked whatever the HTTP status.
Judge = Callable[[Answer], SendError | None]


def failure_of(answer: Answer) -> SendError | None:
    """What the HTTP status alone means; None for 2xx."""
    if answer.is_good:
        return None
    detail = f"the gateway answered HTTP {answer.status} {_phrase(answer.status)}".rstrip()
    code = f"http-{answer.status}"
    if answer.status in _UNKNOWN:
        return TemporaryFailure(detail, code=code, retry_after=answer.retry_after, in_doubt=True)
    if answer.status in _LATER or answer.status > 504:
        breath = _BREATH if answer.status == HTTPStatus.TOO_MANY_REQUESTS else None
        return TemporaryFailure(detail, code=code, retry_after=answer.retry_after or breath)
    return TechnicalFailure(detail, code=code)


def lacking(answer: Answer, what: str) -> TechnicalFailure | None:
    """What it means that an answer lacks what every good one has ("Code: check the endpoint"), for a `Judge`.

    Of a good status that the request may have been carried out, and nobody can tell; None = the status says it all.
    """
    return TechnicalFailure(f"the answer has no {what}", in_doubt=True) if answer.is_good else None


class HttpGateway:
    """One provider over HTTP. `send` methods ask it and get an `Answer`, or one of the three failures."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        timeout: float,
        recognises_repeats: bool = False,
        each_its_own: bool = False,
        certificate_sha256: str | None = None,
        read: Read | None = None,
    ) -> None:
        """`timeout`: seconds for a whole exchange. `recognises_repeats`: a request may be sent twice without harm,
        so that nothing is ever in doubt.

        `each_its_own`: what is asked for is an address of a receiver's own (a bot's), so that a status of 4xx without a
        code of the provider says nothing of the others.

        `certificate_sha256`: fingerprint (64 hex digits) of the one certificate that the server may show; None = any
        certificate of a known authority. There is no way to check nothing.

        `read`: what a body says, where the gateway answers in anything but a JSON object.
        """
        self._http = http
        self._certificate = aiohttp.Fingerprint(bytes.fromhex(certificate_sha256)) if certificate_sha256 else True
        # Waiting for a connection has a shorter limit of its own, so that its end is told from a lost answer.
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=timeout / 2)
        self._in_doubt = not recognises_repeats
        self._read = read or _json_object
        self._each_its_own = each_its_own

    async def post(
        self,
        url: str,
        *,
        judge: Judge,
        json: object = None,
        data: bytes | str | Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Post `json`, or `data` (bytes as they are, a mapping as a form), and return an answer that `judge` accepts.

        Raises what `judge` returns, else what the HTTP status means; TemporaryFailure where no connection was made
        (never in doubt) or no answer came (in doubt, unless the provider recognises repeats); TechnicalFailure for a
        wrong address, a certificate that is not trusted, or a good answer that is no JSON object (in doubt likewise).
        """
        body = jsonlib.dumps(json, ensure_ascii=False, separators=(",", ":")).encode() if json is not None else data
        sent = {"Content-Type": "application/json; charset=utf-8", **(headers or {})} if json is not None else headers
        return await self._ask("POST", url, judge=judge, data=body, params=params, headers=sent)

    async def get(
        self,
        url: str,
        *,
        judge: Judge,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Get `url`; returns and raises as `post` does."""
        return await self._ask("GET", url, judge=judge, data=None, params=params, headers=headers)

    async def _ask(
        self,
        method: Literal["GET", "POST"],
        url: str,
        *,
        judge: Judge,
        data: bytes | str | Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
    ) -> Answer:
        failure: SendError | None
        try:
            async with self._http.request(
                method,
                url,
                data=data,
                params=params,
                headers=headers,
                timeout=self._timeout,
                ssl=self._certificate,
                # A signed request, or a secret in the address, must not follow to wherever it is pointed.
                allow_redirects=False,
            ) as response:
                answer, readable = self._answer(response, await _body(response))
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            failure = _lost(error)
        else:
            failure = judge(answer) if readable else None
            failure = failure or self._failure_of(answer)
            if failure is None and readable:
                return answer
            failure = failure or TechnicalFailure(_UNREADABLE, in_doubt=True)
        failure.in_doubt = failure.in_doubt and self._in_doubt
        # Raised out here, so that no chain of exceptions carries the library's own text, which holds the address.
        raise failure

    def _answer(self, response: aiohttp.ClientResponse, body: bytes) -> tuple[Answer, bool]:
        """The answer, and whether its body can be read. The declared content type is not believed."""
        read = self._read(body.decode("utf-8", "replace"))
        return Answer(response.status, read or {}, _retry_after(response.headers)), read is not None

    def _failure_of(self, answer: Answer) -> SendError | None:
        failure = failure_of(answer)
        if self._each_its_own and isinstance(failure, TechnicalFailure) and 400 <= answer.status < 500:
            return TemporaryFailure(failure.detail, code=failure.code, by_address=True)
        return failure


async def _body(response: aiohttp.ClientResponse) -> bytes:
    """The body, read no further than `LARGEST_ANSWER`; a longer one is cut and so no JSON any more."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            response.close()
            break
    return bytes(body)


def _json_object(body: str) -> Mapping[str, object] | None:
    """The JSON object that a body is; None where it is none."""
    try:
        read = _JSON.decode(body)
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds; a date is counted from the answer's own Date, so that our clock does not matter."""
    asked = headers.get("Retry-After", "").strip()
    if not asked:
        return None
    if asked.isascii() and asked.isdigit():
        return min(float(asked), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return min(max(wait.total_seconds(), 0.0), LONGEST_WAIT)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _lost(error: Exception) -> SendError:
    """What it means that no answer came; the kind of error is told, its text (with the address) is not."""
    name = type(error).__name__
    match error:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return TechnicalFailure("the gateway's address is not an http(s) address: check the settings")
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ServerFingerprintMismatch():
            return TechnicalFailure(f"the gateway's certificate is not trusted ({name})")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return TemporaryFailure(f"no connection to the gateway ({name})")
        case ValueError():
            return TechnicalFailure("the request cannot be written: check the settings for stray characters")
        case _:
            return TemporaryFailure(f"the gateway gave no answer ({name})", in_doubt=True)
