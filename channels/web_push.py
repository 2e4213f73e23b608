"""Web Push: notifications in browsers that agreed to them (RFC 8030), encrypted (RFC 8291), signed as ours (RFC 8292).

An address is what the browser gave: the place at its push service, and two keys. The service sees neither the words nor
who the person is. Mainland phones reach the services of Google and Mozilla badly: never the only way.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import Field
from typing_extensions import override

from channels.card import Card, cut
from channels.channel import Channel, Kind, Outside
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.gate import Private
from channels.http import Answer, failure_of
from channels.limits import OwnLinks
from channels.message import Address, Lane, Message
from channels.outward import Outward
from channels.receipt import Outcome, Receipt

#: What the key that signs for us is derived for (`Outside.derive`).
PURPOSE = "web push"
#: Bytes of a message in the clear: a push service must take 4,096 encrypted ones (RFC 8291 section 4).
LONGEST = 3_993
#: Order of the curve P-256 (FIPS 186-5).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

#: Hosts of the push services that browsers use; a name that begins with a dot stands for all below it.
SERVICES = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "updates.push.services.mozilla.com",
    ".push.services.mozilla.com",
    "web.push.apple.com",
    ".push.apple.com",
    ".notify.windows.com",
)

_URGENCY: Mapping[Lane, str] = {Lane.WARNING: "high", Lane.PERSONAL: "normal", Lane.ROUTINE: "low"}
#: The longest that a service is asked to keep a message for a browser that is away (RFC 8030 section 5.2).
_LONGEST_TTL = timedelta(days=28)
_DEFAULT_TTL = timedelta(days=1)
#: Seconds for which a signature holds; services take 24 hours at most.
_SIGNED_FOR = 12 * 3600

_GONE = frozenset({404, 410})
_TOO_LONG = 413

#: Statuses that may be about our signature, and what is told of them: it cannot be seen whose fault it is.
_UNSIGNED = frozenset({400, 401, 403})
_REFUSED = "the push service refuses this browser: it was signed up under another key, or this machine's clock is wrong"


class WebPushSettings(OwnLinks):
    """Who speaks, and to which push services."""

    #: Whom a push service may write to about us: a mailbox or page ("mailto:tz@example.gov.cn"); "" = `public_url`.
    contact: str = Field(default="", pattern=r"^(mailto:[^@\s]+@[^@\s]+|https://\S+|)$")
    #: Hosts of push services that are let through; a leading dot stands for all below.
    services: tuple[str, ...] = SERVICES
    #: Private addresses that services may stand at, for tests.
    allow_private: Private = False
    #: Each message is a request of its own here, so a link of its own costs a warning nothing.
    own_links: frozenset[Lane] = frozenset(Lane)
    concurrency: int | None = Field(default=32, ge=1, le=1000)


class WebPush(Channel):
    """All browsers. A repetition takes the place of what the service has not handed out yet."""

    def __init__(self, settings: WebPushSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 32
        self._services = settings.services
        self._contact = settings.contact or outside.public_url
        self._now = outside.now
        self._key = signing_key(outside.derive(PURPOSE))
        self._public = public_key(self._key)
        self._outward = Outward(settings.allow_private, timeout=settings.timeout)
        #: Signature by push service, and until when (seconds since 1970) it is good.
        self._signed: dict[str, tuple[str, float]] = {}

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        browser = _read(to.value)
        place = urlsplit(browser["endpoint"])
        if not _is_service(place.hostname or "", self._services):
            raise PermanentFailure("the address is not at a push service that the settings name")
        service = f"{place.scheme}://{place.netloc}"
        body = _encrypted(told(message, to), browser)
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(self._seconds_left(message)),
            "Urgency": _URGENCY[message.lane],
            "Topic": base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())[:32].decode(),
            "Authorization": self._authorization(service),
        }
        try:
            status = await self._outward.post(browser["endpoint"], body, headers, judge=_refusal)
        except SendError:
            # Signed anew the next time: the clock may have been put right since.
            self._signed.pop(service, None)
            raise
        return Receipt(Outcome.SENT, key=key, code=str(status))

    @override
    async def close(self) -> None:
        await self._outward.close()

    def _seconds_left(self, message: Message) -> int:
        left = message.expires - self._now() if message.expires is not None else _DEFAULT_TTL
        return int(max(timedelta(), min(left, _LONGEST_TTL)).total_seconds())

    def _authorization(self, service: str) -> str:
        """Who we are, signed for one push service (RFC 8292); kept for half of the time that it holds."""
        now = self._now().timestamp()
        known = self._signed.get(service)
        if known is not None and known[1] > now + _SIGNED_FOR / 2:
            return known[0]
        contact = self._contact if self._contact.startswith(("mailto:", "https:")) else "mailto:nobody@invalid"
        token = _token({"aud": service, "exp": int(now) + _SIGNED_FOR, "sub": contact}, self._key)
        header = f"vapid t={token}, k={self._public}"
        self._signed[service] = (header, now + _SIGNED_FOR)
        return header


def signing_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The key that signs for this installation, from 32 bytes of its own."""
    return ec.derive_private_key(int.from_bytes(secret) % (_ORDER - 1) + 1, ec.SECP256R1())


def public_key(key: ec.EllipticCurvePrivateKey) -> str:
    """What browsers are given as `applicationServerKey`: the point in base64url."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _url64(point)


def told(message: Message, to: Address) -> bytes:
    """What the service worker reads: JSON of at most `LONGEST` bytes; the text is cut, the link is not."""
    card = Card.of(message, to)
    said = {"title": card.title, "text": "", "url": card.url, "lane": message.lane.value}
    room = LONGEST - len(_json(said))
    text = cut(card.text, room)
    while len(packed := _json({**said, "text": text})) > LONGEST:
        # Quotation marks and line breaks take two bytes.
        text = cut(text, len(text.encode()) - (len(packed) - LONGEST) - 3)
    return packed


def _json(said: Mapping[str, str]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _read(value: str) -> Mapping[str, str]:
    try:
        read = json.loads(value)
        return {"endpoint": read["endpoint"], "p256dh": read["keys"]["p256dh"], "auth": read["keys"]["auth"]}
    except (KeyError, TypeError, ValueError):
        failure = PermanentFailure("the address is not what a browser gives for Web Push")
    raise failure


def _is_service(host: str, services: tuple[str, ...]) -> bool:
    return any(host == each or (each.startswith(".") and host.endswith(each)) for each in services)


def _encrypted(words: bytes, browser: Mapping[str, str]) -> bytes:
    try:
        import http_ece  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise TechnicalFailure("install gov-pusher[web_push] for channels of this kind") from None
    try:
        encrypted: bytes = http_ece.encrypt(
            words,
            private_key=ec.generate_private_key(ec.SECP256R1()),
            dh=_bytes(browser["p256dh"]),
            auth_secret=_bytes(browser["auth"]),
            version="aes128gcm",
        )
    except (ValueError, http_ece.ECEException):
        failure = PermanentFailure("the browser's keys are none")
    else:
        return encrypted
    raise failure


def _token(claims: Mapping[str, object], key: ec.EllipticCurvePrivateKey) -> str:
    """A JSON Web Token signed with ES256."""
    try:
        from py_vapid.jwt import sign  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise TechnicalFailure("install gov-pusher[web_push] for channels of this kind") from None
    signed: str = sign(dict(claims), key)
    return signed


def _refusal(answer: Answer) -> SendError | None:
    """What a status means for this one browser: whatever it is, it says nothing of the others."""
    code = f"http-{answer.status}"
    if answer.status in _GONE:
        return PermanentFailure("the browser has ended it", code=code)
    if answer.status == _TOO_LONG:
        return PermanentFailure("the push service takes no message of this length", code=code, suppresses=False)
    failure = failure_of(answer)
    if failure is None:
        return None
    wait = failure.retry_after if isinstance(failure, TemporaryFailure) else None
    detail = _REFUSED if answer.status in _UNSIGNED else failure.detail
    return TemporaryFailure(detail, code=code, retry_after=wait, by_address=True)


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _build(_name: str, settings: WebPushSettings, outside: Outside) -> Channel:
    return WebPush(settings, outside)


KIND = Kind(
    name="web_push",
    form="card",
    address="web_push",
    settings=WebPushSettings,
    build=_build,
    summary="notifications in browsers that agreed to them (Web Push)",
    extra="web_push",
)
