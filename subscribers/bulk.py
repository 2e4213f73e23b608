"""Writing many rows at once, the fastest way that each database has."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")

#: Rows that are worked on together: few enough for one statement's parameters and for the memory.
CHUNK = 5_000

#: Any number that no other advisory lock of the service uses.
_ADDING = 0x5355_4253


def chunks(rows: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The rows in lists of at most `size`, in their order."""
    remaining = iter(rows)
    while chunk := list(islice(remaining, size)):
        yield chunk


async def one_adder(connection: AsyncConnection) -> None:
    """Wait until no other transaction adds or erases people: who is (un)known now still is at the end of this one."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADDING)))


async def reserve_ids(connection: AsyncConnection, table: sa.Table, count: int) -> Sequence[int]:
    """`count` numbers, ascending, never given to anybody else; insert their rows before reserving again."""
    if connection.dialect.name == "postgresql":
        sequence = sa.func.pg_get_serial_sequence(table.name, "id")
        numbers = sa.select(sa.func.nextval(sequence)).select_from(sa.func.generate_series(1, count))
        return sorted((await connection.scalars(numbers)).all())
    # The last number ever used, that of erased people included (AUTOINCREMENT).
    last = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    first = ((await connection.scalar(last, {"name": table.name})) or 0) + 1
    return range(first, first + count)


async def insert_rows(
    connection: AsyncConnection, table: sa.Table, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Insert tuples in the order of `columns`; a column that is not named gets its default."""
    if not rows:
        return
    names = ", ".join(f'"{column}"' for column in columns)
    if connection.dialect.name == "postgresql":
        # COPY takes twice as many rows a second as INSERT.
        raw = await connection.get_raw_connection()
        cursor = raw.driver_connection.cursor()  # type: ignore[union-attr]
        async with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
            for row in rows:
                await copy.write_row(row)
    else:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({names}) VALUES ({marks})"  # noqa: S608  names of our own
        await connection.exec_driver_sql(statement, list(rows))


async def rows_with(
    connection: AsyncConnection, table: sa.Table, columns: Sequence[str], column: str, values: Sequence[object]
) -> Sequence[Any]:
    """The rows whose `column` has one of these values, of which there may be thousands; in no order."""
    if not values:
        return []
    is_list = connection.dialect.name == "postgresql"
    among = "= ANY(%s)" if is_list else f"IN ({', '.join('?' * len(values))})"
    parameters = (list(values),) if is_list else tuple(values)
    # Plain text: for thousands of values, SQLAlchemy's own IN takes longer than the query.
    statement = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {column} {among}"  # noqa: S608  names of our own
    return (await connection.exec_driver_sql(statement, parameters)).all()


async def survey(connection: AsyncConnection, *tables: sa.Table) -> None:
    """Let PostgreSQL look at what became of these tables, for it plans by what it knows of them.

    By itself it looks a minute later, and not at all after a list that is short beside all others, of which it then
    expects one member. SQLite keeps to its indexes.
    """
    if connection.dialect.name == "postgresql":
        await connection.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


def listed(connection: AsyncConnection, numbers: Sequence[int], name: str = "number") -> sa.Select[tuple[int]]:
    """Thousands of numbers, passed as one parameter, as something to be selected from; `name`: of the one column."""
    if connection.dialect.name == "sqlite":
        return sa.select(sa.func.json_each(json.dumps(list(numbers))).table_valued("value").c.value.label(name))
    as_array = sa.cast(sa.literal(list(numbers), postgresql.ARRAY(sa.BigInteger)), postgresql.ARRAY(sa.BigInteger))
    return sa.select(sa.func.unnest(as_array).label(name))


def insert_or(connection: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that offers `on_conflict_do_nothing` and `on_conflict_do_update`."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
