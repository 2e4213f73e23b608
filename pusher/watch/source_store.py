"""Reads and writes what is known of each source; functions over a connection."""

import json
from collections.abc import Collection
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.watch.source_tables import source
from pusher.watch.standing import Standing, Validators, Verdict

_TIMES = ("next_look", "last_look", "last_success", "last_new", "alarm_since")


async def standings(connection: AsyncConnection) -> dict[str, Standing]:
    """What is known of each source by name; those never looked at are missing."""
    rows = (await connection.execute(sa.select(source).order_by(source.c.name))).mappings()
    return {row["name"]: _standing(row) for row in rows}


async def standing(connection: AsyncConnection, name: str) -> Standing | None:
    """What is known of one source; None if it was never looked at."""
    row = (await connection.execute(sa.select(source).where(source.c.name == name))).mappings().one_or_none()
    return _standing(row) if row else None


async def keep(connection: AsyncConnection, known: Standing) -> None:
    """Store what is known of a source now, in place of what was."""
    # Delete and insert, not upsert: one watcher owns each source, and both databases understand it.
    await connection.execute(sa.delete(source).where(source.c.name == known.name))
    await connection.execute(sa.insert(source).values(_columns(known)))


async def forget_others(connection: AsyncConnection, names: Collection[str]) -> None:
    """Forget the sources that the settings no longer name; their items stay."""
    await connection.execute(sa.delete(source).where(source.c.name.not_in(names)))


def _columns(known: Standing) -> dict[str, Any]:
    times = {name: getattr(known, name) for name in _TIMES}
    plain = ("name", "url", "failures", "is_learnt", "row_count", "problem")
    return {
        **{name: getattr(known, name) for name in plain},
        **{name: to_instant(at) if at else None for name, at in times.items()},
        "etag": known.validators.etag,
        "last_modified": known.validators.last_modified,
        "usual_gap": known.usual_gap.total_seconds() if known.usual_gap is not None else None,
        "verdict": known.verdict.value,
        "marks": json.dumps(dict(known.marks)),
        "tries": json.dumps(dict(known.tries)),
    }


def _standing(row: sa.RowMapping) -> Standing:
    times = {name: from_instant(row[name]) if row[name] is not None else None for name in _TIMES}
    return Standing(
        name=row["name"],
        url=row["url"],
        validators=Validators(row["etag"], row["last_modified"]),
        usual_gap=timedelta(seconds=row["usual_gap"]) if row["usual_gap"] is not None else None,
        failures=row["failures"],
        is_learnt=row["is_learnt"],
        row_count=row["row_count"],
        problem=row["problem"],
        verdict=Verdict(row["verdict"]),
        marks=json.loads(row["marks"]),
        tries=json.loads(row["tries"]),
        **times,
    )
