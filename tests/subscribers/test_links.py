"""Links in messages: signed, for one purpose, naming nobody."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.links import CONFIRM_WITHIN, LinkError, Links

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
LINKS = Links([KEY])


@given(st.integers(1, 2**62))
def test_a_token_names_the_address_that_it_was_made_for(address_id: int) -> None:
    assert LINKS.read_unsubscribe(LINKS.sign_unsubscribe(address_id)) == address_id


def test_a_token_is_made_of_characters_that_need_no_escape_in_a_url() -> None:
    assert set(LINKS.sign_unsubscribe(123456)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )


def test_a_token_is_as_short_as_a_short_message_needs_and_too_long_to_be_guessed() -> None:
    token = LINKS.sign_unsubscribe(1_000_000)
    assert len(token) == 20
    for place in range(8, 20):
        wrong = "A" if token[place] != "A" else "B"
        with pytest.raises(LinkError):
            LINKS.read_unsubscribe(f"{token[:place]}{wrong}{token[place + 1 :]}")


@pytest.mark.parametrize("token", ["", "1", "1.", ".x", "1.é", "\ud800", "0" * 5000])
def test_what_we_did_not_sign_is_refused(token: str) -> None:
    with pytest.raises(LinkError):
        LINKS.read_unsubscribe(token)


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_the_number_in_a_token_cannot_be_changed(address_id: int, other: int) -> None:
    _, _, signature = LINKS.sign_unsubscribe(address_id).partition(".")
    if address_id != other:
        with pytest.raises(LinkError):
            LINKS.read_unsubscribe(f"{other}.{signature}")


def test_a_token_works_for_its_own_purpose_only(at: datetime) -> None:
    with pytest.raises(LinkError):
        LINKS.read_confirm(LINKS.sign_unsubscribe(1), at=at)
    with pytest.raises(LinkError):
        LINKS.read_unsubscribe(LINKS.sign_confirm(1, at=at))


def test_a_link_that_confirms_ends_after_three_days(at: datetime) -> None:
    token = LINKS.sign_confirm(7, at=at)
    assert LINKS.read_confirm(token, at=at + CONFIRM_WITHIN) == 7
    with pytest.raises(LinkError, match="已过期"):
        LINKS.read_confirm(token, at=at + CONFIRM_WITHIN + timedelta(seconds=1))


def test_old_keys_are_accepted_while_the_first_signs(at: datetime) -> None:
    rotated = Links([OTHER_KEY, KEY])
    assert rotated.read_unsubscribe(LINKS.sign_unsubscribe(7)) == 7
    assert Links([OTHER_KEY]).read_confirm(rotated.sign_confirm(7, at=at), at=at) == 7
    with pytest.raises(LinkError):
        LINKS.read_unsubscribe(rotated.sign_unsubscribe(7))


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_a_missing_or_short_key_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Links(keys)
