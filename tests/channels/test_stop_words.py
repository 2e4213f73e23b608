"""The words by which people refuse."""

import pytest

from channels.stop_words import STOP_WORDS, is_stop, is_stranger


@pytest.mark.parametrize("word", sorted(STOP_WORDS))
def test_each_word_stops_in_any_case_and_width_and_between_blanks(word: str) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isascii() else char for char in word)
    for said in (word, word.lower(), wide, wide.lower(), f" \r\n{word}　", f"“{word}”", f"{word}。", f"【{word}】"):
        assert is_stop(said), said


@pytest.mark.parametrize(
    "said",
    [
        "TD退订",
        "t退订",
        "R退订",
        "退订TD",
        "回T",
        "回复R",
        "请回复TD",
        "退订回T",
        "拒收请回复R",
        "【拒收请回复R】",
        "退訂",
    ],
)
def test_the_word_stops_as_it_is_copied_from_the_message(said: str) -> None:
    assert is_stop(said)
    assert is_stop(f"\ufeff{said[0]} {said[1:]}\u200b")


@pytest.mark.parametrize(
    "said",
    [
        "",
        " ",
        "回复",
        "请回",
        "回复N",
        "RTD",
        "退订环保",
        "TD环保",
        "00:00",
        "TDD",
        "不退订",
        "请退订",
        "RT",
        "00",
        "好的",
        "T恤",
        "N1",
        "\x00",
        "\ud800",
    ],
)
def test_other_words_do_not(said: str) -> None:
    assert not is_stop(said)


@pytest.mark.parametrize("said", ["错号", " 打错了！", "“不是本人”。", "换号了"])
def test_who_says_that_he_is_somebody_else_is_understood(said: str) -> None:
    assert is_stranger(said)
    assert not is_stop(said)


@pytest.mark.parametrize("said", ["", "不是我负责的村", "打错了一个字", "R", "已转移"])
def test_other_answers_are_not_taken_for_it(said: str) -> None:
    assert not is_stranger(said)
