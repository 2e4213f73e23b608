"""How the two sides prove that they share a secret. Pure.

Source: CMPP V3.0.0, CMPP_CONNECT and CMPP_CONNECT_RESP. MD5 is the standard's choice, not ours: the line itself must
be trusted (a leased line or a tunnel).
"""

from datetime import datetime
from hashlib import md5

from channels.carrier.times import CHINA
from channels.cmpp.pdus import Connect
from channels.cmpp.wire import Version


def our_proof(sp_id: str, secret: str, timestamp: str) -> bytes:
    """AuthenticatorSource; `timestamp` has its ten digits, also in January."""
    return _md5(sp_id.encode() + bytes(9) + secret.encode() + timestamp.encode())


def their_proof(status: int, proof: bytes, secret: str, version: Version) -> bytes:
    """AuthenticatorISMG, of a gateway that was shown `proof`."""
    return _md5(status.to_bytes(1 if version is Version.V2 else 4, "big") + proof + secret.encode())


def connect(sp_id: str, secret: str, version: Version, at: datetime) -> Connect:
    """The request to be let in."""
    timestamp = at.astimezone(CHINA).strftime("%m%d%H%M%S")
    return Connect(sp_id, our_proof(sp_id, secret, timestamp), version, int(timestamp))


def _md5(octets: bytes) -> bytes:
    return md5(octets, usedforsecurity=False).digest()
