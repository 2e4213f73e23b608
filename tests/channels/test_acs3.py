"""Our signatures, checked by code that shares nothing with them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.acs3 import Signer
from pusher.demo.standins.acs3_check import Request, signature

AT = datetime(2026, 11, 22, 1, 30, 5, 999999, tzinfo=UTC)


def signer(secret: str = "testSK", host: str = "dysmsapi.aliyuncs.com") -> Signer:
    return Signer(access_key_id="testAK", secret=secret, host=host, action="SendSms", version="2017-05-25")


def checked(headers: dict[str, str], body: bytes, query: str = "", secret: str = "testSK") -> bool:
    """Whether the signature is the one that the server computes."""
    given = {name.lower(): value for name, value in headers.items()}
    signed, _, claimed = given["authorization"].partition("SignedHeaders=")[2].partition(",Signature=")
    return signature(Request("POST", "/", query, given, body), signed, secret) == claimed


@given(st.binary(max_size=200), st.text(st.characters(codec="utf-8"), min_size=1), st.datetimes())
def test_any_request_is_signed_as_the_server_computes_it(body: bytes, secret: str, at: datetime) -> None:
    headers = signer(secret).headers(body, at=at.replace(tzinfo=UTC), nonce="n1")
    assert checked(headers, body, secret=secret)
    assert not checked(headers, body, secret=f"{secret}x")


def test_parameters_in_the_address_are_signed_too() -> None:
    headers = signer().headers(b"", query="OutId=k%3D1&PhoneNumbers=13800000000&SignName=%E6%9F%90", at=AT, nonce="n1")
    assert checked(headers, b"", "OutId=k%3D1&PhoneNumbers=13800000000&SignName=%E6%9F%90")
    assert not checked(headers, b"", "OutId=k%3D1&PhoneNumbers=13900000000&SignName=%E6%9F%90")


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=8))])
def test_the_date_is_in_utc_and_whole_seconds(zone: timezone) -> None:
    assert signer().headers(b"", at=AT.astimezone(zone), nonce="n1")["x-acs-date"] == "2026-11-22T01:30:05Z"


def test_the_secret_is_not_among_the_headers() -> None:
    assert "testSK" not in "".join(signer().headers(b"", at=AT, nonce="n1").values())
