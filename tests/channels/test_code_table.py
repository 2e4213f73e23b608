"""Every code has one fate, and so has every code that nobody knows."""

import pytest

from channels import (
    aliyun_codes,
    dingtalk_bot,
    feishu_bot,
    mas_codes,
    tencent_codes,
    wecom_app_codes,
    wecom_bot_codes,
    weibo,
)
from channels.code_table import CodeTable
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure

#: What the platforms' pages list, by what the caller does; whatever else stands in a table is for the operator.
TENCENT: dict[type[SendError], str] = {
    TemporaryFailure: """FailedOperation.MarketingSendTimeConstraint InternalError InternalError.JsonParseFail
        InternalError.OtherError InternalError.ParseBackendResponseFail InternalError.SendAndRecvFail
        InternalError.Timeout InternalError.UnknownError LimitExceeded.DeliveryFrequencyLimit
        LimitExceeded.GlobalSmsSendingRateLimit LimitExceeded.PhoneNumberDailyLimit
        LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberSameContentDailyLimit
        LimitExceeded.PhoneNumberThirtySecondLimit ResourceUnavailable ServiceUnavailable""",
    PermanentFailure: """FailedOperation.PhoneNumberInBlacklist FailedOperation.PhoneNumberParseFail
        InvalidParameterValue.IncorrectPhoneNumber UnsupportedOperation.UnsupportedRegion""",
    TechnicalFailure: """FailedOperation.InsufficientBalanceInSmsPackage AuthFailure.SignatureFailure
        FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.ContainSensitiveWord
        FailedOperation.TemplateIncorrectOrUnapproved LimitExceeded.AppDailyLimit LimitExceeded.PhoneNumberCountLimit
        UnauthorizedOperation.ServiceSuspendDueToArrears FailedOperation.TemplateIdNotExist""",
}
MAS: dict[type[SendError], str] = {
    TemporaryFailure: """SystemBusy InternalError QueueOverLimit FlowOverLimit RequestTooOften RequestTimeout
        TransportError""",
    PermanentFailure: "InvalidMobile",
    TechnicalFailure: """IllegalMac IllegalSignId NoSignId InvalidMessage InvalidUsrOrPwd TooManyMobiles
        NOT_WHITE_IP IllegalIpAddress IllegalMsgfmt IllegalProtocol IllegalState IllegalUseTemplate NotLoadedSign
        OverDailyMax FastChNotFound NotFindMimeData InvalidMmsContent""",
}
#: Of those whose addresses live on when one message is refused, by the part of the table: every code in it.
PARTS: dict[str, tuple[CodeTable, dict[str, str]]] = {
    "dingtalk_bot": (
        dingtalk_bot.CODES,
        {
            "later": "-1 90001 90002 90018 130101 410100",
            "dead": "300001 300005 400013 400101 400106",
            "refused": "310000 400102 430101 430102 430103 430104 460101",
            "ours": "40035 43002 43003 43004 43005 43009 44002 44004 47001 400105",
        },
    ),
    "feishu_bot": (
        feishu_bot.CODES,
        {"later": "11232", "dead": "19001", "refused": "11246 19007 19021 19022 19024", "ours": "9499 19002"},
    ),
    "wecom_bot": (
        wecom_bot_codes.CODES,
        {
            "later": "-1 6000 45009 45033 45035 45036 81026",
            "dead": "93000",
            "refused": "40201 40204 49008 82004 85002 93001 93004 93006 93008 301007",
            "ours": "40008 40033 40035 40058 40063 40206 44004 45002 48002 48005 48010 93017",
        },
    ),
    "wecom_app": (
        wecom_app_codes.CODES,
        {
            "later": "-1 6000 45009 45033 45035 45036 81013 81026 82001",
            "dead": "40003 46004 60111",
            "refused": "40031 43004 50002 60011 60021 92000 301021",
            "ours": """40008 40013 40032 40033 40035 40056 40058 40063 40091 40201 40204 40206 41001 41002 41004 41011
                41024 43009 44004 45002 45031 47001 48001 48002 48004 48005 48006 48010 50001 50003 50006 60020 60031
                81012 82004 84005 85002 301002 301007 2000002""",
        },
    ),
}
FATES: dict[str, type[SendError]] = {
    "later": TemporaryFailure,
    "dead": PermanentFailure,
    "refused": PermanentFailure,
    "ours": TechnicalFailure,
}
ROWS = [
    (table, code, fate)
    for table, fates in ((tencent_codes.CODES, TENCENT), (mas_codes.CODES, MAS))
    for fate, codes in fates.items()
    for code in codes.split()
]
TABLES = [tencent_codes.CODES, mas_codes.CODES]
MODULES = (aliyun_codes, dingtalk_bot, feishu_bot, mas_codes, tencent_codes, wecom_app_codes, wecom_bot_codes, weibo)


@pytest.mark.parametrize(("table", "code", "fate"), ROWS)
def test_a_known_code_has_its_fate_and_an_explanation(table: CodeTable, code: str, fate: type[SendError]) -> None:
    failure = table.refusal(code, "the gateway's words", private=())
    assert type(failure) is fate
    assert failure.code == code
    assert "the gateway's words" in failure.detail
    assert table.unknown not in failure.detail


def test_the_tables_hold_all_codes_of_the_pages_and_each_once() -> None:
    tencent = tencent_codes.CODES
    assert {*tencent.later} == set(TENCENT[TemporaryFailure].split())
    assert {*tencent.dead} == set(TENCENT[PermanentFailure].split())
    # 94 codes of the API and those of the gateway before it.
    assert len(tencent.later) + len(tencent.dead) + len(tencent.ours) == 94 + 31
    assert {*mas_codes.CODES.ours} == set(MAS[TechnicalFailure].split())


@pytest.mark.parametrize("name", PARTS)
def test_a_code_closes_an_address_only_where_nobody_is_there(name: str) -> None:
    table, parts = PARTS[name]
    for part, codes in parts.items():
        assert {*getattr(table, part)} == set(codes.split()), part
        for code in codes.split():
            failure = table.refusal(code, "the platform's words", private=())
            assert type(failure) is FATES[part]
            assert "the platform's words" in failure.detail
            assert not isinstance(failure, PermanentFailure) or failure.suppresses == (part == "dead")


@pytest.mark.parametrize("table", [each.CODES for each in MODULES], ids=[each.__name__ for each in MODULES])
def test_no_code_has_two_fates(table: CodeTable) -> None:
    by_fate = (table.later, table.dead, table.refused, table.ours)
    assert len({code for codes in by_fate for code in codes}) == sum(len(codes) for codes in by_fate)
    assert table.doubtful | table.own | table.waits.keys() <= table.later.keys()


def test_what_another_member_or_a_long_text_is_refused_for_concerns_the_right_one() -> None:
    outside = wecom_app_codes.CODES.refusal("50002", "", private=())
    too_long = wecom_app_codes.CODES.refusal("45002", "", private=())
    assert isinstance(outside, PermanentFailure)
    assert not outside.suppresses
    assert isinstance(too_long, TechnicalFailure)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("code", ["SomethingNew", "", "???"])
def test_an_unknown_code_is_technical_and_says_where_to_look(table: CodeTable, code: str) -> None:
    failure = table.refusal(code, "", private=())
    assert type(failure) is TechnicalFailure
    assert failure.detail == table.unknown


def test_a_family_of_codes_passes_by() -> None:
    failure = tencent_codes.CODES.refusal("RequestLimitExceeded.UinLimitExceeded", "", private=(), retry_after=3.0)
    assert isinstance(failure, TemporaryFailure)
    assert failure.retry_after == 3.0


@pytest.mark.parametrize(
    ("table", "code"),
    [
        *((tencent_codes.CODES, code) for code in ("InternalError.Timeout", "InternalError.SendAndRecvFail")),
        *((mas_codes.CODES, code) for code in ("RequestTimeout", "TransportError", "InternalError")),
    ],
)
def test_a_time_out_behind_the_gateway_is_in_doubt(table: CodeTable, code: str) -> None:
    failure = table.refusal(code, "", private=())
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt


def test_the_gateways_words_lose_the_number_and_what_is_personal() -> None:
    words = "13800000001 张三丰 is bad"
    failure = mas_codes.CODES.refusal("InvalidMobile", words, private=("13800000001", "张三丰"))
    assert "13800000001" not in str(failure)
    assert "张三丰" not in str(failure)
