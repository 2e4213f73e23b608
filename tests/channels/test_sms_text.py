import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.sms_text import PART, SINGLE, segments, signed, split, units

texts = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("水🚰")), max_size=300)


def octets(text: str) -> int:
    return len(text.encode("utf-16-be"))


@given(text=texts)
def test_lengths_are_what_utf_16_takes(text: str) -> None:
    assert units(text) * 2 == octets(text)


@given(text=texts)
def test_parts_join_to_the_text_and_fit_and_are_as_few_as_can_be(text: str) -> None:
    parts = split(text)
    assert "".join(parts) == text
    limit = SINGLE if len(parts) == 1 else PART
    assert all(octets(part) <= limit * 2 for part in parts)
    assert len(parts) == fewest(text)


def fewest(text: str) -> int:
    """By brute force: take characters as long as they fit."""
    if octets(text) <= 2 * SINGLE:
        return 1
    count, rest = 0, text
    while rest:
        taken = max(length for length in range(1, len(rest) + 1) if octets(rest[:length]) <= 2 * PART or length == 1)
        count, rest = count + 1, rest[taken:]
    return count


@pytest.mark.parametrize(("length", "count"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)])
def test_seventy_characters_are_one_message_and_then_sixty_seven_each(length: int, count: int) -> None:
    assert segments("水" * length) == count
    assert segments("a" * length) == count


def test_an_emoji_takes_two_places_and_is_never_torn_apart() -> None:
    assert segments("🚰" * 35) == 1
    assert segments("🚰" * 36) == 2
    assert [len(part) for part in split("🚰" * 100)] == [33, 33, 33, 1]
    assert [units(part) for part in split("水" + "🚰" * 40)] == [67, 14]


def test_the_signature_counts_with_its_brackets() -> None:
    assert signed("停水", "星湖区") == "【星湖区】停水"
    assert segments("水" * 65, "星湖区") == 1
    assert segments("水" * 66, "星湖区") == 2
