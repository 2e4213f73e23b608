from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from channels.message import Lane, Message
from templates.drill import marked_html
from templates.failure import TemplateError
from templates.render import Renderer
from templates.sample import SAMPLES

FORMS = ("mail", "sms", "wechat", "board", "card", "script")
renderer = Renderer(service="星湖区政务信息")


def say(form: str, folder: str, sample: str, drill: str, *, with_: Renderer = renderer) -> Message:
    notice = replace(SAMPLES[sample], drill=drill)
    return with_.message(form, notice, folder=folder, id="b1", lane=Lane.ROUTINE, expires=None)


class _Seen(HTMLParser):
    """The text of a page's body."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self._hidden = 0
        self.feed(html)

    @override
    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in ("head", "style")

    @override
    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("head", "style")

    @override
    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.text += data


def is_marked(message: Message, drill: str) -> bool:
    texts: Mapping[str, str] = {name: text for name, text in message.parts.items() if name != "url"}
    seen = [_Seen(text).text.strip() if name == "html" else text for name, text in texts.items()]
    seen += list(message.fields.values())[:1]
    return all(text.startswith((f"【{drill}】", f"（{drill}）")) for text in seen)


@given(
    form=st.sampled_from(FORMS),
    folder=st.sampled_from(["default", "warning", "aid"]),
    sample=st.sampled_from(sorted(SAMPLES)),
    drill=st.sampled_from(["演练", "测试"]),
)
def test_every_part_of_a_drill_begins_with_its_mark(form: str, folder: str, sample: str, drill: str) -> None:
    message = say(form, folder, sample, drill)
    assert is_marked(message, drill)
    assert not is_marked(say(form, folder, sample, ""), drill) or sample == "drill"


def test_a_towns_template_that_forgets_the_mark_is_marked_all_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "default"
    folder.mkdir()
    (folder / "mail.html.j2").write_text("<!-- <body> --><html><BODY title='a>b'>\r\n<h1>真的</h1>", encoding="utf-8")
    (folder / "sms.text.txt.j2").write_text("真的来了", encoding="utf-8")
    (folder / "wechat.fields.txt.j2").write_text("time1: 2026年1月1日\nthing2: 真的来了" * 1, encoding="utf-8")
    (folder / "board.title.txt.j2").write_text("真的", encoding="utf-8")
    town = Renderer(tmp_path)
    assert is_marked(say("sms", "default", "notice", "演练", with_=town), "演练")
    assert say("wechat", "default", "notice", "演练", with_=town).fields["thing2"] == "【演练】真的来了"
    assert say("board", "default", "notice", "演练", with_=town).parts["title"] == "【演练】真的"
    html = say("mail", "default", "notice", "演练", with_=town).parts["html"]
    assert html.startswith("<!-- <body> --><html><BODY title='a>b'><p ")


def test_a_card_without_a_field_for_the_mark_is_refused(tmp_path: Path) -> None:
    (tmp_path / "default").mkdir()
    (tmp_path / "default" / "wechat.fields.txt.j2").write_text("time1: 2026年1月1日", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"wechat\.fields\.txt\.j2: has no field of free text"):
        say("wechat", "default", "notice", "演练", with_=Renderer(tmp_path))


def test_a_mark_that_is_there_already_is_not_doubled() -> None:
    notice = replace(SAMPLES["notice"], title="【演练】停水", drill="【演练】")
    message = renderer.message("board", notice, folder="default", id="b", lane=Lane.ROUTINE, expires=None)
    assert message.parts["title"] == "【演练】停水"


def test_what_the_drill_says_is_escaped_in_pages() -> None:
    assert "<script>" not in marked_html("<p>x</p>", "<script>")
