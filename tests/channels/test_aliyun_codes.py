"""Every code of the gateway has one fate, and so has every code that nobody knows."""

import pytest

from channels.aliyun_codes import CODES, DEAD, ENDS, LATER, OURS, REFUSED, end
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.receipt import Outcome

#: The tables of the platform's pages (101346 for sending), by what the caller does.
FATES: dict[type[SendError], str] = {
    TemporaryFailure: """isv.BUSINESS_LIMIT_CONTROL isp.SYSTEM_ERROR isp.GATEWAY_ERROR Throttling Throttling.User
        Throttling.Api ServiceUnavailable InternalError SignatureNonceUsed""",
    PermanentFailure: "isv.MOBILE_NUMBER_ILLEGAL isv.BLACK_KEY_CONTROL_LIMIT isv.CUSTOMER_REFUSED",
    TechnicalFailure: """isv.AMOUNT_NOT_ENOUGH isv.OUT_OF_SERVICE isv.DAY_LIMIT_CONTROL isv.MONTH_LIMIT_CONTROL
        isv.SMS_SIGNATURE_ILLEGAL isv.SMS_SIGN_ILLEGAL isv.SIGN_STATE_ILLEGAL isv.SMS_TEMPLATE_ILLEGAL
        isv.SMS_SIGNATURE_SCENE_ILLEGAL isv.DENY_IP_RANGE isp.RAM_PERMISSION_DENY isv.ACCOUNT_NOT_EXISTS
        isv.ACCOUNT_ABNORMAL isv.SECURITY_FROZEN_ACCOUNT isv.PRODUCT_UN_SUBSCRIPT isv.PRODUCT_UNSUBSCRIBE
        isv.SMS_CONTENT_ILLEGAL isv.TEMPLATE_PARAMS_ILLEGAL isv.PARAM_LENGTH_LIMIT isv.PARAM_NOT_SUPPORT_URL
        isv.TEMPLATE_MISSING_PARAMETERS isv.INVALID_PARAMETERS isv.INVALID_JSON_PARAM isv.UNSUPPORTED_CONTENT
        isv.SMS_CONTENT_MISMATCH_TEMPLATE_TYPE isv.MOBILE_COUNT_OVER_LIMIT isv.DOMESTIC_NUMBER_NOT_SUPPORTED
        isv.EXTEND_CODE_ERROR isv.ONE_CODE_MULTIPLE_SIGN isv.CODE_EXCEED_LIMIT isv.CODE_ERROR
        isv.SMS_TEST_NUMBER_LIMIT isv.SMS_TEST_SIGN_TEMPLATE_LIMIT isv.SMS_TEST_TEMPLATE_PARAMS_ILLEGAL
        isv.SIGNATURE_BLACKLIST isv.ERROR_SIGN_NOT_DELETE isv.ERROR_SIGN_NOT_MODIFY isv.SIGN_COUNT_OVER_LIMIT
        isv.SIGN_FILE_LIMIT isv.SIGN_NAME_ILLEGAL isv.SIGN_OVER_LIMIT isv.SIGN_SOURCE_ILLEGAL
        isv.SMS_SIGN_EMOJI_ILLEGAL isv.ERROR_TEMPLATE_NOT_DELETE isv.ERROR_TEMPLATE_NOT_MODIFY isv.SMS_OVER_LIMIT
        isv.TEMPLATE_COUNT_OVER_LIMIT isv.TEMPLATE_OVER_LIMIT template_parameter_count_illegal
        SignatureDoesNotMatch IncompleteSignature InvalidAccessKeyId.NotFound InvalidAccessKeyId.Inactive
        InvalidTimeStamp.Expired InvalidVersion InvalidAction.NotFound NoPermission""",
}
ROWS = [(code, fate) for fate, codes in FATES.items() for code in codes.split()]


@pytest.mark.parametrize(("code", "fate"), ROWS)
def test_a_known_code_has_its_fate_and_an_explanation(code: str, fate: type[SendError]) -> None:
    failure = CODES.refusal(code, "the gateway's words", private=(), retry_after=None)
    assert type(failure) is fate
    assert failure.code == code
    assert "the gateway's words" in failure.detail
    assert "this channel does not know" not in failure.detail


def test_the_tables_hold_these_codes_and_no_others() -> None:
    assert {*LATER, *DEAD, *REFUSED, *OURS} == {code for code, _ in ROWS}
    assert len(LATER) + len(DEAD) + len(REFUSED) + len(OURS) == len(ROWS)


def test_a_word_on_a_black_list_closes_no_number() -> None:
    failures = {
        code: CODES.refusal(code, "", private=()) for code in ("isv.BLACK_KEY_CONTROL_LIMIT", "isv.CUSTOMER_REFUSED")
    }
    closes = {code: isinstance(each, PermanentFailure) and each.suppresses for code, each in failures.items()}
    assert closes == {"isv.BLACK_KEY_CONTROL_LIMIT": False, "isv.CUSTOMER_REFUSED": True}


@pytest.mark.parametrize("code", ["isv.SOMETHING_NEW", "isp.SOMETHING_NEW", "???"])
def test_an_unknown_code_is_technical_and_says_where_to_look(code: str) -> None:
    failure = CODES.refusal(code, "", private=(), retry_after=None)
    assert type(failure) is TechnicalFailure
    assert "help.aliyun.com" in failure.detail


def test_every_kind_of_throttling_passes_by() -> None:
    assert type(CODES.refusal("Throttling.Whatever", "", private=(), retry_after=None)) is TemporaryFailure


def test_the_gateway_may_say_how_long_to_wait_and_a_numbers_share_takes_a_minute() -> None:
    asked = CODES.refusal("Throttling.User", "", private=(), retry_after=7.0)
    share = CODES.refusal("isv.BUSINESS_LIMIT_CONTROL", "", private=(), retry_after=None)
    assert isinstance(asked, TemporaryFailure)
    assert isinstance(share, TemporaryFailure)
    assert (asked.retry_after, share.retry_after) == (7.0, 60.0)


def test_the_gateways_words_lose_the_number_and_what_is_personal() -> None:
    failure = CODES.refusal("isv.X", "13800000001 张三丰 is bad", private=("13800000001", "张三丰"), retry_after=None)
    assert "13800000001" not in str(failure)
    assert "张三丰" not in str(failure)


ENDINGS: dict[Outcome, str] = {
    Outcome.SENT: "REQUEST_SUCCESS ACCEPTD",
    Outcome.TEMPORARY: """MOBILE_NOT_ON_SERVICE INVALID_NUMBER MOBILE_SEND_LIMIT MOBILE_ACCOUNT_ABNORMAL
        MOBLLE_TERMINAL_ERROR SP_UNKNOWN_ERROR IS_CLOSE EXPIRED DELETED UNDELIV REJECTD UNKNOWN""",
    Outcome.PERMANENT: "MOBILE_IN_BLACK MBBLACK USER_REJECT SP_NOT_BY_INTER_SMS",
    Outcome.TECHNICAL: "CONTENT_KEYWORD CONTENT_ERROR NO_ROUTE PARAMS_ILLEGAL PORT_NOT_REGISTERED SIGNATURE_BLACKLIST",
}


@pytest.mark.parametrize(("code", "outcome"), [(code, o) for o, codes in ENDINGS.items() for code in codes.split()])
def test_a_message_that_failed_ends_as_its_code_says(code: str, outcome: Outcome) -> None:
    assert end(code, success=False) is outcome


def test_the_endings_are_these_and_no_others() -> None:
    assert {*ENDS} == {"DELIVERED", "DELIVRD", *" ".join(ENDINGS.values()).split()}


@pytest.mark.parametrize("code", ["MK:0012", "", "DELIVERED"])
def test_an_unknown_failure_may_pass_by(code: str) -> None:
    assert end(code, success=False) is Outcome.TEMPORARY


@pytest.mark.parametrize("code", ["DELIVERED", "DELIVRD", "", "0"])
def test_a_success_is_a_success_whatever_its_code(code: str) -> None:
    assert end(code, success=True) is Outcome.DELIVERED
