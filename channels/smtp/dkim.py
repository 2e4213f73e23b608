"""DKIM signatures (RFC 6376) for towns whose relay does not sign: canonical form relaxed/relaxed.

A relay that signs is better: its keys stay in one place, and it signs what really leaves. RSA with SHA-256 is what all
receivers know; a signature takes a quarter of a millisecond of a core, outside of Python's lock, so in a thread.
"""

import asyncio
import hashlib
import re
from base64 import b64encode
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from channels.smtp.settings import DkimSettings

#: Shortest RSA key that receivers can be expected to trust for long (RFC 8301 section 3.2 asks for 2048).
_SHORTEST_RSA = 2048

#: What is signed where it is there. Both headers of one-click unsubscription must be (RFC 8058 section 4).
_SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"mime-version",
    b"content-type",
    b"content-transfer-encoding",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"auto-submitted",
)

#: Signed once more than it is there, so that nobody can add another one on the way (RFC 6376 section 8.15).
_SEALED = (b"from", b"to", b"subject", b"date")

_BLANKS = re.compile(rb"[ \t]+")
_BLANK_BEFORE_END = re.compile(rb" (?=\r\n)")
_FIELD_END = re.compile(rb"\r\n(?![ \t])")

#: Letters of a signature on one line of its header.
_WIDTH = 72


class Signer:
    """Signs mails with one key."""

    def __init__(self, settings: DkimSettings) -> None:
        """Raises ValueError, with a sentence that names the key file, if it cannot be used."""
        self._key = _key(settings.key_file)
        domain, selector = settings.domain.encode(), settings.selector.encode()
        self._begin = b"v=1; a=rsa-sha256; c=relaxed/relaxed; d=%b; s=%b;\r\n h=" % (domain, selector)

    async def signed(self, mail: bytes) -> bytes:
        """`mail` with its signature before it; see `sign`."""
        return await asyncio.to_thread(self.sign, mail)

    def sign(self, mail: bytes) -> bytes:
        """`mail` (whole lines ended by CRLF, none of the signed headers twice) with its signature before it."""
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = dict(map(_relaxed_field, _FIELD_END.split(head)))
        names = [name for name in _SIGNED if name in fields]
        hashed = b64encode(hashlib.sha256(relaxed_body(body)).digest())
        value = b"%b%b;\r\n bh=%b;\r\n b=" % (self._begin, b":\r\n ".join([*names, *_SEALED]), hashed)
        signed = b"".join(b"%b:%b\r\n" % (name, fields[name]) for name in names)
        signed += b"%b:%b" % _relaxed_field(b"DKIM-Signature: " + value)
        signature = b64encode(self._key.sign(signed, PKCS1v15(), SHA256()))
        folded = b"\r\n ".join(signature[start : start + _WIDTH] for start in range(0, len(signature), _WIDTH))
        return b"DKIM-Signature: " + value + folded + b"\r\n" + mail


def relaxed_body(body: bytes) -> bytes:
    """The body as it is hashed (RFC 6376 section 3.4.4)."""
    lines = _BLANK_BEFORE_END.sub(b"", _BLANKS.sub(b" ", body + b"\r\n"))
    text = lines.rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _relaxed_field(field: bytes) -> tuple[bytes, bytes]:
    """Name and value of a header as they are signed (RFC 6376 section 3.4.2)."""
    name, _, value = field.partition(b":")
    return name.strip().lower(), _BLANKS.sub(b" ", value.replace(b"\r\n", b"")).strip()


def _key(file: Path) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(
            f"the DKIM key {file} cannot be read as a private key in PEM: {type(error).__name__}"
        ) from None
    if isinstance(key, RSAPrivateKey) and key.key_size >= _SHORTEST_RSA:
        return key
    raise ValueError(f"the DKIM key {file} must be RSA of {_SHORTEST_RSA} bits or more")
