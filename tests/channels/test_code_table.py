"""Every code has one fate, and so has every code that nobody knows."""

import pytest

from channels import mas_codes, tencent_codes
from channels.code_table import CodeTable
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure

#: What the platforms' pages list, by what the caller does; whatever else stands in a table is for the operator.
TENCENT: dict[type[SendError], str] = {
    TemporaryFailure: """FailedOperation.MarketingSendTimeConstraint InternalError InternalError.JsonParseFail
        InternalError.OtherError InternalError.ParseBackendResponseFail InternalError.SendAndRecvFail
        InternalError.Timeout InternalError.UnknownError LimitExceeded.DeliveryFrequencyLimit
        LimitExceeded.GlobalSmsSendingRateLimit LimitExceeded.PhoneNumberDailyLimit
        LimitExceeded.PhoneNumberOneHourLimit LimitExceeded.PhoneNumberSameContentDailyLimit
        LimitExceeded.PhoneNumberThirtySecondLimit ResourceUnavailable""",
    PermanentFailure: """FailedOperation.PhoneNumberInBlacklist FailedOperation.PhoneNumberParseFail
        InvalidParameterValue.IncorrectPhoneNumber UnsupportedOperation.UnsupportedRegion""",
    TechnicalFailure: """FailedOperation.InsufficientBalanceInSmsPackage AuthFailure.SignatureFailure
        FailedOperation.SignatureIncorrectOrUnapproved FailedOperation.ContainSensitiveWord
        FailedOperation.TemplateIncorrectOrUnapproved LimitExceeded.AppDailyLimit LimitExceeded.PhoneNumberCountLimit
        UnauthorizedOperation.ServiceSuspendDueToArrears FailedOperation.TemplateIdNotExist""",
}
MAS: dict[type[SendError], str] = {
    PermanentFailure: "InvalidMobile",
    TechnicalFailure: """IllegalMac IllegalSignId NoSignId InvalidMessage InvalidUsrOrPwd TooManyMobiles
        NOT_WHITE_IP""",
}
ROWS = [
    (table, code, fate)
    for table, fates in ((tencent_codes.CODES, TENCENT), (mas_codes.CODES, MAS))
    for fate, codes in fates.items()
    for code in codes.split()
]
TABLES = [tencent_codes.CODES, mas_codes.CODES]


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
    assert len(tencent.later) + len(tencent.dead) + len(tencent.ours) == 94 + 18
    assert {*mas_codes.CODES.ours} == set(MAS[TechnicalFailure].split())


@pytest.mark.parametrize("table", TABLES)
def test_no_code_has_two_fates(table: CodeTable) -> None:
    assert not table.later.keys() & table.dead.keys()
    assert not (table.later.keys() | table.dead.keys()) & table.ours.keys()
    assert table.doubtful <= table.later.keys()
    assert table.waits.keys() <= table.later.keys()


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


@pytest.mark.parametrize("code", ["InternalError.Timeout", "InternalError.SendAndRecvFail"])
def test_a_time_out_behind_the_gateway_is_in_doubt(code: str) -> None:
    failure = tencent_codes.CODES.refusal(code, "", private=())
    assert isinstance(failure, TemporaryFailure)
    assert failure.in_doubt


def test_the_gateways_words_lose_the_number_and_what_is_personal() -> None:
    words = "13800000001 张三丰 is bad"
    failure = mas_codes.CODES.refusal("InvalidMobile", words, private=("13800000001", "张三丰"))
    assert "13800000001" not in str(failure)
    assert "张三丰" not in str(failure)
