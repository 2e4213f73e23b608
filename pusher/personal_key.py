"""Keys of persons and programs: each holds his own (`pusher key new NAME`), the settings its SHA-256 alone. Pure."""

import hashlib
import hmac

#: What nobody's key is: compared with where there is none, so that both take equally long.
_NOBODY = "-" * 64


def key_digest(key: str) -> str:
    """What the settings hold of a key: SHA-256 in hex."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def is_key(shown: str, digest: str | None) -> bool:
    """Whether `shown` is the key of this digest, in constant time; None is that of no key."""
    return hmac.compare_digest(key_digest(shown).encode(), (digest or _NOBODY).lower().encode())
