import inspect
import ssl

import aiosmtplib
import pytest
from aiosmtplib import errors

from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.smtp.breakdown import BREAKDOWNS, failure_of
from channels.smtp.replies import Step

ADDRESS = "zhang.san@example.cn"


def _refused() -> aiosmtplib.SMTPRecipientRefused:
    return aiosmtplib.SMTPRecipientRefused(550, f"5.1.1 <{ADDRESS}> unknown", ADDRESS)


#: Every exception of the library, and the failure that it means before the content was handed over.
MEANINGS: dict[type[BaseException], tuple[BaseException, type[SendError]]] = {
    aiosmtplib.SMTPException: (aiosmtplib.SMTPException("STARTTLS extension not supported"), TechnicalFailure),
    aiosmtplib.SMTPServerDisconnected: (aiosmtplib.SMTPServerDisconnected("Connection lost"), TemporaryFailure),
    aiosmtplib.SMTPConnectError: (aiosmtplib.SMTPConnectError("Error connecting to relay.cn"), TemporaryFailure),
    aiosmtplib.SMTPTimeoutError: (aiosmtplib.SMTPTimeoutError("Timed out"), TemporaryFailure),
    aiosmtplib.SMTPConnectTimeoutError: (aiosmtplib.SMTPConnectTimeoutError("Timed out"), TemporaryFailure),
    aiosmtplib.SMTPReadTimeoutError: (aiosmtplib.SMTPReadTimeoutError("Timed out"), TemporaryFailure),
    aiosmtplib.SMTPNotSupported: (aiosmtplib.SMTPNotSupported("SMTPUTF8 is not supported"), TechnicalFailure),
    aiosmtplib.SMTPResponseException: (aiosmtplib.SMTPResponseException(-1, "Malformed"), TemporaryFailure),
    aiosmtplib.SMTPConnectResponseError: (aiosmtplib.SMTPConnectResponseError(554, "no"), TechnicalFailure),
    aiosmtplib.SMTPHeloError: (aiosmtplib.SMTPHeloError(501, "bad name"), TechnicalFailure),
    aiosmtplib.SMTPDataError: (aiosmtplib.SMTPDataError(554, "5.7.1 spam"), TechnicalFailure),
    aiosmtplib.SMTPAuthenticationError: (aiosmtplib.SMTPAuthenticationError(535, "wrong"), TechnicalFailure),
    aiosmtplib.SMTPSenderRefused: (aiosmtplib.SMTPSenderRefused(550, "5.1.8 who?", "tz@x.cn"), TechnicalFailure),
    aiosmtplib.SMTPRecipientRefused: (_refused(), PermanentFailure),
    aiosmtplib.SMTPRecipientsRefused: (aiosmtplib.SMTPRecipientsRefused([_refused()]), PermanentFailure),
}

LIBRARY = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, BaseException) and error.__module__ == errors.__name__
]


@pytest.mark.parametrize("kind", LIBRARY)
def test_every_exception_of_the_library_is_mapped(kind: type[BaseException]) -> None:
    error, meaning = MEANINGS[kind]
    assert type(error) is kind
    assert isinstance(error, BREAKDOWNS)
    failure = failure_of(error, Step.MAIL, ADDRESS)
    assert type(failure) is meaning
    assert not getattr(failure, "in_doubt", False)
    assert "zhang" not in str(failure)
    assert "relay.cn" not in str(failure)


@pytest.mark.parametrize("kind", LIBRARY)
def test_a_refusal_is_no_doubt_and_a_loss_after_the_content_is_one(kind: type[BaseException]) -> None:
    failure = failure_of(MEANINGS[kind][0], Step.CONTENT)
    assert getattr(failure, "in_doubt", False) == isinstance(failure, TemporaryFailure)


UNSAFE = [
    ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate"),
    ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"),
]


@pytest.mark.parametrize("error", UNSAFE)
def test_a_line_that_cannot_be_secured_is_for_the_operator(error: ssl.SSLError) -> None:
    wrapped = aiosmtplib.SMTPConnectError("Error connecting to relay.cn")
    wrapped.__cause__ = error
    for raised in (error, wrapped):
        assert isinstance(raised, BREAKDOWNS)
        assert isinstance(failure_of(raised, Step.CONNECT), TechnicalFailure)


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (ssl.SSLEOFError(8, "EOF occurred"), TemporaryFailure),
        (ConnectionResetError("reset"), TemporaryFailure),
        (TimeoutError(), TemporaryFailure),
        (OSError("no route"), TemporaryFailure),
        (ValueError("prohibited control character"), TechnicalFailure),
        (UnicodeEncodeError("ascii", "张", 0, 1, "no"), TechnicalFailure),
    ],
)
def test_the_systems_own_errors_are_mapped_too(error: Exception, meaning: type[SendError]) -> None:
    assert isinstance(error, BREAKDOWNS)
    assert type(failure_of(error, Step.CONNECT)) is meaning
