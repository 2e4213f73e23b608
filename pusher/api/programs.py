"""Which program asks: whoever has a key of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from pusher.api.problems import problem
from pusher.personal_key import is_key

_LONGEST_KEY = 512


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of the settings."""

    #: Name of the program → SHA-256 of its key, in hex.
    keys: Mapping[str, str]

    def of(self, request: web.Request) -> str | None:
        """Whose key the request carries, None if nobody's; all keys are compared, each in constant time."""
        key = _key(request)
        found = [name for name, stored in self.keys.items() if is_key(key, stored)]
        return found[0] if key and found else None


def unknown() -> web.Response:
    """What a program without a key is told."""
    return problem(
        401,
        "Send a key of this service as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'.",
        headers={"WWW-Authenticate": 'Bearer realm="gov-pusher"'},
    )


def _key(request: web.Request) -> str:
    """The key as it was sent; "" (which is nobody's) where there is none."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    bearer = credentials.strip() if scheme.lower() == "bearer" else ""
    return (bearer or request.headers.get("X-API-Key", "").strip())[:_LONGEST_KEY]
