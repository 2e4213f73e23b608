from collections.abc import Callable
from pathlib import Path

import pytest

from channels.message import Lane, Message
from channels.slots import slot
from templates.failure import TemplateError
from templates.notice import Notice
from templates.render import Renderer
from templates.sample import NOTICE, WARNING

Put = Callable[[str, str], Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def write(place: str, text: str) -> Path:
        path = tmp_path / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def say(town: Path, form: str = "sms", folder: str = "education", *, notice: Notice = NOTICE) -> Message:
    return Renderer(town).message(form, notice, folder=folder, id="b1", lane=Lane.ROUTINE, expires=None)


def test_a_towns_file_goes_before_ours_and_the_rest_stays_ours(tmp_path: Path, put: Put) -> None:
    put("education/sms.text.txt.j2", "本区：{{ notice.title|cut(10) }}")
    assert say(tmp_path).parts["text"] == "本区：星湖区教育体育局关…"
    assert say(tmp_path).fields == say_ours("sms", "education").fields
    assert say(tmp_path, folder="health").parts == say_ours("sms", "health").parts


def test_a_towns_default_holds_for_every_domain_and_not_for_what_we_say_of_warnings(tmp_path: Path, put: Put) -> None:
    put("default/sms.text.txt.j2", "本区")
    assert say(tmp_path, folder="health").parts["text"] == "本区"
    assert say(tmp_path, folder="warning").parts == say_ours("sms", "warning").parts


def test_a_towns_advice_is_printed_in_our_forms(tmp_path: Path, put: Put) -> None:
    put("education/advice.txt.j2", "请到区教育大厦\n二楼办理。\n")
    for form, part in (("mail", "text"), ("mail", "html"), ("board", "html")):
        assert "请到区教育大厦 二楼办理。" in say(tmp_path, form).parts[part]


def test_a_town_may_use_names_slots_filters_conditions_and_loops(tmp_path: Path, put: Put) -> None:
    text = """{% if notice.attachments and not badge %}
{% for name, address in attachments %}{{ loop.index }}{{ name }}{% if not loop.last %}、{% endif %}{% endfor %}
{% elif notice.level in ("红色", "橙色") %}{{ badge }}{% else %}无{% endif %}
{{ slot.name }}{{ notice.published|date("clock") }}{{ facts|length }}{{ contact|default("") }}"""
    put("default/mail.text.txt.j2", text)
    assert say(tmp_path, "mail", "default").parts["text"] == f"1申请表.doc{slot('name')}2026年11月22日 09:053"
    said = say(tmp_path, "mail", "default", notice=WARNING).parts["text"]
    assert said.startswith("暴雨橙色预警")


def test_what_a_towns_page_prints_is_escaped(tmp_path: Path, put: Put) -> None:
    put("default/mail.html.j2", "<body><h1>{{ notice.title }}</h1>{{ notice.body|prose }}")
    hostile = Notice(title="<b>&", summary="", body="<i>\n\n<u>", issuer="", published=None, url="")
    html = say(tmp_path, "mail", "default", notice=hostile).parts["html"]
    assert html == "<body><h1>&lt;b&gt;&amp;</h1><p>&lt;i&gt;</p>\n<p>&lt;u&gt;</p>"


REFUSED = {
    "{{ 'a'*10**8 }}": "multiplies",
    "{{ notice.__class__ }}": "reaches for “__class__”",
    "{{ ''.__class__.__mro__ }}": "reaches for",
    "{{ notice['__class__'] }}": "square brackets",
    "{% for n in range(10**9) %}x{% endfor %}": "loops over something else",
    "{% for n in notice.body %}x{% endfor %}": "loops over something else",
    "{% for n in [1, 2] %}x{% endfor %}": "loops over something else",
    "{% for a in facts %}{% for b in facts %}x{% endfor %}{% endfor %}": "loop inside a loop",
    "{% for a in facts recursive %}{{ a }}{% endfor %}": "loop inside a loop",
    "{{ notice.title.upper() }}": "calls a function",
    "{{ cycler('a') }}": "calls a function",
    "{% include 'default/advice.txt.j2' %}": "includes a file",
    "{% extends 'default/mail.html.j2' %}": "extends a file",
    "{% import 'x' as y %}": "imports a file",
    "{% set x = 1 %}": "sets a variable",
    "{% set x %}a{% endset %}": "sets a variable",
    "{% macro m() %}a{% endmacro %}": "defines a macro",
    "{% filter upper %}a{% endfilter %}": "uses FilterBlock",
    "{{ notice.title ~ notice.body }}": "joins texts",
    "{{ 1 + 1 }}": "uses Add",
    "{{ notice.title|safe }}": "uses the filter “safe”",
    "{{ notice.title|replace('a', 'b') }}": "uses the filter “replace”",
    "{{ notice.title|attr('__class__') }}": "uses the filter “attr”",
    "{{ config }}": "names “config”",
    "{{ self }}": "names “self”",
    "{{ 1 if notice.title else 2 }}": "uses an if inside",
    "{% raw %}" + "x" * 4000 + "{% endraw %}": "more than 4000 characters",
    "{{ notice.titel }}": "names “notice.titel”, which there is not; a notice has advice, areas",
    "{{ none }}": "prints a value that is no text (NoneType)",
    "{{ notice.starts }}": "prints a value that is no text (NoneType)",
    "{{ notice.areas }}": "prints a value that is no text (tuple)",
    "{{ facts }}": "prints a value that is no text (list)",
    "{{ slot }}": "prints a value that is no text (Slots)",
    "{{ notice.title.upper }}": "prints a value that is no text",
    "{{ notice.title == badge }}": "prints a value that is no text (bool)",
    "{{ slot.phone }}": "there is no slot “phone”; there are name, still_comes, unsubscribe_url",
    "{{ notice.title|cut(0) }}": "length of at least 1",
    "{{ notice.published|date('week') }}": "date knows the forms",
    "{% if notice.title %}": "endif",
    "{{ notice.title": "unexpected end of template",
    "{{ " + "(" * 1900 + " 1 " + ")" * 1900 + " }}": "",
    "{% if 1 %}" * 180 + "{% endif %}" * 180: "",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:40])
def test_what_a_town_may_not_say_is_refused_with_place_and_sentence(tmp_path: Path, put: Put, text: str) -> None:
    path = put("default/sms.text.txt.j2", f"第一行\n{text}")
    with pytest.raises(TemplateError) as caught:
        say(tmp_path)
    assert str(caught.value).startswith(str(path))
    assert REFUSED[text] in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    if caught.value.line is not None:
        assert caught.value.line == 2


def test_a_text_that_grows_without_end_is_stopped(tmp_path: Path, put: Put) -> None:
    put("default/mail.text.txt.j2", "{% for a in attachments %}" + "{{ notice.body }}" * 200 + "{% endfor %}")
    notice = Notice(
        title="x",
        summary="",
        body="长" * 100_000,
        issuer="",
        published=None,
        url="",
        attachments=[("a", "https://x.cn")] * 1000,
    )
    with pytest.raises(TemplateError, match="prints more than 400000 characters"):
        say(tmp_path, "mail", "default", notice=notice)


def test_a_huge_file_is_refused_without_being_read_to_its_end(tmp_path: Path, put: Put) -> None:
    with put("default/sms.text.txt.j2", "").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(TemplateError, match="more than 4000 characters"):
        say(tmp_path)


def test_marks_of_slots_that_are_typed_in_are_no_slots(tmp_path: Path, put: Put) -> None:
    put("default/sms.text.txt.j2", f"您好{slot('phone')}")
    assert say(tmp_path).parts["text"] == "您好phone"


def test_a_file_in_another_encoding_is_named(tmp_path: Path, put: Put) -> None:
    put("default/sms.text.txt.j2", "").write_bytes("停水通知，请储水。".encode("gb18030"))
    with pytest.raises(TemplateError, match="is not in UTF-8"):
        say(tmp_path)


def test_a_byte_order_mark_is_no_part_of_the_words(tmp_path: Path, put: Put) -> None:
    put("default/sms.text.txt.j2", "").write_bytes(b"\xef\xbb\xbfx")
    assert say(tmp_path).parts["text"] == "x"


@pytest.mark.parametrize(
    ("text", "problem"), [("title: a\ntitle: b", "names the field title twice"), ("停水", "not “name: value”")]
)
def test_fields_that_are_none_are_refused(tmp_path: Path, put: Put, text: str, problem: str) -> None:
    put("default/sms.fields.txt.j2", text)
    with pytest.raises(TemplateError, match=problem):
        say(tmp_path)


def test_typed_fields_of_wechat_are_cut_or_refused(tmp_path: Path, put: Put) -> None:
    put("default/wechat.fields.txt.j2", "thing1: {{ notice.body }}\nphrase2: 通知")
    fields = say(tmp_path, "wechat").fields
    assert len(fields["thing1"]) <= 20
    assert fields["thing1"].endswith("…")
    put("default/wechat.fields.txt.j2", "phrase1: {{ notice.title }}")
    with pytest.raises(TemplateError, match="longer than the 5 characters"):
        say(tmp_path, "wechat")


def test_a_missing_folder_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="is no folder"):
        Renderer(tmp_path / "none")


def say_ours(form: str, folder: str) -> Message:
    return Renderer().message(form, NOTICE, folder=folder, id="b1", lane=Lane.ROUTINE, expires=None)
