"""Nobody but us can make a token, and a token is read back from whatever servers make of an address."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.smtp.tokens import ROOM, TokenAddress, Tokens

TOKENS = Tokens(b"k" * 32)
KEYS = st.from_regex(r"m[0-9]{1,15}-[0-9]{1,15}", fullmatch=True)


@given(KEYS)
def test_a_token_is_read_back_in_small_letters_and_in_capitals(key: str) -> None:
    token = TOKENS.of(key).decode()
    assert TOKENS.read(token) == TOKENS.read(token.upper()) == key
    assert len(token) + ROOM <= 64


@given(KEYS, KEYS)
def test_the_digest_of_one_delivery_does_not_name_another(one: str, other: str) -> None:
    forged = f"{other}.{TOKENS.of(one).decode().rpartition('.')[2]}"
    assert TOKENS.read(forged) == (one if one == other else None)


@given(st.text())
def test_nothing_that_somebody_makes_up_is_a_token(text: str) -> None:
    assert TOKENS.read(text) is None
    assert list(TOKENS.keys_in(text)) == []


def test_another_installation_cannot_read_or_make_ours() -> None:
    assert Tokens(b"o" * 32).read(TOKENS.of("m1-2").decode()) is None


@pytest.mark.parametrize("key", ["", "M1-2", "m1 2", "m" * 33, "a@b", "号"])
def test_a_key_that_fits_into_no_address_has_no_token(key: str) -> None:
    assert TOKENS.of(key) == b""


@given(KEYS)
def test_an_address_holds_its_token_where_it_has_a_place(key: str) -> None:
    token = TOKENS.of(key)
    for pattern in ("bounce+{token}@e.cn", "bounce-{token}@e.cn", "{token}@bounce.e.cn"):
        address = TokenAddress(pattern, plain="tz@e.cn")
        for written in (address.of(token).decode(), address.of(token).decode().upper()):
            assert [TOKENS.read(each) for each in address.tokens_in(f"by mx; <{written}>, x")] == [key]
        assert address.of(b"") == b"tz@e.cn"


def test_an_address_without_place_is_the_same_for_all_and_none_is_the_senders() -> None:
    assert TokenAddress("bounce@e.cn", plain="tz@e.cn").of(b"m1-2.x") == b"bounce@e.cn"
    assert TokenAddress("", plain="tz@e.cn").of(b"m1-2.x") == b"tz@e.cn"
    assert list(TokenAddress("bounce@e.cn", plain="").tokens_in("bounce@e.cn")) == []
