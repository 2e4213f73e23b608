"""Batches hold their recipients in order; keys name deliveries for ever."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.deliver.batch import delivery_key, pack, read_delivery_key, unpack

_numbers = st.integers(min_value=0, max_value=2**63 - 1)


@given(st.lists(_numbers, max_size=600))
def test_recipients_come_back_in_order(numbers: list[int]) -> None:
    assert list(unpack(pack(numbers))) == numbers


@given(_numbers, _numbers)
def test_a_key_is_read_back_and_fits_every_provider(message_id: int, address_id: int) -> None:
    key = delivery_key(message_id, address_id)
    assert read_delivery_key(key) == (message_id, address_id)
    assert len(key) <= 64
    assert key.isascii()


@given(st.text(max_size=20))
def test_foreign_keys_are_not_ours(text: str) -> None:
    found = read_delivery_key(text)
    assert found is None or text.startswith("m")


@pytest.mark.parametrize(
    "key", [f"m{2**63}-1", f"m1-{2**63}", f"m{'9' * 5000}-1", "m-1", "m1-", "m1-1\n", "m٣-1", f"m1--{2**63}", "m1---1"]
)
def test_a_key_with_numbers_that_no_database_takes_is_not_ours(key: str) -> None:
    assert read_delivery_key(key) is None
