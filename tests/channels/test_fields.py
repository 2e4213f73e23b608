"""The values of a filed template, and what is prepared once a message."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failure import TechnicalFailure
from channels.fields import EMPTY, LONGEST_PATH, PATH, Prepared, fitting, prepare
from channels.message import Lane, Message
from channels.slots import KEY, LIKE_A_KEY, slot
from channels.sms_words import FiledTemplate


def message(name: str, text: str = "") -> Message:
    return Message(name, Lane.ROUTINE, "education", {"text": text})


def test_common_values_are_ready_and_personal_ones_are_filled() -> None:
    fields = prepare({"title": "停水", "who": f"{slot('name')}您好"}, names={}, longest=lambda _: None)
    assert fields.texts["title"] == "停水"
    assert fields.texts["who"] == slot("field0")
    assert fields.of({"name": "张三"}) == {"field0": "张三您好"}


def test_names_choose_and_rename_in_their_order() -> None:
    fields = prepare({"a": "1", "b": "2", "c": "3"}, names={"c": "x", "a": "y"}, longest=lambda _: None)
    assert list(fields.texts.items()) == [("x", "3"), ("y", "1")]


def test_a_name_without_a_field_is_technical() -> None:
    with pytest.raises(TechnicalFailure, match='"b"'):
        prepare({"a": "1"}, names={"b": "x"}, longest=lambda _: None)


def test_length_is_that_of_the_providers_field() -> None:
    fields = prepare({"a": "123456", "b": slot("n")}, names={"a": "x", "b": "y"}, longest={"x": 3, "y": 4}.get)
    assert fields.texts["x"] == "12…"
    assert fields.of({"n": "123456"}) == {"field0": "123…"}


def test_the_path_of_a_link_goes_where_the_template_names_it_and_is_never_cut() -> None:
    fields = {"title": "停水", PATH: f"{slot(KEY)}/7"}
    assert list(prepare(fields, names={}, longest=lambda _: None).texts) == ["title"]
    assert FiledTemplate(id="1").values(replace(message("a"), fields=fields)).of({}) == ["停水"]
    named = prepare(fields, names={PATH: "x"}, longest={"x": LONGEST_PATH}.get)
    assert named.of({KEY: LIKE_A_KEY}) == {"field0": f"{LIKE_A_KEY}/7"}
    with pytest.raises(TechnicalFailure, match="needs 32 characters, and its variable takes 6"):
        prepare(fields, names={PATH: "x"}, longest={"x": 6}.get)


@given(st.text(), st.integers(min_value=1, max_value=40))
def test_a_fitting_value_is_one_line_of_text_that_is_never_empty(value: str, longest: int) -> None:
    fitted = fitting(value, longest)
    assert 1 <= len(fitted) <= longest
    assert fitted == EMPTY or not set(fitted) & set("\r\n\t\x00\x85\u2028")
    fitted.encode()


def test_a_message_is_prepared_once_and_an_equal_one_counts_as_the_same() -> None:
    built: list[str] = []
    prepared = Prepared(lambda message: built.append(message.id))
    for one in (message("a"), message("a"), message("b"), message("a"), message("b")):
        prepared.of(one)
    assert built == ["a", "b"]


def test_other_words_under_the_same_name_are_prepared_anew() -> None:
    prepared = Prepared(lambda message: message.parts["text"])
    assert [prepared.of(message("a", text)) for text in ("old", "new", "old")] == ["old", "new", "old"]


def test_only_the_latest_messages_are_kept() -> None:
    built: list[str] = []
    prepared = Prepared(lambda message: built.append(message.id))
    for number in range(100):
        prepared.of(message(f"m{number}"))
    prepared.of(message("m99"))
    prepared.of(message("m0"))
    assert built[100:] == ["m0"]
