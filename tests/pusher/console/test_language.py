"""Catalogues: complete, true to the names in the sentences, and a town may bring more."""

import re
from pathlib import Path

import pytest

from pusher.console.language import CatalogueError, languages, read_catalogue
from tests.pusher.console.messages import messages

_NAMES = re.compile(r"%\(\w+\)s|%")


def test_the_english_catalogue_has_every_sentence_and_no_other() -> None:
    assert set(languages()["en"].messages) == messages()


def test_translations_keep_the_names_that_sentences_are_filled_by() -> None:
    for language in languages().values():
        for original, translated in language.messages.items():
            assert sorted(_NAMES.findall(translated)) == sorted(_NAMES.findall(original))


def test_a_town_adds_a_language_and_what_it_leaves_out_stays_chinese(tmp_path: Path) -> None:
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "ug.po").write_text(
        'msgid "中文"\nmsgstr "ئۇيغۇرچە"\n\nmsgid "确"\n"认"\nmsgstr "جەزم"\n'
    )
    found = languages(tmp_path)
    assert list(found) == ["zh", "en", "ug"]
    uighur = found["ug"]
    assert (uighur.name, uighur("确认"), uighur("订阅")) == ("ئۇيغۇرچە", "جەزم", "订阅")


@pytest.mark.parametrize(
    ("text", "line"), [("msgid 订阅", 1), ('msgid "a"\nmsgstr "b', 2), ('msgid_plural "a"', 1), ("x", 1)]
)
def test_a_catalogue_that_cannot_be_read_says_where(text: str, line: int) -> None:
    with pytest.raises(CatalogueError, match=rf"^ug\.po, line {line}: "):
        read_catalogue(text, "ug")
