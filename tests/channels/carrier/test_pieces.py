"""What somebody wrote in several pieces is read as one; and no piece is lost."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.carrier import pieces as module
from channels.carrier.parts import cut_header
from channels.carrier.pieces import PATIENCE, Pieces
from channels.carrier.said import Written

_WORDS = "请问明天几点停水😀谢谢"


def _pieces(source: str = "13800000001", reference: int = 7) -> list[Written]:
    """Cut where it hurts: between the halves of the smiling face."""
    octets = _WORDS.encode("utf-16-be")
    cuts = [octets[:6], octets[6:18], octets[18:]]
    return [Written(source, cut, "utf-16-be", f"n{at}", reference, 3, at) for at, cut in enumerate(cuts, start=1)]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_pieces_in_any_order_are_one_text(order: tuple[int, ...]) -> None:
    pieces, three = Pieces(), _pieces()
    first, second, last = (list(pieces.put(three[number], 0.0)) for number in order)
    assert (first, second) == ([], [])
    assert [(said.act, said.text, said.address, said.event_id) for said in last] == [
        ("text", _WORDS, "+8613800000001", "n1")
    ]
    assert pieces.is_empty


def test_people_with_the_same_reference_are_kept_apart() -> None:
    pieces = Pieces()
    for one, other in zip(_pieces("13800000001"), _pieces("13800000002"), strict=True):
        said = [*pieces.put(one, 0.0), *pieces.put(other, 0.0)]
    assert [each.address for each in said] == ["+8613800000001", "+8613800000002"]


def test_a_piece_that_stays_alone_is_told_after_a_while() -> None:
    pieces = Pieces()
    assert list(pieces.put(_pieces()[0], 0.0)) == []
    assert list(pieces.late(PATIENCE - 1)) == []
    assert [said.text for said in pieces.late(PATIENCE)] == [_WORDS[:3]]


def test_more_than_can_wait_is_told_oldest_first() -> None:
    pieces, told = Pieces(), []
    for number in range(module.MOST_WAITING + 2):
        told += list(pieces.put(_pieces(reference=number)[0], 0.0))
    assert len(told) == 2


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"\x05\x00\x03\x07\x02\x01words", (7, 2, 1)),
        (b"\x06\x08\x04\x01\x07\x02\x02words", (0x107, 2, 2)),
        (b"\x09\x05\x02\x00\x01\x00\x03\x07\x02\x01words", (7, 2, 1)),
        (b"\x05\x00\x03\x07\x02\x03words", (0, 1, 1)),
        (b"\x00words", (0, 1, 1)),
    ],
)
def test_the_header_is_read_and_cut_off(content: bytes, place: tuple[int, int, int]) -> None:
    assert cut_header(content) == (b"words", place)


@given(st.binary(max_size=200), st.sampled_from(["utf-16-be", "gb18030", "latin-1"]))
def test_whatever_is_brought_can_be_read(content: bytes, codec: str) -> None:
    words, place = cut_header(content)
    said = [*Pieces().put(Written("13800000001", words, codec, "", *place), 0.0)]
    assert all("\x00" not in each.text for each in said)
