"""One alert from CAP to the national profile and back, as documents. Pure."""

from pusher.warnings.cap import national, write
from pusher.warnings.cap.block import Block
from pusher.warnings.cap.elements import NATIONAL
from pusher.warnings.cap.error import InvalidError
from pusher.warnings.cap.read import Alert, read


def convert(body: bytes, form: str, *, first: str = "") -> bytes:
    """The one alert of a document as `form` ("cap" or "12379"); `first` as in `national.write`.

    Raises ValueError where the document holds no single alert, InvalidError where the result breaks a rule.
    """
    document = read(body)
    if len(document.alerts) != 1:
        raise ValueError("this is not a document with one alert; see `pusher cap check`")
    alert = document.alerts[0]
    if form == "cap":
        return write.write(national.to_cap(alert.block) if alert.profile == NATIONAL else alert.block)
    written = national.write(_as_cap(alert), first=first or _first(alert))
    wrong = list(national.errors(read(written).alerts[0].block))
    if wrong:
        raise InvalidError(wrong)
    return written


def _as_cap(alert: Alert) -> Block:
    return national.to_cap(alert.block) if alert.profile == NATIONAL else alert.block


def _first(alert: Alert) -> str:
    """Of a message of the profile the one it names; of CAP the identifier of the first reference."""
    stated = alert.block.text("references")
    if alert.profile == NATIONAL or not stated:
        return stated
    return stated.split()[0].split(",")[1] if stated.split()[0].count(",") == 2 else ""
