"""Tencent Cloud's request signature (TC3-HMAC-SHA256). Pure: the time is given.

Source: cloud.tencent.com, "签名方法 v3". The key is derived from the day (UTC) and the service, once a day.
"""

import hashlib
import hmac
from datetime import UTC, datetime

ALGORITHM = "TC3-HMAC-SHA256"

#: What our requests carry as body.
JSON = "application/json; charset=utf-8"

_SIGNED = "content-type;host;x-tc-action"


class Signer:
    """Signs `POST /` requests of one account for one action; whatever does not change is put together once."""

    def __init__(
        self, *, secret_id: str, secret: str, host: str, service: str, action: str, version: str, region: str
    ) -> None:
        """`service`: first part of the provider's own host ("sms"), wherever the request goes."""
        self._secret = secret.encode()
        self._service = service
        self._before = f"POST\n/\n\ncontent-type:{JSON}\nhost:{host}\nx-tc-action:{action.lower()}\n\n{_SIGNED}\n"
        self._authorization = f"{ALGORITHM} Credential={secret_id}/"
        self._constant = {
            "Content-Type": JSON,
            "Host": host,
            "X-TC-Action": action,
            "X-TC-Version": version,
            "X-TC-Region": region,
        }
        #: The day and its key.
        self._key = ("", b"")

    def headers(self, body: bytes, *, at: datetime) -> dict[str, str]:
        """All headers of the signed request. `at`: aware; the server refuses times more than 5 minutes off."""
        moment = at.astimezone(UTC)
        day, timestamp = moment.date().isoformat(), str(int(moment.timestamp()))
        scope = f"{day}/{self._service}/tc3_request"
        canonical = self._before + hashlib.sha256(body).hexdigest()
        to_sign = f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        signature = hmac.digest(self._key_of(day), to_sign.encode(), "sha256").hex()
        return {
            **self._constant,
            "X-TC-Timestamp": timestamp,
            "Authorization": f"{self._authorization}{scope}, SignedHeaders={_SIGNED}, Signature={signature}",
        }

    def _key_of(self, day: str) -> bytes:
        if self._key[0] != day:
            key = b"TC3" + self._secret
            for part in (day, self._service, "tc3_request"):
                key = hmac.digest(key, part.encode(), "sha256")
            self._key = (day, key)
        return self._key[1]
