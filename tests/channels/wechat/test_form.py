"""The JSON of a message: right for the platform, and the same for every follower but for his own values."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.failure import TechnicalFailure
from channels.message import Address, Lane, Message
from channels.slots import slot
from channels.wechat.form import Form, client_msg_id
from channels.wechat.settings import FiledTemplate

OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"


def message(fields: dict[str, str], url: str = "") -> Message:
    return Message("b1-wechat", Lane.ROUTINE, "education", {"url": url} if url else {}, fields)


def body(form: Form, slots: dict[str, str] | None = None, key: str = "k1") -> dict[str, Any]:
    told = json.loads(form.body(Address(1, OPENID, slots or {}), key))
    assert isinstance(told, dict)
    return told


def test_a_template_message_names_its_delivery_and_its_link() -> None:
    form = Form.of(message({"thing1": "停水"}, "https://a.gov.cn/1"), FiledTemplate(id="T1"))
    assert form.path == "/cgi-bin/message/template/send"
    assert form.repeatable
    assert body(form) == {
        "touser": OPENID,
        "client_msg_id": client_msg_id("k1"),
        "template_id": "T1",
        "url": "https://a.gov.cn/1",
        "data": {"thing1": {"value": "停水"}},
    }


def test_a_notice_opens_a_page_and_cannot_be_recognised() -> None:
    form = Form.of(message({"thing1": "停水"}, "https://a.gov.cn/1"), FiledTemplate(id="T1", kind="subscribe"))
    assert form.path == "/cgi-bin/message/subscribe/bizsend"
    assert not form.repeatable
    assert body(form) == {
        "touser": OPENID,
        "template_id": "T1",
        "page": "https://a.gov.cn/1",
        "data": {"thing1": {"value": "停水"}},
    }


def test_a_message_without_a_link_has_none() -> None:
    assert "url" not in body(Form.of(message({"thing1": "停水"}), FiledTemplate(id="T1")))


def test_fields_take_the_names_that_were_filed() -> None:
    template = FiledTemplate(id="T1", fields={"title": "thing3", "time": "time2"})
    form = Form.of(message({"time": "8:00", "title": "停水", "body": "不用"}), template)
    assert body(form)["data"] == {"thing3": {"value": "停水"}, "time2": {"value": "8:00"}}


def test_a_filed_field_that_the_message_lacks_is_technical() -> None:
    with pytest.raises(TechnicalFailure, match='"issuer"'):
        Form.of(message({"title": "停水"}), FiledTemplate(id="T1", fields={"issuer": "thing1"}))


def test_values_are_cut_to_what_their_kind_allows() -> None:
    form = Form.of(
        message({"thing1": "长" * 21, "phrase2": "六个字的短语", "remark": "长" * 300}), FiledTemplate(id="T1")
    )
    data = body(form)["data"]
    assert data["thing1"]["value"] == "长" * 19 + "…"
    assert data["phrase2"]["value"] == "六个字的…"
    assert data["remark"]["value"] == "长" * 300


def test_an_empty_value_becomes_a_dash_because_the_platform_refuses_empty_ones() -> None:
    form = Form.of(message({"thing1": slot("name"), "thing2": " "}), FiledTemplate(id="T1"))
    assert [value["value"] for value in body(form)["data"].values()] == ["-", "-"]


def test_the_link_may_be_personal() -> None:
    form = Form.of(message({"thing1": "停水"}, f"https://a.gov.cn/me/{slot('token')}"), FiledTemplate(id="T1"))
    assert body(form, {"token": "abc"})["url"] == "https://a.gov.cn/me/abc"


def test_a_column_named_like_our_own_places_stays_a_column() -> None:
    form = Form.of(message({"thing1": slot("field0")}, f"https://a.cn/{slot('link0')}"), FiledTemplate(id="T1"))
    told = body(form, {"field0": "张三", "link0": "x"})
    assert (told["data"]["thing1"]["value"], told["url"]) == ("张三", "https://a.cn/x")


def test_a_key_has_one_short_mark() -> None:
    assert client_msg_id("b17-1") == client_msg_id("b17-1")
    assert client_msg_id("b17-1") != client_msg_id("b17-2")
    assert len(client_msg_id("k" * 64)) == 32


@given(st.text(), st.text())
def test_no_value_leaves_its_place(name: str, title: str) -> None:
    fields = {"thing1": f"{slot('name')}您好", "remark": title.replace("\ue000", "").replace("\ue001", "")}
    told = body(Form.of(message(fields), FiledTemplate(id="T1")), {"name": name})
    assert told.keys() == {"touser", "client_msg_id", "template_id", "data"}
    assert told["data"].keys() == fields.keys()
    assert 1 <= len(told["data"]["thing1"]["value"]) <= 20
