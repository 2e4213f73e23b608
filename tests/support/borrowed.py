"""PostgreSQL databases that one test after another borrows: emptying one costs a thirtieth of making one."""

import uuid

import sqlalchemy as sa

#: What a test may not leave behind: any change of a table, an index or a sequence gives one of these another value.
_SHAPE = """
    SELECT md5(string_agg(concat_ws(' ', relname, relkind, relnatts, relchecks, relhastriggers, relfilenode), ','
                          ORDER BY relname)) FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT max(version_num) FROM alembic_version
"""

#: Whoever is still connected to this database is not any more. To wait for one is to look at it every 100 ms; one that
#: is idle, as most are that their clients have just left, does nothing until it ends.
_END_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid, CASE state WHEN 'idle' THEN 0 ELSE 60000 END) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)

#: Tables whose triggers refuse what a test alone may do (`subscribers.append_only`).
KEPT = ("consent", "wording")

#: Bytes of rows from which on a new database is quicker than to delete them.
_MUCH = 4_000_000


class Borrowed:
    """Copies of one template. Whoever borrows one finds it as a new one is: no row, no number taken, no page used."""

    def __init__(self, admin: sa.Connection, template: str, tables: sa.MetaData) -> None:
        self._admin = admin
        self._template = template
        self._tables = [table.name for table in tables.sorted_tables]
        self._free: list[str] = []
        #: One to each, for all of its life: to a new one the server's first answers cost ten times as much.
        self._keys: dict[str, sa.Connection] = {}
        with self._connected(template) as connection:
            self._shape = _shape(connection)

    def lend(self) -> str:
        """The name of an empty database."""
        return self._free.pop() if self._free else self._make()

    def take_back(self, name: str) -> None:
        """Empty it for the next test; one that is not what it was is dropped."""
        if self._is_as_new(name):
            self._free.append(name)
        else:
            self._drop(name)

    def drop_all(self) -> None:
        """Leave the server as it was."""
        while self._free:
            self._drop(self._free.pop())

    def _is_as_new(self, name: str) -> bool:
        key = self._keys[name]
        try:
            key.execute(_END_OTHERS)
            return _shape(key) == self._shape and self._empty(key)
        except sa.exc.OperationalError:  # The test has cut off everybody.
            return False

    def _connected(self, name: str) -> sa.Connection:
        url = self._admin.engine.url.set(database=name)
        return sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect()

    def _empty(self, connection: sa.Connection) -> bool:
        rows = " UNION ALL ".join(
            f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})"
            for table in self._tables
        )
        filled = {table: int(size) for table, size in connection.exec_driver_sql(rows)}
        if sum(filled.values()) > _MUCH:
            return False
        if filled:
            # Whoever refers to others goes first. Without the vacuum old rows would hold the places of new ones, and
            # the order in which rows lie, on which nothing may rely, would be another at each run.
            last_first = [table for table in reversed(self._tables) if table in filled]
            deletes = [f"DELETE FROM {table}" for table in last_first]
            unkept, kept = (
                [f"ALTER TABLE {table} {turn} TRIGGER USER" for table in KEPT if table in filled]
                for turn in ("DISABLE", "ENABLE")
            )
            connection.exec_driver_sql(";".join([*unkept, *deletes, *kept]))
            connection.exec_driver_sql(f"VACUUM {','.join(last_first)}")
        connection.exec_driver_sql(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename), start_value, false)"
            " FROM pg_sequences WHERE last_value IS NOT NULL"
        )
        return True

    def _make(self) -> str:
        name = f"pusher_test_{uuid.uuid4().hex[:12]}"
        # Before 15 the only way, and the quicker one where the server does not wait for its disk.
        copying = "STRATEGY FILE_COPY" if (self._admin.dialect.server_version_info or ()) >= (15,) else ""
        self._admin.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {self._template} {copying}")
        self._keys[name] = self._connected(name)
        return name

    def _drop(self, name: str) -> None:
        self._keys.pop(name).close()
        self._admin.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _shape(connection: sa.Connection) -> list[str]:
    return [str(each) for each in connection.exec_driver_sql(_SHAPE).scalars()]
