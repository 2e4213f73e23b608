"""Why a page cannot be had, in one sentence that names the host and never the rest of its address (keys)."""

import ssl
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp

from pusher.watch.gate import AddressRefused

#: Answers by which a site shows that it does not want to be read by programs.
REFUSALS = frozenset({401, 403, 412, 451, 521})


class FetchError(Exception):
    """A page that cannot be had now; `str()` is one sentence for operators."""

    def __init__(self, sentence: str, *, retry_after: timedelta | None = None, refused: bool = False) -> None:
        super().__init__(sentence)
        #: How long the server asks to be left alone; None if it does not.
        self.retry_after = retry_after
        #: Whether asking again soon is of no use or not wanted: forbidden, private, out of bounds.
        self.refused = refused


class Answered(FetchError):
    """An answer that is no page."""

    def __init__(self, status: int, host: str, retry_after: timedelta | None) -> None:
        refused = status in REFUSALS
        what = {
            404: "the page is not there: look for its new address",
            410: "the page was taken down: look for its new address",
            429: "it asks for fewer visits",
        }.get(
            status, "it does not let programs read it: ask its operators for access" if refused else "try again later"
        )
        super().__init__(f"{host} answers {status}: {what}", retry_after=retry_after, refused=refused)
        self.status = status


def explained(error: Exception, host: str) -> FetchError:
    """What the client library says, in one sentence."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, AddressRefused):
        return FetchError(f"{host} {cause}: set allow_private if it is meant", refused=True)
    return FetchError(_sentence(error, cause, host), refused=isinstance(error, aiohttp.InvalidURL))


def _sentence(error: Exception, cause: BaseException, host: str) -> str:
    sentence = f"{host} does not answer as a web server does ({type(error).__name__})"
    match error:
        case aiohttp.ClientConnectorDNSError():
            sentence = f"the name {host} is not known: check its spelling and the name server"
        case aiohttp.ClientConnectorCertificateError():
            sentence = f"the certificate of {host} cannot be trusted ({_tls_reason(error.certificate_error)})"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            sentence = f"no secure connection with {host} can be agreed on ({_tls_reason(cause)})"
        case aiohttp.InvalidURL():
            sentence = "the address cannot be fetched: copy it from the browser"
        case aiohttp.ServerDisconnectedError() | aiohttp.ClientPayloadError() | ConnectionResetError():
            sentence = f"{host} broke the answer off: try again later"
        case OSError():
            sentence = f"{host} cannot be reached: check the address and the network"
    return sentence


def _tls_reason(error: BaseException) -> str:
    said = getattr(error, "verify_message", "") or getattr(error, "reason", "") or type(error).__name__
    return str(said).replace("_", " ").lower()


def host_of(url: str) -> str:
    """The host's name in an address; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
