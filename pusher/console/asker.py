"""Who asks: the address behind trusted reverse proxies, and whether a form comes from one of our own pages."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web
from multidict import MultiMapping
from yarl import URL

Networks = Sequence[IPv4Network | IPv6Network]


def remote_of(request: web.Request, proxies: Networks) -> str:
    """The IP address of the asker: of whoever connects, or of whom the nearest proxy that is none of ours names."""
    remote = request.remote or ""
    named = [each.strip() for each in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    while _is_one_of(remote, proxies) and named:
        # From the right: what stands further left may have been made up by the asker.
        nearest = _bare(named.pop())
        if not nearest:
            # A proxy that names nobody ("unknown", "unix:"): whoever stands before it is not to be believed.
            break
        remote = nearest
    return remote


def is_from_our_page(request: web.Request, public_url: str, *, is_hidden: bool = False) -> bool:
    """Whether a browser sends this from a page of ours; one that says nothing of it is believed.

    `is_hidden`: the page asks browsers to say nothing of it (no-referrer); then older ones call its origin "null".
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin == "null":
        return is_hidden
    return origin in (None, str(URL(public_url).origin()), f"{request.url.scheme}://{request.host}")


async def form_of(request: web.Request) -> MultiMapping[object]:
    """The fields of a form. Raises HTTPBadRequest for what no browser sends."""
    try:
        return await request.post()
    except (UnicodeError, LookupError, ValueError):
        raise web.HTTPBadRequest(text="this is no form that can be read: send it from the page") from None


def is_from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that another site sends this; pages with a secret in their address need no more."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _is_one_of(remote: str, networks: Networks) -> bool:
    try:
        address = ip_address(remote)
    except ValueError:
        return False
    # As a socket for both versions names those of IPv4.
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address.version == each.version and address in each for each in networks)


def _bare(named: str) -> str:
    """An address without port and brackets; "" for what is none."""
    bare = named.removeprefix("[").partition("]")[0] if "[" in named else named
    for text in (bare, bare.rpartition(":")[0]):
        try:
            return str(ip_address(text))
        except ValueError:
            continue
    return ""
