"""Our signatures, checked by code that shares nothing with them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.tc3 import Signer
from pusher.demo.standins.acs3_check import Request
from pusher.demo.standins.tc3_check import signature

AT = datetime(2026, 11, 22, 23, 59, 59, 999999, tzinfo=UTC)


def signer(secret: str = "testSK") -> Signer:
    return Signer(
        secret_id="testID",
        secret=secret,
        host="sms.tencentcloudapi.com",
        service="sms",
        action="SendSms",
        version="2021-01-11",
        region="ap-guangzhou",
    )


def checked(headers: dict[str, str], body: bytes, secret: str = "testSK") -> bool:
    """Whether the signature is the one that the server computes."""
    given = {name.lower(): value for name, value in headers.items()}
    signed, _, claimed = given["authorization"].partition("SignedHeaders=")[2].partition(", Signature=")
    return signature(Request("POST", "/", "", given, body), signed, secret, service="sms") == claimed


@given(
    st.binary(max_size=200),
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - bounds of naive times
)
def test_any_request_is_signed_as_the_server_computes_it(body: bytes, secret: str, at: datetime) -> None:
    headers = signer(secret).headers(body, at=at.replace(tzinfo=UTC))
    assert checked(headers, body, secret)
    assert not checked(headers, body, f"{secret}x")


def test_one_signer_serves_the_days_as_they_come() -> None:
    made = signer()
    for days in (0, 1, 0):
        headers = made.headers(b"{}", at=AT + timedelta(days=days))
        assert f"/2026-11-{22 + days}/sms/" in headers["Authorization"]
        assert checked(headers, b"{}")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
def test_the_day_is_that_of_utc(zone: timezone) -> None:
    headers = signer().headers(b"", at=AT.astimezone(zone))
    assert "/2026-11-22/sms/tc3_request" in headers["Authorization"]
    assert headers["X-TC-Timestamp"] == str(int(AT.timestamp()))


def test_the_secret_is_not_among_the_headers() -> None:
    assert "testSK" not in "".join(signer().headers(b"", at=AT).values())
