"""Reports on the parts of a long message become one statement."""

from itertools import permutations

import pytest

from channels.carrier.assembly import Assembly
from channels.carrier.said import End
from channels.receipt import Outcome, Receipt

_GOOD, _BAD = Outcome.DELIVERED, Outcome.TEMPORARY


def _end(msg_id: int, outcome: Outcome = _GOOD) -> End:
    return End(str(msg_id), outcome, "code", None)


def _gone_out(*msg_ids: int) -> Assembly:
    assembly = Assembly()
    assert assembly.went_out(assembly.begin(), "k", [str(each) for each in msg_ids]) == []
    return assembly


def _said(receipts: list[Receipt]) -> list[tuple[Outcome, str | None, str | None]]:
    return [(receipt.outcome, receipt.provider_id, receipt.key) for receipt in receipts]


def test_a_report_on_a_message_of_one_part_speaks_of_its_number() -> None:
    assert _said(Assembly().read(_end(5))) == [(_GOOD, "5", None)]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_a_long_message_is_delivered_with_its_last_missing_part(order: tuple[int, ...]) -> None:
    assembly = _gone_out(1, 2, 3)
    *before, last = [assembly.read(_end(msg_id)) for msg_id in order]
    assert before == [[], []]
    assert _said(last) == [(_GOOD, "3", "k")]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_one_part_that_fails_decides_for_all(order: tuple[int, ...]) -> None:
    assembly = _gone_out(1, 2, 3)
    told = [assembly.read(_end(msg_id, _BAD if msg_id == 2 else _GOOD)) for msg_id in order]
    assert _said([receipt for receipts in told for receipt in receipts]) == [(_BAD, "3", "k")]


def test_reports_that_come_before_the_answers_wait_for_them() -> None:
    assembly = Assembly()
    number = assembly.begin()
    assert assembly.read(_end(1)) == assembly.read(_end(2)) == assembly.read(_end(9)) == []
    told = assembly.went_out(number, "k", ("1", "2"))
    assert _said(told) == [(_GOOD, "2", "k"), (_GOOD, "9", None)]


def test_they_wait_no_longer_than_for_those_that_were_going_out_then() -> None:
    assembly = Assembly()
    first = assembly.begin()
    assembly.read(_end(9))
    second = assembly.begin()
    assert _said(assembly.went_out(first, "k", ())) == [(_GOOD, "9", None)]
    assert assembly.went_out(second, "l", ("3", "4")) == []


def test_more_than_can_be_remembered_is_forgotten_oldest_first() -> None:
    assembly = Assembly(remembered=3)
    assembly.remember("k", ("1", "2"))
    assembly.remember("l", ("3", "4"))
    assert _said(assembly.read(_end(1))) == [(_GOOD, "1", None)]
    assert assembly.read(_end(3)) == []
    assert _said(assembly.read(_end(4))) == [(_GOOD, "4", "l")]


def test_a_gateway_that_gives_all_parts_one_number_reports_on_all_at_once() -> None:
    assert _said(_gone_out(5, 5, 5).read(_end(5))) == [(_GOOD, "5", "k")]


def test_parts_without_numbers_are_reported_on_by_nothing() -> None:
    assembly = Assembly()
    assert assembly.went_out(assembly.begin(), "k", ("", "")) == []
    assert _said(assembly.read(_end(7))) == [(_GOOD, "7", None)]
