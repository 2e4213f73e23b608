"""What one test leaves in a borrowed database, no other test finds."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

import pusher.schema
from subscribers.tables import subscriber, subscription
from tests.support.borrowed import Borrowed


@pytest.fixture
def borrowed(postgres_admin: sa.Connection, postgres_template: str) -> Iterator[Borrowed]:
    made = Borrowed(postgres_admin, postgres_template, pusher.schema.metadata)
    yield made
    made.drop_all()


@contextmanager
def _opened(admin: sa.Connection, name: str) -> Iterator[sa.Engine]:
    """An engine whose connection stays open in its pool until the block ends."""
    engine = sa.create_engine(admin.engine.url.set(database=name))
    try:
        yield engine
    finally:
        engine.dispose()


def _write(connection: sa.Connection) -> int:
    number = int(connection.execute(sa.insert(subscriber).values(created_at=1).returning(subscriber.c.id)).scalar_one())
    connection.execute(sa.insert(subscription).values(domain="education", subscriber_id=number, area="36"))
    return number


def test_neither_rows_nor_numbers_of_one_test_are_found_by_the_next(
    borrowed: Borrowed, postgres_admin: sa.Connection
) -> None:
    name = borrowed.lend()
    for _ in range(2):
        with _opened(postgres_admin, name) as engine:
            with engine.begin() as connection:
                assert connection.scalar(sa.select(sa.func.count()).select_from(subscription)) == 0
                assert [_write(connection) for _ in range(3)] == [1, 2, 3]
            borrowed.take_back(name)
        assert borrowed.lend() == name
    borrowed.take_back(name)


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE subscriber ADD COLUMN more text",
        "ALTER TABLE subscriber ALTER COLUMN language TYPE varchar(9)",
        "CREATE TABLE more (id integer)",
        "DROP INDEX ix_subscription_subscriber_id",
        "UPDATE alembic_version SET version_num = 'another'",
    ],
)
def test_a_database_whose_tables_were_changed_is_not_lent_again(
    borrowed: Borrowed, postgres_admin: sa.Connection, change: str
) -> None:
    name = borrowed.lend()
    with _opened(postgres_admin, name) as engine, engine.begin() as connection:
        connection.exec_driver_sql(change)
    borrowed.take_back(name)
    assert borrowed.lend() != name
    names = postgres_admin.scalars(sa.text("SELECT datname FROM pg_database"))
    assert name not in set(names)
