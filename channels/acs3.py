"""Alibaba Cloud's request signature, version 3 (ACS3-HMAC-SHA256). Pure: the time and the nonce are given.

Source: help.aliyun.com, "V3 request structure and signature". Unlike its cousins it derives no key from the date.
"""

import hashlib
import hmac
from datetime import UTC, datetime

ALGORITHM = "ACS3-HMAC-SHA256"

#: What our requests carry as body.
FORM = "application/x-www-form-urlencoded"

_SIGNED = "content-type;host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"


class Signer:
    """Signs `POST /` requests of one account for one action; whatever does not change is put together once."""

    def __init__(self, *, access_key_id: str, secret: str, host: str, action: str, version: str) -> None:
        self._secret = secret.encode()
        self._before = f"content-type:{FORM}\nhost:{host}\nx-acs-action:{action}\nx-acs-content-sha256:"
        self._after = f"\nx-acs-version:{version}\n\n{_SIGNED}\n"
        self._authorization = f"{ALGORITHM} Credential={access_key_id},SignedHeaders={_SIGNED},Signature="
        self._constant = {"Content-Type": FORM, "Host": host, "x-acs-action": action, "x-acs-version": version}

    def headers(self, body: bytes, *, query: str = "", at: datetime, nonce: str) -> dict[str, str]:
        """All headers of the signed request.

        `query`: percent-encoded pairs in the order of their names, without "?". `at`: aware. `nonce`: never used
        before; the server refuses a repeated one (SignatureNonceUsed) and times more than 15 minutes off.
        """
        digest = hashlib.sha256(body).hexdigest()
        date = at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"
        moment = f"{digest}\nx-acs-date:{date}\nx-acs-signature-nonce:{nonce}"
        canonical = f"POST\n/\n{query}\n{self._before}{moment}{self._after}{digest}"
        to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._secret, to_sign.encode(), "sha256").hex()
        return {
            **self._constant,
            "x-acs-content-sha256": digest,
            "x-acs-date": date,
            "x-acs-signature-nonce": nonce,
            "Authorization": self._authorization + signature,
        }
