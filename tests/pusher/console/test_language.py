"""Catalogues: complete, true to the names in the sentences, and a town may bring more."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from pusher.console.language import CatalogueError, languages
from tests.pusher.console.messages import messages

_NAMES = re.compile(r"%\(\w+\)s|%")


def _english() -> Iterator[tuple[str, tuple[str, ...]]]:
    """What is said in Chinese, and its words in English: two of them where they are counted."""
    with resources.files("pusher.console").joinpath("languages", "en.po").open("rb") as file:
        for message in read_po(file, locale="en", abort_invalid=True):
            if message.id:
                original = message.id if isinstance(message.id, str) else message.id[0]
                words = (message.string,) if isinstance(message.string, str) else message.string
                yield original, tuple(each or "" for each in words or ("",))


def test_the_english_catalogue_has_every_sentence_and_no_other() -> None:
    assert {original for original, words in _english() if all(words)} == messages()
    assert len(dict(_english())) == len(list(_english()))


def test_translations_keep_the_names_that_sentences_are_filled_by() -> None:
    for original, words in _english():
        for translated in words:
            assert sorted(_NAMES.findall(translated)) == sorted(_NAMES.findall(original))


def test_what_is_counted_is_said_in_the_form_for_its_number() -> None:
    english, counted = languages()["en"], "还有 %(count)s 处要改"
    assert [english.count(counted, number) for number in (1, 2)] == [
        "1 answer to be corrected",
        "2 answers to be corrected",
    ]
    assert languages()["zh"].count(counted, 1) == "还有 1 处要改"


def test_a_town_adds_a_language_and_what_it_leaves_out_stays_chinese(tmp_path: Path) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "ug.po").write_text(
        'msgid "中文"\nmsgstr "ئۇيغۇرچە"\n\nmsgid "确"\n"认"\nmsgstr "جەزم"\n\n#, fuzzy\nmsgid "订阅"\nmsgstr "?"\n'
        '\nmsgid "还有 %(count)s 处要改"\nmsgstr "%(count)s"\n'
    )
    found = languages(tmp_path)
    assert list(found) == ["zh", "en", "ug"]
    uighur = found["ug"]
    assert (uighur.name, uighur("确认"), uighur("订阅"), uighur("")) == ("ئۇيغۇرچە", "جەزم", "订阅", "")
    assert uighur.count("还有 %(count)s 处要改", 3) == "3", "one form for all numbers will do"


@pytest.mark.parametrize(
    "text",
    [
        "msgid 订阅",
        'msgid_plural "a"',
        "x",
        'msgid "a"\nmsgid_plural "a"\nmsgstr[5] "b"',
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=exit(1);\\n"',
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=nonsense\\n"',
    ],
)
def test_a_catalogue_that_cannot_be_read_says_which(tmp_path: Path, text: str) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "ug.po").write_text(text)
    with pytest.raises(CatalogueError, match=r"^ug\.po cannot be read: "):
        languages(tmp_path)
