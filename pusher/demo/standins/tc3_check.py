"""Whether a request is signed as Tencent Cloud's TC3 asks; computed from the request alone, as servers do."""

import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from pusher.demo.standins.acs3_check import Request

_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/,]+)/(?P<day>\d{4}-\d\d-\d\d)/(?P<service>[a-z]+)/tc3_request, "
    r"SignedHeaders=(?P<signed>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)

#: Headers that every request must have, and of those the ones that it must sign.
_NEEDED = frozenset({"content-type", "host", "x-tc-action", "x-tc-timestamp", "x-tc-version"})
_SIGNED = frozenset({"content-type", "host"})

#: Seconds that a request's time may be off.
_FRESH = 300


@dataclass(frozen=True, slots=True)
class Checker:
    """Checks the requests of one API key."""

    secret_id: str
    secret: str

    def error(self, request: Request) -> str:
        """ "" for a good request, else the server's code."""
        given = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
        if given is None or not request.headers.keys() >= _NEEDED:
            return "AuthFailure.InvalidAuthorization"
        signed = given["signed"].split(";")
        if signed != sorted(signed) or not _SIGNED <= set(signed) <= request.headers.keys():
            return "AuthFailure.InvalidAuthorization"
        if given["id"] != self.secret_id:
            return "AuthFailure.SecretIdNotFound"
        moment = request.headers["x-tc-timestamp"]
        if not (moment.isascii() and moment.isdigit()) or abs(time.time() - int(moment)) > _FRESH:
            return "AuthFailure.SignatureExpire"
        if datetime.fromtimestamp(int(moment), UTC).date().isoformat() != given["day"]:
            return "AuthFailure.SignatureFailure"
        expected = signature(request, given["signed"], self.secret, service=given["service"])
        return "" if hmac.compare_digest(expected, given["signature"]) else "AuthFailure.SignatureFailure"


def signature(request: Request, signed: str, secret: str, *, service: str) -> str:
    """The signature that this request must bear; `signed` is the ";"-joined list of signed headers."""
    headers = "".join(f"{name}:{request.headers[name].strip().lower()}\n" for name in signed.split(";"))
    body = hashlib.sha256(request.body).hexdigest()
    canonical = "\n".join((request.method, request.path, request.query, headers, signed, body))
    moment = request.headers["x-tc-timestamp"]
    day = datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%d")
    scope = f"{day}/{service}/tc3_request"
    to_sign = "\n".join(("TC3-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    by_day = hmac.new(f"TC3{secret}".encode(), day.encode(), hashlib.sha256).digest()
    by_service = hmac.new(by_day, service.encode(), hashlib.sha256).digest()
    key = hmac.new(by_service, b"tc3_request", hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
