"""A sender's certificate, as the settings name it: read once, when the settings are."""

import importlib.util
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes

#: What a missing library is answered with.
MISSING = 'signatures need the extra "signatures": pip install "gov-pusher[signatures]"'


@dataclass(frozen=True, slots=True)
class Certificate:
    """Whose signature is believed: this certificate's alone, whoever has issued it."""

    #: As the file holds it (PEM).
    pem: bytes = field(repr=False)
    #: SHA-256 of the certificate, hex.
    fingerprint: str
    #: Aware span of its life.
    since: datetime
    until: datetime


def load(file: object) -> Certificate:
    """The certificate in a file (PEM). Raises ValueError with one sentence, also where signatures cannot be checked."""
    if importlib.util.find_spec("signxml") is None:
        raise ValueError(MISSING)
    try:
        pem = Path(str(file)).read_bytes()
    except OSError as error:
        raise ValueError(f"the certificate {file} cannot be read: {error.strerror or type(error).__name__}") from None
    try:
        found = x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise ValueError(f"{file} holds no certificate in PEM (-----BEGIN CERTIFICATE-----)") from None
    return Certificate(
        pem, found.fingerprint(hashes.SHA256()).hex(), found.not_valid_before_utc, found.not_valid_after_utc
    )
