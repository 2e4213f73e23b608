"""Whether a request is signed as Alibaba Cloud's version 3 asks; computed from the request alone, as servers do."""

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, quote

_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<key>[^,]+),SignedHeaders=(?P<signed>[^,]+),Signature=(?P<signature>[0-9a-f]{64})"
)

_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)

#: Headers that every request must have and sign.
_NEEDED = frozenset(
    {"host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", "x-acs-signature-nonce", "x-acs-version"}
)

#: Seconds that a request's time may be off.
_FRESH = 900.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came over the wire."""

    method: str
    path: str
    #: Still percent-encoded, without "?".
    query: str
    #: Names in lower case.
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Checker:
    """Checks the requests of one access key and remembers their nonces."""

    access_key_id: str
    secret: str
    _nonces: dict[str, float] = field(default_factory=dict)

    def error(self, request: Request) -> str:
        """ "" for a good request, else the server's code."""
        given = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if given is None or not _is_complete(request, given["signed"].split(";")):
            return "IncompleteSignature"
        if given["key"] != self.access_key_id:
            return "InvalidAccessKeyId.NotFound"
        if hashlib.sha256(request.body).hexdigest() != request.headers["x-acs-content-sha256"]:
            return "SignatureDoesNotMatch"
        expected = signature(request, given["signed"], self.secret)
        if not hmac.compare_digest(expected, given["signature"]):
            return "SignatureDoesNotMatch"
        return self._error_of_moment(request.headers["x-acs-date"], request.headers["x-acs-signature-nonce"])

    def _error_of_moment(self, date: str, nonce: str) -> str:
        now = time.time()
        try:
            sent = datetime.fromisoformat(date if _DATE.fullmatch(date) else "").timestamp()
        except ValueError:
            return "InvalidTimeStamp.Format"
        if abs(now - sent) > _FRESH:
            return "InvalidTimeStamp.Expired"
        if nonce in self._nonces:
            return "SignatureNonceUsed"
        self._nonces[nonce] = now
        self._forget(now)
        return ""

    def _forget(self, now: float) -> None:
        """Drop the oldest nonce if its request is too old to be repeated."""
        oldest = next(iter(self._nonces))
        if now - self._nonces[oldest] > 2 * _FRESH:
            del self._nonces[oldest]


def signature(request: Request, signed: str, secret: str) -> str:
    """The signature that this request must bear; `signed` is the ";"-joined list of signed headers."""
    pairs = sorted(parse_qsl(request.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in pairs)
    headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in signed.split(";"))
    digest = request.headers["x-acs-content-sha256"]
    canonical = "\n".join((request.method, request.path, query, headers, signed, digest))
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256(canonical.encode()).hexdigest()
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def _is_complete(request: Request, signed: list[str]) -> bool:
    """All that must be signed is there and signed, in order."""
    present = request.headers.keys()
    must = _NEEDED | {name for name in present if name.startswith("x-acs-")}
    if "content-type" in present and request.body:
        must |= {"content-type"}
    return signed == sorted(signed) and must <= set(signed) <= present
