"""The gate to the network: which addresses may be dialled at all.

It sees the address that is dialled, after names are looked up, so it holds for redirections and for names that change
their address between two look-ups.
"""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

#: Private and loopback addresses, and unusual ports there: False = refused, True = allowed, or a list of networks.
Private = bool | tuple[IPv4Network | IPv6Network, ...]

#: Ports at which web sites stand; others only at addresses that the settings allow.
PORTS = frozenset({80, 443, 8080, 8443})
#: NAT64: the last four bytes are the IPv4 address that is reached (RFC 6052).
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(OSError):
    """An address that must not be dialled."""


def socket_factory(allowed: Private) -> Callable[[tuple[Any, ...]], socket.socket]:
    """Makes sockets for `aiohttp.TCPConnector`; raises AddressRefused for what is neither public nor `allowed`."""

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, target = info
        reason = refusal(str(target[0]), int(target[1]), allowed)
        if reason:
            raise AddressRefused(reason)
        return socket.socket(family, kind, protocol)

    return make


def refusal(host: str, port: int, allowed: Private) -> str:
    """Why an IP address may not be dialled; "" if it may."""
    address = _reached(ip_address(host.partition("%")[0]))
    if _is_allowed(address, allowed):
        return ""
    if not address.is_global or address.is_multicast:
        return "leads to a private address"
    return "" if port in PORTS else f"leads to port {port}, where no public web site stands"


def _is_allowed(address: IPv4Address | IPv6Address, allowed: Private) -> bool:
    if isinstance(allowed, bool):
        return allowed
    return any(address in network for network in allowed)


def _reached(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address behind the ways of writing an IPv4 address as IPv6."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address
