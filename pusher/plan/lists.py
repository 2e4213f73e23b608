"""The lists that a route writes to, and the expressions of lists: looked up when an item is planned."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.expression import SelectionError, parse
from subscribers.groups import Group, named_groups
from subscribers.keys import KeyRing
from subscribers.reachable import in_force
from subscribers.selecting import names_in, select
from subscribers.selection import Selection, either, groups_meant, is_of_lists
from subscribers.tables import group

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Usable:
    """A list that may be written to."""

    name: str
    number: int
    #: Why we may write to it (个人信息保护法 Art. 13): "consent", "statutory" or "emergency".
    basis: str
    #: Slot names of its columns.
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class Selected:
    """Whom the expressions of a route mean."""

    meant: Selection | None
    #: Lists that bring people in.
    groups: Sequence[Usable]
    #: Expressions that cannot be looked up, and lists in the others that bring nobody any more.
    unknown: Sequence[str]

    @property
    def is_of_lists(self) -> bool:
        """Whether they mean nobody but members of lists; so where there are none."""
        return self.meant is None or is_of_lists(self.meant)


async def usable_groups(connection: AsyncConnection, names: Sequence[str], at: datetime) -> list[Usable]:
    """The groups that exist and are not past their end at `at`, in the order of `names`."""
    found = await connection.execute(
        sa.select(group.c.name, group.c.id, group.c.basis, group.c.columns).where(group.c.name.in_(names), in_force(at))
    )
    groups = {row.name: Usable(row.name, row.id, row.basis, frozenset(json.loads(row.columns))) for row in found}
    return [groups[name] for name in names if name in groups]


def shared_columns(groups: Sequence[Usable]) -> frozenset[str]:
    """Columns that the members of all these groups have."""
    return frozenset.intersection(*(each.columns for each in groups)) if groups else frozenset()


async def look_up(
    connection: AsyncConnection, ring: KeyRing | None, expressions: Sequence[str], at: datetime
) -> Selected:
    """Whom the expressions of a route mean together; one that names what there is not means nobody, and is reported."""
    meant: list[Selection] = []
    unknown: list[str] = []
    groups: dict[str, Usable] = {}
    for text in expressions:
        found = await named_groups(connection, names_in(parse(text)))
        selection = _selection(text, found, ring)
        if selection is None:
            unknown.append(text)
        else:
            meant.append(selection)
            bringing = [each.name for each in found if each.id in set(groups_meant(selection))]
            groups |= {each.name: each for each in await usable_groups(connection, bringing, at)}
            unknown += [name for name in bringing if name not in groups]
    return Selected(either(meant), list(groups.values()), unknown)


def _selection(text: str, found: Sequence[Group], ring: KeyRing | None) -> Selection | None:
    if ring is None:
        return None
    try:
        return select(parse(text), found, ring)
    except SelectionError as error:
        _log.warning("route selects nobody", problem=str(error))
        return None
