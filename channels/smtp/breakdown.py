"""What it means when aiosmtplib, the system or TLS raises instead of answering. Pure."""

import ssl

import aiosmtplib

from channels.failure import SendError, TechnicalFailure, TemporaryFailure
from channels.redaction import redact
from channels.smtp.replies import Reply, Step, refusal

#: What opening a connection or talking over it may raise.
BREAKDOWNS = (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError)

#: The connection is gone, or was never there; nobody refused anything.
_GONE = (aiosmtplib.SMTPServerDisconnected, aiosmtplib.SMTPTimeoutError, aiosmtplib.SMTPConnectError)

#: TLS was ended in the middle: a broken connection like any other.
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError)

#: What the relay was asked when the library raises one of these.
_ASKED = {
    aiosmtplib.SMTPSenderRefused: Step.MAIL,
    aiosmtplib.SMTPRecipientRefused: Step.RCPT,
    aiosmtplib.SMTPDataError: Step.CONTENT,
}


def failure_of(error: BaseException, step: Step, *private: str) -> SendError:
    """The failure that one of `BREAKDOWNS` means at `step`; server's words are redacted, its address is left out."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _replied(error, _ASKED.get(type(error), step), *private)
    return _unsafe(error) or _unsafe(error.__cause__) or _refused(error, *private) or _no_answer(error, step)


def _replied(error: aiosmtplib.SMTPResponseException, step: Step, *private: str) -> SendError:
    """A reply that the library took for an error; one that could not be read as a reply is a broken connection."""
    reply = Reply(step, error.code, error.message)
    return refusal(reply, *private) if reply.refuses else _no_answer(error, step)


def _unsafe(error: BaseException | None) -> SendError | None:
    """TechnicalFailure if the connection could not be secured; None if that is not what happened."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return TechnicalFailure(f"the relay's certificate is not trusted: {redact(error.strerror or '')}")
    if isinstance(error, ssl.SSLError) and not isinstance(error, _CUT):
        return TechnicalFailure(f"the connection cannot be secured ({redact(error.strerror or '')})")
    return None


def _refused(error: BaseException, *private: str) -> SendError | None:
    """TechnicalFailure for what the relay does not offer (STARTTLS, a way to log in) or what cannot be written."""
    if isinstance(error, aiosmtplib.SMTPException) and not isinstance(error, _GONE):
        return TechnicalFailure(redact(str(error), *private))
    if isinstance(error, ValueError):
        return TechnicalFailure("the command cannot be written: check the settings for stray characters")
    return None


def _no_answer(error: BaseException, step: Step) -> SendError:
    name = type(error).__name__
    if step is Step.CONNECT:
        return TemporaryFailure(f"no connection to the relay ({name})")
    return TemporaryFailure(f"no answer to {step.name} ({name})", in_doubt=step is Step.CONTENT)
