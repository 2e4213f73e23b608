"""How the last round of forgetting ended, and whether that is a reason to worry."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant, to_instant
from pusher.custody.tables import retention_round
from pusher.deliver.said import fit
from subscribers.bulk import insert_or
from subscribers.tables import consent

#: A service that stands still over a weekend's maintenance is no alarm; periods are counted in days.
PATIENCE = timedelta(days=2)

_PROBLEM = 200


@dataclass(frozen=True, slots=True)
class Rounds:
    """What is known of the last rounds; all times aware."""

    #: The last one that ended well; None = none has.
    well_at: datetime | None
    #: Since when there is something that a round would have to look at; None = there is nothing.
    since: datetime | None
    #: The last one, if it failed, and why.
    failed_at: datetime | None = None
    problem: str = ""

    def alarm(self, at: datetime) -> str:
        """What is wrong, and what to do; "" = nothing."""
        if self.failed_at is not None:
            return f"retention failed on {self.failed_at:%Y-%m-%d} ({self.problem}): nothing is forgotten; {_DO}"
        waited_from = self.well_at or self.since
        if waited_from is not None and at - waited_from > PATIENCE:
            said = f"since {self.well_at:%Y-%m-%d}" if self.well_at else "yet"
            return f"retention has not run {said}: nothing is forgotten; start `pusher run`, or {_DO}"
        return ""


_DO = "see what `pusher retention --now` says"


async def rounds(connection: AsyncConnection) -> Rounds:
    """How the last rounds ended."""
    last = (await connection.execute(sa.select(retention_round))).one_or_none()
    if last is None:
        # Whoever is stored stands in the ledger first.
        first = await connection.scalar(sa.select(consent.c.at).order_by(consent.c.id).limit(1))
        return Rounds(None, None if first is None else from_instant(first))
    well_at = None if last.well_at is None else from_instant(last.well_at)
    return Rounds(well_at, from_instant(last.at), from_instant(last.at) if last.problem else None, last.problem)


async def note(connection: AsyncConnection, at: datetime, problem: str = "") -> None:
    """Write down that a round has ended; `problem`: why not well, free of personal data."""
    ended = {"at": to_instant(at), "problem": fit(problem, _PROBLEM)}
    if not problem:
        ended["well_at"] = to_instant(at)
    statement = insert_or(connection, retention_round).values(id=1, **ended)
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=ended))
