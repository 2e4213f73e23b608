"""Files that go out with the mails of an item, as stored."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import File
from pusher.deliver.tables import item_file


async def add(connection: AsyncConnection, item_id: int, files: Sequence[File]) -> None:
    """Keep `files` with a new item, in their order."""
    for file in files:
        values = {"name": file.name, "type": file.type, "digest": file.digest, "content": file.content}
        await connection.execute(sa.insert(item_file).values(item_id=item_id, **values))


async def of_item(connection: AsyncConnection, item_id: int) -> dict[int, tuple[str, bytes]]:
    """Name and digest of the files of an item by their numbers, in order."""
    columns = (item_file.c.id, item_file.c.name, item_file.c.digest)
    found = await connection.execute(sa.select(*columns).where(item_file.c.item_id == item_id).order_by(item_file.c.id))
    return {row.id: (row.name, bytes(row.digest)) for row in found}


async def load(connection: AsyncConnection, numbers: Sequence[int]) -> tuple[File, ...]:
    """The files of these numbers, whole."""
    if not numbers:
        return ()
    found = await connection.execute(sa.select(item_file).where(item_file.c.id.in_(numbers)).order_by(item_file.c.id))
    return tuple(File(row.name, row.type, bytes(row.digest), bytes(row.content)) for row in found)
