"""The words by which people refuse."""

import pytest

from channels.stop_words import STOP_WORDS, is_stop


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_each_word_stops_in_any_case_and_width_and_between_blanks(word: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isascii() else char for char in word)
    for said in (word, word.lower(), wide, wide.lower(), f" \r\n{word}　", f"“{word}”", f"{word}。", f"【{word}】"):
        assert is_stop(said), said


@pytest.mark.parametrize(
    "said", ["", " ", "TDD", "不退订", "请退订", "RT", "00", "好的", "T恤", "N1", "\x00", "\ud800"]
)
def test_other_words_do_not(said: str) -> None:
    assert not is_stop(said)
