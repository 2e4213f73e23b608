"""What the HTTP client says of a failure, in one sentence for operators."""

import ssl

import aiohttp

from channels.gate import AddressRefused
from pusher.watch.fetch_error import FetchError


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
