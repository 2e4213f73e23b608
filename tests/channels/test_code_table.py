"""Every code has one fate, and so has every code that nobody knows."""

import pytest

from channels import (
    aliyun_codes,
    dingtalk_bot,
    feishu_bot,
    mas_codes,
    tencent_codes,
    wecom_app,
    wecom_bot,
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
ROWS = [
    (table, code, fate)
    for table, fates in ((tencent_codes.CODES, TENCENT), (mas_codes.CODES, MAS))
    for fate, codes in fates.items()
    for code in codes.split()
]
TABLES = [tencent_codes.CODES, mas_codes.CODES]
MODULES = (aliyun_codes, dingtalk_bot, feishu_bot, mas_codes, tencent_codes, wecom_app, wecom_bot, weibo)


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


@pytest.mark.parametrize("table", [each.CODES for each in MODULES], ids=[each.__name__ for each in MODULES])
def test_no_code_has_two_fates(table: CodeTable) -> None:
    by_fate = (table.later, table.dead, table.refused, table.ours)
    assert len({code for codes in by_fate for code in codes}) == sum(len(codes) for codes in by_fate)
    assert table.doubtful | table.own | table.waits.keys() <= table.later.keys()


def test_what_another_member_or_a_long_text_is_refused_for_concerns_the_right_one() -> None:
    outside = wecom_app.CODES.refusal("50002", "", private=())
    too_long = wecom_app.CODES.refusal("45002", "", private=())
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
