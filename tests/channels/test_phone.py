"""Numbers: whoever is written to is the very one who was meant, whatever his number looks like without its country."""

import pytest

from channels.phone import address_of, international_number, mainland_number, number_for, unsendable


@pytest.mark.parametrize(
    ("address", "number", "international", "mainland"),
    [
        ("+8613800000001", "13800000001", "8613800000001", "13800000001"),
        ("13800000001", "13800000001", "8613800000001", "13800000001"),
        ("8613800000001", "13800000001", "8613800000001", "13800000001"),
        ("+85252000000", "85252000000", "85252000000", None),
        # Land lines keep their 86: without, they would be numbers abroad.
        ("+8623800000001", "8623800000001", "8623800000001", None),
        ("+86105555010", "86105555010", "86105555010", None),
        # North America: eleven digits that begin with 1.
        ("+13605550123", None, "13605550123", None),
        ("", None, None, None),
        ("+", None, None, None),
        ("张三", None, None, None),
        ("+86138000000010", "86138000000010", "86138000000010", None),
        ("１３８００００００01", None, None, None),
        ("+8613800000001\n", None, None, None),
        ("13800000001,13800000002", None, None, None),
    ],
)
def test_a_number_is_written_as_gateways_want_it_or_not_at_all(
    address: str, number: str | None, international: str | None, mainland: str | None
) -> None:
    assert number_for(address) == number
    assert international_number(address) == international
    assert mainland_number(address) == mainland


@pytest.mark.parametrize(
    ("told", "address"),
    [
        ("13800000001", "+8613800000001"),
        ("8613800000001", "+8613800000001"),
        ("+8613800000001", "+8613800000001"),
        ("008613800000001", "+8613800000001"),
        ("85252000000", "+85252000000"),
        # Whoever writes from abroad is not taken for somebody of the mainland, whose messages would then end.
        ("+13605550123", "+13605550123"),
        ("0013605550123", "+13605550123"),
    ],
)
def test_a_number_of_a_push_becomes_the_address_of_whom_it_is(told: str, address: str) -> None:
    assert address_of(told) == address


def test_a_good_number_that_a_gateway_would_misread_stays_open_for_others() -> None:
    assert not unsendable("+13605550123").suppresses
    assert unsendable("张三").suppresses
