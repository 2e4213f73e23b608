"""What gateways push to us unsigned (receipts, answers of people): who may push, how it is read, how it is answered.

Nothing in such a push is signed: a secret in the address and, where set, the peer's network must do.
"""

import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import blake2b
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path
from urllib.parse import urlencode

from pydantic import Field, IPvAnyNetwork, SecretStr

from channels.channel import CallbackAnswer, CallbackRequest
from channels.limits import Limits
from channels.receipt import Inbound, Receipt
from channels.secret import secret
from channels.stop_words import is_stop

#: The zone of every time in a push of a mainland gateway.
CHINA = timezone(timedelta(hours=8))

#: Longest push that is read, in bytes.
_LONGEST = 1 << 20

#: What a push says: receipts and what people sent, each in its order.
Said = tuple[list[Receipt], list[Inbound]]


class PushSettings(Limits):
    """Settings of a gateway that pushes."""

    #: What the platform must bring as `token` in the query of the callback address; without it no push is taken.
    callback_token: SecretStr | None = Field(default=None, min_length=16)
    callback_token_file: Path | None = None
    #: Networks that pushes may come from; empty = any.
    callback_networks: tuple[IPvAnyNetwork, ...] = ()


class Pushes:
    """Takes the pushes of one account."""

    def __init__(
        self,
        settings: PushSettings,
        read: Callable[[bytes], Said | None],
        *,
        wanted: str,
        thanks: str,
        content_type: str = "application/json",
        in_query: bool = False,
    ) -> None:
        """`read`: what a body says, None where it is no push. `wanted`: what it must be. `thanks`: the good answer.

        `in_query`: a push is a GET whose address says everything; `read` gets its parameters as a form.
        """
        self._token = secret(settings.callback_token, settings.callback_token_file).encode()
        self._networks = settings.callback_networks
        self._read = read
        self._wanted = wanted
        self._thanks = thanks
        self._content_type = content_type
        self._in_query = in_query

    def answer(self, request: CallbackRequest) -> CallbackAnswer:
        """See `Reporting.callback`."""
        if not self._may_push(request):
            return CallbackAnswer(status=403, body="not allowed")
        if request.method != ("GET" if self._in_query else "POST"):
            return CallbackAnswer(status=405, body="get it" if self._in_query else "post it")
        told = {name: each for name, each in request.query.items() if name != "token"}
        body = urlencode(told, errors="replace").encode() if self._in_query else request.body
        said = self._read(body) if len(body) <= _LONGEST else None
        if said is None:
            return CallbackAnswer(status=400, body=f"not {self._wanted}")
        receipts, inbound = said
        return CallbackAnswer(receipts, inbound, body=self._thanks, content_type=self._content_type)

    def _may_push(self, request: CallbackRequest) -> bool:
        token = request.query.get("token", "").encode(errors="replace")
        if not self._token or not hmac.compare_digest(token, self._token):
            return False
        return not self._networks or _is_in(request.remote, self._networks)


def objects(body: bytes) -> list[Mapping[str, object]] | None:
    """The objects of a JSON array, or the one JSON object; None where `body` is neither. Other entries are left out."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    entries = [said] if isinstance(said, dict) else said
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else None


def text(entry: Mapping[str, object], *names: str) -> str:
    """Text or number under the first of `names` that has one, as text; "" where none has."""
    for name in names:
        value = entry.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            return str(value).strip()
    return ""


def china_time(words: str, form: str = "%Y-%m-%d %H:%M:%S") -> datetime | None:
    """A time as mainland gateways write it; None where it is none."""
    try:
        return datetime.strptime(words, form).replace(tzinfo=CHINA)
    except ValueError:
        return None


def answered(address: str, words: str, *, at: datetime | None, event_id: str) -> Inbound:
    """What a person answered: a refusal, or any other words."""
    return Inbound("stop" if is_stop(words) else "text", address=address, text=words, at=at, event_id=event_id)


def mark(key: str, *parts: str) -> str:
    """A name for `parts` that is the same each time and tells nobody without `key` what they are (24 hex digits).

    Where a gateway numbers neither events nor single numbers, this stands in; a bare hash of a phone number would not
    hide it.
    """
    return marks(key, *parts[:-1])(parts[-1])


def marks(key: str, *shared: str) -> Callable[[str], str]:
    """The `mark` of `shared` and one more part, for many of these: one is made for every message."""
    # BLAKE2 with a key is a MAC (RFC 7693), and takes a third of the time of an HMAC.
    begun = blake2b(key=key.encode()[: blake2b.MAX_KEY_SIZE], digest_size=12)
    begun.update("".join(f"{part}\0" for part in shared).encode("utf-8", "replace"))

    def of(last: str) -> str:
        made = begun.copy()
        made.update(last.encode("utf-8", "replace"))
        return made.hexdigest()

    return of


def _is_in(remote: str, networks: Sequence[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(remote)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return any((mapped or address) in network for network in networks)
