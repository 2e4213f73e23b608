"""Keys change while the service runs: everything is encrypted anew, and nothing that is written meanwhile is lost."""

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from pusher.custody.rotation import ENCRYPTED, encrypt_anew, usage
from pusher.database import Database
from pusher.deliver.token_store import DatabaseTokens
from pusher.schema import metadata
from subscribers.consent import Origin
from subscribers.enrol import VALUE, Newcomer, add_many
from subscribers.group_file import read_group_file
from subscribers.groups import Terms, import_group
from subscribers.keys import KeyRing
from subscribers.tables import address

AT = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)

#: Binary columns that hold nothing encrypted: fingerprints, digests, packed numbers, files that were published.
_OPEN = {
    "address.fingerprint",
    "consent.fingerprint",
    "suppression.fingerprint",
    "page_use.who",
    "sign_up.fingerprint",
    "recipient_group.digest",
    "member_attribute.fingerprint",
    "batch.recipients",
    "waiting.people",
    "digest.people",
    "audit_entry.digest",
    "item_file.digest",
    "item_file.content",
    "item.major_digest",
    "wording.digest",
    "item.minor_digest",
}


def test_every_binary_column_is_either_encrypted_and_rotated_or_known_to_hold_nothing_personal() -> None:
    rotated = {f"{each.column.table.name}.{each.column.name}" for each in ENCRYPTED}
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    assert binary - _OPEN == rotated


async def test_everything_is_readable_with_the_new_key_alone(database: Database, tmp_path: Path) -> None:
    ring = KeyRing.generate()
    await _fill(database, ring, tmp_path, people=1_203)
    newer = ring.with_keys(["k2", "k1"], new="k2")
    steps: list[int] = []
    changed = await encrypt_anew(database, newer, changed=steps.append)
    assert changed == sum(steps) == 1_203 + 1_203 + 2 + 1
    async with database.read() as connection:
        assert await usage(connection) == {"k2": changed}
    alone = newer.with_keys(["k2"])
    assert await DatabaseTokens(database, alone).get("wechat") == ("secret", AT)
    async with database.read() as connection:
        values = (await connection.scalars(sa.select(address.c.value).order_by(address.c.id))).all()
    assert alone.decrypt_many(values, VALUE)[:2] == ["+8613800000000", "+8613800000001"]
    assert await encrypt_anew(database, alone, changed=steps.append) == 0


async def test_a_value_that_is_written_meanwhile_stays(database: Database, tmp_path: Path) -> None:
    ring = KeyRing.generate()
    await _fill(database, ring, tmp_path, people=501)
    newer = ring.with_keys(["k2", "k1"], new="k2")

    class _Broken(Exception):
        pass

    def stop(_rows: int) -> None:
        raise _Broken

    try:
        await encrypt_anew(database, newer, changed=stop)
    except _Broken:
        async with database.write() as connection:
            changed = sa.update(address).where(address.c.id == 501).values(value=ring.encrypt("+8613900000000", VALUE))
            await connection.execute(changed)
    await encrypt_anew(database, newer, changed=lambda rows: None)
    async with database.read() as connection:
        value = await connection.scalar(sa.select(address.c.value).where(address.c.id == 501))
        assert set(await usage(connection)) == {"k2"}
    assert newer.with_keys(["k2"]).decrypt(value or b"", VALUE) == "+8613900000000"


async def _fill(database: Database, ring: KeyRing, folder: Path, *, people: int) -> None:
    newcomers = [Newcomer([("phone", f"+86138{number:08d}")], name=f"王{number}") for number in range(people)]
    file = folder / "list.csv"
    file.write_text("手机号,金额\n13800000000,300\n13800000001,200\n", encoding="utf-8")
    async with database.write() as connection:
        await add_many(connection, ring, newcomers, Origin("test", AT))
        listed = await read_group_file(file)
    terms = Terms("补助", "statutory", selectable=("amount",))
    await import_group(database.write, ring, "低保户", listed, terms=terms, by="wang", at=AT)
    await DatabaseTokens(database, ring).put("wechat", "secret", AT)
