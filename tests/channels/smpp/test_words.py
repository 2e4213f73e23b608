"""From words to the content of submit_sm, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpplib import gsm as theirs

from channels.carrier.parts import Part, cut_header, seen
from channels.smpp import gsm7
from channels.smpp.words import DEFAULT, UCS2, Encoding, parts, readable


def _words(part: Part) -> str:
    content, codec = readable(cut_header(part.content)[0] if part.is_joined else part.content, part.coding)
    return content.decode(codec)


def test_seventy_chinese_characters_are_one_message_and_more_are_parts_of_sixty_seven() -> None:
    (one,) = parts("水" * 70, "ucs2", 7)
    assert (one.coding, one.is_joined, one.content) == (UCS2, False, b"\x6c\x34" * 70)
    first, second = parts("水" * 71, "ucs2", 7)
    assert first.content == b"\x05\x00\x03\x07\x02\x01" + b"\x6c\x34" * 67
    assert second.content == b"\x05\x00\x03\x07\x02\x02" + b"\x6c\x34" * 4


def test_the_phones_alphabet_holds_a_hundred_and_sixty_and_counts_its_escapes() -> None:
    (one,) = parts("x" * 160, "gsm7", 1)
    assert (one.coding, one.content) == (DEFAULT, b"x" * 160)
    assert [len(part.content) for part in parts("x" * 161, "gsm7", 1)] == [6 + 153, 6 + 8]
    (euro,) = parts("€@", "gsm7", 1)
    assert euro.content == b"\x1b\x65\x00"
    # No character is cut in two: the euro moves over as a whole.
    first, second = parts("x" * 152 + "€" + "x" * 10, "gsm7", 1)
    assert (len(first.content), second.content[6:8]) == (6 + 152, b"\x1b\x65")


def test_words_that_the_alphabet_lacks_go_in_ucs2() -> None:
    assert {part.coding for part in parts("停水 x", "gsm7", 1)} == {UCS2}
    assert {part.coding for part in parts("x", "ucs2", 1)} == {UCS2}


def test_a_foreign_table_of_the_alphabet_says_the_same() -> None:
    ours = {char: b"".join(gsm7.encode(char) or []) for char in theirs.GSM_CHARACTER_TABLE if gsm7.encode(char)}
    # Its table has a backtick where the alphabet has §, and one for whatever is not there; ours has no backtick.
    assert len(ours) == 137 - len("§\f")
    assert {char: theirs.gsm_encode(char) for char in ours} == ours


@given(st.text(min_size=1, max_size=400), st.sampled_from(["ucs2", "gsm7"]), st.integers(0, 255))
def test_the_parts_fit_and_join_to_the_words(text: str, encoding: Encoding, reference: int) -> None:
    pieces = parts(text, encoding, reference)
    for part in pieces:
        assert len(part.content) <= (140 if part.coding == UCS2 else 160)
    assert "".join(_words(part) for part in pieces) == seen(text)


@given(st.text(alphabet=st.sampled_from("abc{}€@ΔÜ\n_"), max_size=400))
def test_the_alphabet_is_read_as_it_was_written(text: str) -> None:
    assert gsm7.decode(b"".join(gsm7.encode(text) or [])) == text


@pytest.mark.parametrize(
    ("octets", "coding", "text"),
    [
        (b"TD", 0, "TD"),
        (b"TD", 1, "TD"),
        (b"\xfc", 3, "ü"),
        (b"\x90\x00\x8b\xa2", 8, "退订"),
        ("退订".encode("gbk"), 15, "退订"),
        (b"\x00", 0, "@"),
        (b"TD", 0xF1, "TD"),
        (b"\x90\x00\x8b\xa2", 0x18, "退订"),
        (b"\xfc", 0x14, "ü"),
        (b"TD", 0x10, "TD"),
    ],
)
def test_what_people_write_is_read_in_their_alphabet(octets: bytes, coding: int, text: str) -> None:
    content, codec = readable(octets, coding)
    assert content.decode(codec) == text


@given(st.binary(max_size=160), st.integers(0, 255))
def test_whatever_is_brought_can_be_read(octets: bytes, coding: int) -> None:
    content, codec = readable(octets, coding)
    content.decode(codec, "replace")
