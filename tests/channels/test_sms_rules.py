"""Short messages are known beforehand: what would be refused says so in a sentence, and what they cost is counted."""

from dataclasses import replace
from decimal import Decimal

import pytest
from pydantic import ValidationError
from typing_extensions import override

from channels.aliyun_sms import AliyunSmsSettings
from channels.cmpp.settings import CmppSettings
from channels.message import Lane, Message
from channels.slots import slot
from channels.sms_rules import Cost, ShortMessages, cost, objections
from channels.tencent_sms import TencentSmsSettings

WORDS = Message("b1", Lane.ROUTINE, "education", {"text": "明天停水。"}, {"title": "停水通知"})


class _Gateway(ShortMessages):
    """A gateway with a signature of three letters."""

    @property
    @override
    def signature(self) -> str:
        return "区政府"


def test_good_words_meet_no_objection() -> None:
    assert objections(_Gateway(), WORDS) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [("长" * 500, "longer than 500"), ("【别家】明天停水。", "holds 【"), ("", "no part")],
)
def test_what_no_gateway_takes_is_said_beforehand(text: str, said: str) -> None:
    [first, *_] = objections(_Gateway(), replace(WORDS, parts={"text": text}))
    assert said in first


def test_the_mark_of_a_drill_is_no_signature() -> None:
    assert objections(_Gateway(), replace(WORDS, parts={"text": "【演练】明天停水。"})) == []


def test_advertising_says_how_to_refuse_it_and_is_no_warning() -> None:
    market = _Gateway(marketing=("education",))
    assert "拒收请回复R" in objections(market, WORDS)[0]
    polite = replace(WORDS, parts={"text": "免费健身课，拒收请回复R"})
    assert objections(market, polite) == []
    assert "cannot be a warning" in objections(market, replace(polite, lane=Lane.WARNING))[0]


def test_a_filed_template_that_wants_another_field_is_known_beforehand() -> None:
    aliyun = AliyunSmsSettings.model_validate(
        {"access_key_id": "k", "secret": "s", "sign_name": "区政府", "template": "SMS_1", "fields": {"place": "place"}}
    )
    assert '"place"' in objections(aliyun, WORDS)[0]
    tencent = TencentSmsSettings.model_validate(
        {
            "secret_id": "k",
            "secret": "s",
            "app_id": "14",
            "sign_name": "区政府",
            "template": {"id": "1", "fields": ["place"]},
        }
    )
    assert '"place"' in objections(tencent, WORDS)[0]


def test_the_price_counts_segments_with_the_signature_and_a_name() -> None:
    gateway = _Gateway(price=Decimal("0.045"))
    assert cost(gateway, WORDS, 1000) == Cost(1, 1000, Decimal("45.000"))
    long = replace(WORDS, parts={"text": "长" * 63 + slot("name")})
    assert cost(gateway, long, 2) == Cost(2, 2, Decimal("0.180"))
    assert cost(_Gateway(), WORDS, 10).yuan is None


def test_a_line_to_a_carrier_knows_its_signature() -> None:
    cmpp = CmppSettings.model_validate(
        {"host": "a.cn", "sp_id": "901234", "secret": "s", "service_id": "G", "src_id": "1069", "sign": "区政府"}
    )
    assert cmpp.signature == "区政府"


@pytest.mark.parametrize("hours", ["8-20", "20:00-08:00", "08:00", "x-y"])
def test_hours_that_are_none_are_refused(hours: str) -> None:
    with pytest.raises(ValidationError, match="span of hours"):
        _Gateway(sms_hours=hours)
