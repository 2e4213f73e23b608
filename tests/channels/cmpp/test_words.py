"""From words to the content of SUBMITs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.carrier.parts import Part, cut_header, seen
from channels.cmpp.words import ASCII, CODECS, GB, UCS2, Encoding, parts


def test_seventy_chinese_characters_are_one_message() -> None:
    (part,) = parts("水" * 70, "ucs2", 7)
    assert (part.coding, part.is_joined, part.content) == (UCS2, False, b"\x6c\x34" * 70)


def test_seventy_one_are_two_with_a_header_each() -> None:
    first, second = parts("水" * 71, "ucs2", 7)
    assert first.content == b"\x05\x00\x03\x07\x02\x01" + b"\x6c\x34" * 67
    assert second.content == b"\x05\x00\x03\x07\x02\x02" + b"\x6c\x34" * 4
    assert (first.is_joined, second.is_joined) == (True, True)


def test_no_character_is_cut_in_two() -> None:
    first, second = parts("水" * 66 + "😀" + "水" * 10, "ucs2", 1)
    assert first.content[6:].decode("utf-16-be") == "水" * 66
    assert second.content[6:].decode("utf-16-be") == "😀" + "水" * 10


def test_gb18030_is_cut_between_characters_of_any_size() -> None:
    text = "水a😀" * 40
    pieces = parts(text, "gb18030", 1)
    assert {part.coding for part in pieces} == {GB}
    assert "".join(part.content[6:].decode("gb18030") for part in pieces) == text


@pytest.mark.parametrize("encoding", ["ucs2", "gb18030"])
def test_ascii_alone_goes_as_ascii_while_it_fits_one_message(encoding: Encoding) -> None:
    (part,) = parts("x" * 159, encoding, 1)
    assert (part.coding, len(part.content)) == (ASCII, 159)
    assert len(parts("x" * 160, encoding, 1)) > 1


@given(st.text(min_size=1, max_size=400), st.sampled_from(["ucs2", "gb18030"]), st.integers(0, 255))
def test_the_parts_fit_and_join_to_the_words(text: str, encoding: Encoding, reference: int) -> None:
    pieces = parts(text, encoding, reference)
    assert all(len(part.content) <= (159 if part.coding == ASCII else 140) for part in pieces)
    assert "".join(_words(part) for part in pieces) == seen(text)


def _words(part: Part) -> str:
    content = cut_header(part.content)[0] if part.is_joined else part.content
    return content.decode(CODECS.get(part.coding, "ascii"))
