"""Cards: plain words of a bounded length, whose link is never cut, and addresses that lead to their provider only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.card import Card, cut, within
from channels.message import Address, Lane, Message
from channels.slots import slot


@given(st.text(), st.text(), st.integers(min_value=60, max_value=400))
def test_a_card_fits_and_keeps_its_link(title: str, text: str, longest: int) -> None:
    title, text = (each.encode(errors="ignore").decode() for each in (title[:10], text))
    url = "https://tz.example.gov.cn/n/1"
    words = Card(title.strip(), text.strip(), url).whole(longest)
    assert len(words.encode()) <= longest
    if len(title.strip().encode()) + len(url) + 2 <= longest:
        assert words.endswith(url)


@given(st.text(), st.integers(min_value=0, max_value=50))
def test_a_cut_is_a_beginning(text: str, longest: int) -> None:
    text = text.encode(errors="ignore").decode()
    short = cut(text, longest)
    assert len(short.encode()) <= longest
    assert short == text or text.startswith(short.removesuffix("…"))


def test_values_of_slots_bring_no_controls_and_no_further_lines_into_a_title() -> None:
    message = Message("b1", Lane.ROUTINE, "default", {"title": slot("name"), "text": slot("name"), "url": slot("name")})
    card = Card.of(message, Address(1, "", {"name": "a\r\nb\x00\ud800c"}))
    assert (card.title, card.text, card.url) == ("a bc", "a\nbc", "abc")


@pytest.mark.parametrize(
    ("address", "is_within"),
    [
        ("https://bots.example/send?key=1", True),
        ("https://bots.example.evil/send?key=1", False),
        ("https://bots.example/send?key=1@evil.example", False),
        ("https://bots.example/send?key=\\evil", False),
        ("http://bots.example/send?key=1", False),
        ("https://bots.example/send?key=", False),
    ],
)
def test_an_address_leads_to_its_provider_and_nowhere_else(address: str, *, is_within: bool) -> None:
    assert within(address, "https://bots.example/send?key=") == is_within
