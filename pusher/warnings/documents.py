"""Issued warnings for machines: CAP 1.2, JSON under CAP's names, and the profile of the national system."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.warnings import store, words
from pusher.warnings.cap import national, write
from pusher.warnings.cap.block import Block
from pusher.warnings.cap.check import to_json
from pusher.warnings.life import RefusedActError
from pusher.warnings.office import Office
from pusher.warnings.warning import Version


async def document(connection: AsyncConnection, office: Office, number: int, form: str) -> bytes:
    """Version `number` as "cap" or "12379". Raises RefusedActError where it has not gone out."""
    version = await store.get(connection, number)
    earlier, block = await _alert(connection, office, version)
    if form == "cap":
        return write.write(block)
    first = earlier[0].identifier if earlier else ""
    return national.write(block, first=first, methods=[("SMS", version.content.description)])


async def as_json(connection: AsyncConnection, office: Office, version: Version) -> Mapping[str, Any]:
    """The alert as `pusher cap check --json` tells it."""
    return to_json((await _alert(connection, office, version))[1], "cap-1.2")


async def _alert(connection: AsyncConnection, office: Office, version: Version) -> tuple[Sequence[Version], Block]:
    if version.sent is None:
        raise RefusedActError(f"warning {version.id} has not gone out", f"第 {version.id} 号还没有发出")
    organisation = office.organisation(version)
    earlier = await office.earlier(connection, version)
    return earlier, words.alert(version, organisation, earlier=earlier)
