"""What the platform calls us with, signed and encrypted by code that shares nothing with ours."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from channels.channel import CallbackAnswer, CallbackRequest
from channels.receipt import Agreement, Inbound, Outcome, Said
from channels.wechat.callback import FRESH, LONGEST, Callbacks
from pusher.demo.standins.wechat_push import Content, PushTo, element, encrypt, read_answer, sign

TOKEN, APPID = "callback-token", "wx0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "ZYXWVUTSRQPONMLKJIHGFEDCBA9876543210zyxwvuA"
OPENID = "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"
AT = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)

PLAIN = Callbacks(token=TOKEN, appid=APPID, aes_keys=())
SAFE = Callbacks(token=TOKEN, appid=APPID, aes_keys=(KEY, OLD_KEY))

Elements = Mapping[str, Content]


def push(body: str | bytes, *more: str, at: datetime = AT, **query: str) -> CallbackRequest:
    """A request as the platform makes it; `more` is signed into msg_signature."""
    timestamp, nonce = str(int(at.timestamp())), "n0nce"
    signed = {"signature": sign(TOKEN, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}
    if more:
        signed |= {"encrypt_type": "aes", "msg_signature": sign(TOKEN, timestamp, nonce, *more)}
    content = body.encode() if isinstance(body, str) else body
    return CallbackRequest("POST", {**signed, **query}, {}, content, "127.0.0.1", AT)


def safely(xml: str, *, key: str = KEY, appid: str = APPID) -> CallbackRequest:
    """The same, encrypted."""
    encrypted = encrypt(xml, aes_key=key, appid=appid)
    return push(element("xml", {"ToUserName": appid, "Encrypt": encrypted}), encrypted)


def xml(**elements: Content) -> str:
    usual: dict[str, Content] = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": 1795311000}
    return element("xml", {**usual, **elements})


def told(**elements: Content) -> CallbackAnswer:
    """What is understood of a push, the same in plain and in safe mode."""
    plain, safe = PLAIN.answer(push(xml(**elements))), SAFE.answer(safely(xml(**elements)))
    assert plain == safe
    assert (plain.status, plain.body) == (200, "success")
    return plain


def did(**elements: Content) -> Inbound:
    (inbound,) = told(**elements).inbound
    return inbound


def test_the_check_of_the_address_is_answered_with_its_echo() -> None:
    request = replace(push(b"", echostr="5837216"), method="GET")
    assert (PLAIN.answer(request).status, PLAIN.answer(request).body) == (200, "5837216")
    assert SAFE.answer(request).body == "5837216"


@pytest.mark.parametrize("callbacks", [PLAIN, SAFE])
@pytest.mark.parametrize(
    "query",
    [
        {"signature": "0" * 40},
        {"signature": ""},
        {"nonce": "another"},
        {"timestamp": "1"},
        {"timestamp": "now"},
        {"timestamp": "٣"},
        {"signature": "\ud800", "nonce": "\ud800"},
    ],
)
def test_an_unsigned_request_is_refused(callbacks: Callbacks, query: dict[str, str]) -> None:
    for method in ("GET", "POST"):
        request = push(xml(MsgType="text", Content="T"), echostr="x")
        answer = callbacks.answer(replace(request, method=method, query={**request.query, **query}))
        assert (answer.status, answer.inbound, answer.receipts) == (403, (), ())
        assert answer.body != "x"


@pytest.mark.parametrize("seconds", [FRESH + 1, -FRESH - 1])
def test_a_signed_request_of_another_time_is_refused(seconds: int) -> None:
    request = push(xml(MsgType="text", Content="T", MsgId=1), at=AT + timedelta(seconds=seconds))
    assert PLAIN.answer(request).status == 403


def test_another_method_is_not_allowed() -> None:
    assert PLAIN.answer(replace(push(b""), method="PUT")).status == 405


def test_a_long_body_is_not_read() -> None:
    assert PLAIN.answer(push(b"<" * (LONGEST + 1))).status == 413


def test_a_follower_starts() -> None:
    inbound = did(MsgType="event", Event="subscribe", EventKey="")
    assert (inbound.act, inbound.address, inbound.text) == ("start", OPENID, "")
    assert inbound.at == datetime.fromtimestamp(1795311000, UTC)


def test_a_follower_by_a_poster_brings_its_scene() -> None:
    inbound = did(MsgType="event", Event="subscribe", EventKey="qrscene_edu-360403", Ticket="t")
    assert (inbound.act, inbound.text) == ("start", "edu-360403")


def test_a_scan_and_a_menu_key_are_texts() -> None:
    assert did(MsgType="event", Event="SCAN", EventKey="edu", Ticket="t").text == "edu"
    assert did(MsgType="event", Event="CLICK", EventKey="MY").text == "MY"


def test_who_leaves_stops() -> None:
    inbound = did(MsgType="event", Event="unsubscribe", EventKey="")
    assert (inbound.act, inbound.text) == ("stop", "")


@pytest.mark.parametrize("words", ["TD", "td", " ＴＤ ", "退订", "退订。"])
def test_a_stop_word_stops_whether_written_or_pressed(words: str) -> None:
    assert did(MsgType="text", Content=words, MsgId=7).act == "stop"
    assert did(MsgType="event", Event="CLICK", EventKey=words).act == "stop"


def test_other_words_are_words() -> None:
    inbound = did(MsgType="text", Content="什么时候来水？", MsgId=24_567_890_123_456_789)
    assert (inbound.act, inbound.text, inbound.event_id) == ("text", "什么时候来水？", "24567890123456789")


def test_agreeing_to_notices_is_a_start_and_refusing_is_noted() -> None:
    def popup(*statuses: str) -> CallbackAnswer:
        entries = "".join(element("List", {"TemplateId": "S1", "SubscribeStatusString": s}) for s in statuses)
        body = xml(MsgType="event", Event="subscribe_msg_popup_event")
        return PLAIN.answer(
            push(body.replace("</xml>", f"<SubscribeMsgPopupEvent>{entries}</SubscribeMsgPopupEvent></xml>"))
        )

    assert [inbound.act for inbound in popup("accept").inbound] == ["start"]
    assert [inbound.act for inbound in popup("reject", "accept").inbound] == ["start"]
    assert [inbound.act for inbound in popup("reject").inbound] == ["agreement"]
    (both,) = popup("reject", "accept").inbound
    assert [each.said for each in both.agreements] == [Said.REFUSED, Said.ACCEPTED]
    assert popup("filter").inbound == []


def test_a_choice_in_the_account_s_own_settings_is_noted_and_starts_nothing() -> None:
    choice: Elements = {"TemplateId": "S1", "SubscribeStatusString": "accept"}
    (noted,) = told(
        MsgType="event", Event="subscribe_msg_change_event", SubscribeMsgChangeEvent={"List": choice}
    ).inbound
    assert (noted.act, noted.agreements) == ("agreement", (Agreement("S1", Said.ACCEPTED),))


def test_a_finished_template_message_is_a_receipt_by_its_number() -> None:
    answer = told(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID=3487542469355618313, Status="success")
    (receipt,) = answer.receipts
    assert receipt.outcome is Outcome.DELIVERED
    assert (receipt.provider_id, receipt.address) == ("3487542469355618313", OPENID)
    assert answer.inbound == []


def test_a_message_whose_number_is_missing_still_says_whose_it_was() -> None:
    (receipt,) = told(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID=0, Status="failed:user block").receipts
    assert (receipt.outcome, receipt.provider_id, receipt.address) == (Outcome.PERMANENT, None, OPENID)


def test_a_sent_notice_is_a_receipt_by_its_number() -> None:
    entry: Elements = {"TemplateId": "S1", "MsgID": "1700827132819554304", "ErrorCode": "0", "ErrorStatus": "success"}
    event = "subscribe_msg_sent_event"
    answer = told(MsgType="event", Event=event, SubscribeMsgSentEvent={"List": entry})
    (receipt,), (used,) = answer.receipts, answer.inbound
    assert (receipt.outcome, receipt.provider_id) == (Outcome.DELIVERED, "1700827132819554304")
    assert (used.act, used.agreements) == ("agreement", (Agreement("S1", Said.USED),))
    refused = {**entry, "ErrorCode": "43101"}
    (receipt,) = told(MsgType="event", Event=event, SubscribeMsgSentEvent={"List": refused}).receipts
    assert (receipt.outcome, receipt.code) == (Outcome.PERMANENT, "43101")


@pytest.mark.parametrize(
    "elements",
    [
        {"MsgType": "event", "Event": "VIEW", "EventKey": "https://a.gov.cn"},
        {"MsgType": "event", "Event": "LOCATION", "Latitude": "29.7"},
        {"MsgType": "event", "Event": "PUBLISHJOBFINISH"},
        {"MsgType": "event", "Event": "subscribe_msg_change_event"},
        {"MsgType": "image", "PicUrl": "https://a", "MediaId": "m", "MsgId": 5},
        {"MsgType": "something_new"},
    ],
)
def test_what_does_not_concern_us_is_thanked_for(elements: dict[str, Content]) -> None:
    answer = told(**elements)
    assert (list(answer.inbound), list(answer.receipts)) == ([], [])


def test_a_repeated_push_has_the_same_event_id_and_another_act_another() -> None:
    once, again = (did(MsgType="event", Event="CLICK", EventKey="MY") for _ in range(2))
    other = did(MsgType="event", Event="CLICK", EventKey="HELP")
    later = did(MsgType="event", Event="CLICK", EventKey="MY", CreateTime=1795311001)
    assert once.event_id == again.event_id
    assert len({once.event_id, other.event_id, later.event_id}) == 3
    assert OPENID not in once.event_id


def test_the_former_key_is_good_until_it_is_taken_out() -> None:
    request = safely(xml(MsgType="text", Content="T", MsgId=1), key=OLD_KEY)
    assert SAFE.answer(request).status == 200
    assert Callbacks(token=TOKEN, appid=APPID, aes_keys=(KEY,)).answer(request).status == 400


def test_with_a_key_a_plain_body_is_refused() -> None:
    assert SAFE.answer(push(xml(MsgType="text", Content="T", MsgId=1))).status == 400


def test_an_encrypted_body_must_be_signed_itself() -> None:
    encrypted = encrypt(xml(MsgType="text", Content="T", MsgId=1), aes_key=KEY, appid=APPID)
    assert SAFE.answer(push(element("xml", {"Encrypt": encrypted}), "something else")).status == 403


def test_a_message_for_another_account_is_refused() -> None:
    assert SAFE.answer(safely(xml(MsgType="text", Content="T"), appid="wxffffffffffffffff")).status == 400


@given(st.binary(max_size=200))
def test_signed_garbage_in_place_of_ciphertext_is_malformed(garbage: bytes) -> None:
    encrypted = base64.b64encode(garbage).decode()
    assert SAFE.answer(push(element("xml", {"Encrypt": encrypted}), encrypted)).status == 400


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        '{"MsgType": "text"}',
        "<xml>",
        "<xml></xml>",
        "<xml/>",
        "<other><MsgType>text</MsgType></other>",
        "<xml><MsgType/></xml>",
        "<xml><MsgType>text</MsgType><MsgType>text</MsgType></xml>",
        "<xml><MsgType><a>text</a></MsgType></xml>",
        BOMB,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml><MsgType>text</MsgType></xml>',
        xml(MsgType="text", Content="T", CreateTime="soon"),
        xml(MsgType="text", Content="T", CreateTime="9" * 30),
        xml(MsgType="text", Content="T", MsgId="x"),
        xml(MsgType="text", Content="T", FromUserName=""),
        xml(MsgType="text", Content={"a": "b"}),
        xml(MsgType="event", Event="subscribe_msg_sent_event"),
        xml(MsgType="event", Event="subscribe_msg_sent_event", SubscribeMsgSentEvent={"List": "x"}),
        xml(MsgType="event", Event="TEMPLATESENDJOBFINISH", MsgID="many", Status="success"),
    ],
)
def test_malformed_xml_is_malformed_in_both_modes(body: str) -> None:
    assert PLAIN.answer(push(body)).status == 400
    assert SAFE.answer(safely(body)).status == 400


def test_bytes_that_are_no_text_are_malformed() -> None:
    assert PLAIN.answer(push(b"\xff\xfe<xml/>")).status == 400


names = st.sampled_from(
    ["MsgType", "Event", "EventKey", "FromUserName", "CreateTime", "MsgId", "MsgID", "Content", "List"]
)
contents = st.recursive(
    st.sampled_from(["text", "event", "subscribe", "CLICK", "TEMPLATESENDJOBFINISH", "1", ""]) | st.text(max_size=8),
    lambda inner: st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(names, contents, max_size=6))
def test_no_xml_whatever_raises(elements: dict[str, Content]) -> None:
    assert PLAIN.answer(push(element("xml", elements).encode("utf-8", "replace"))).status in (200, 400)


@given(st.text(max_size=40))
def test_words_cannot_leave_their_cdata(words: str) -> None:
    said = "".join(char for char in words if char.isprintable())
    body = xml(MsgType="text", Content=f"{said}]]><Evil/>", MsgId=9)
    (inbound,) = PLAIN.answer(push(body.encode("utf-8", "replace"))).inbound
    assert inbound.text.endswith("]]><Evil/>")


def test_the_stand_ins_own_pushes_are_understood() -> None:
    call = PushTo("http://127.0.0.1/", TOKEN, APPID, KEY).call(
        {"FromUserName": OPENID, "MsgType": "text", "Content": "T"}
    )
    request = CallbackRequest("POST", call.query, {}, call.body, "127.0.0.1", datetime.now(UTC))
    assert [inbound.act for inbound in SAFE.answer(request).inbound] == ["stop"]


@pytest.mark.parametrize("words", ["已订阅：教育（浔阳区）。", "]]><Evil/><![CDATA[&<b>", "\x00\ud800\ufffe长" * 1000])
def test_a_reply_goes_back_to_whoever_wrote_as_he_may_read_it(words: str) -> None:
    body = xml(MsgType="text", Content="订阅 教育", MsgId=1)
    plain, safe = PLAIN.reply(push(body), words), SAFE.reply(safely(body), words)
    assert {plain.content_type, safe.content_type} == {"text/xml"}
    for told in (read_answer(plain.body, aes_key=""), read_answer(safe.body, aes_key=KEY)):
        assert (told["ToUserName"], told["FromUserName"], told["MsgType"]) == (OPENID, "gh_1", "text")
        assert set(told) == {"ToUserName", "FromUserName", "CreateTime", "MsgType", "Content"}
        assert told["Content"].startswith(
            words[:20].replace("\x00", "").replace("\ud800", "").replace("\ufffe", "")[:5]
        )
        assert len(told["Content"].encode()) <= 2048


def test_a_reply_is_encrypted_with_the_key_that_was_written_with_and_signed() -> None:
    request = safely(xml(MsgType="text", Content="我的", MsgId=1), key=OLD_KEY)
    answer = SAFE.reply(request, "您还没有订阅。")
    elements = read_answer(answer.body, aes_key="")
    assert elements["MsgSignature"] == sign(TOKEN, elements["TimeStamp"], elements["Nonce"], elements["Encrypt"])
    opened = WeChatCrypto(TOKEN, OLD_KEY, APPID).decrypt_message(
        answer.body, elements["MsgSignature"], elements["TimeStamp"], elements["Nonce"]
    )
    assert "您还没有订阅。" in opened


def test_what_people_do_says_how_they_did_it() -> None:
    assert did(MsgType="event", Event="subscribe", EventKey="qrscene_DY_education_36").how == "follow"
    assert did(MsgType="event", Event="SCAN", EventKey="DY_education_36", Ticket="t").how == "scan"
    assert did(MsgType="event", Event="CLICK", EventKey="我的").how == "click"
    sent = did(MsgType="location", Location_X="29.7", Location_Y="116.0", Scale="20", Label="浔阳区甘棠街道", MsgId=7)
    assert (sent.act, sent.how, sent.text) == ("text", "location", "浔阳区甘棠街道")
    assert did(MsgType="text", Content="订阅 教育", MsgId=2).how == ""
