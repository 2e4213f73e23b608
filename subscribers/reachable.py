"""Which addresses may be written to: those that are open, and the two cases in which a refusal is outweighed.

Whoever was warned hears of the end, also after refusing; and a list that the law makes may say that its warnings come
in spite of a 退订. An address that is dead besides, unconfirmed or erased is never written to.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from subscribers.consent import REFUSED, Standing
from subscribers.instant import to_instant
from subscribers.tables import group, membership, suppression

#: The table of addresses, or an alias of it.
Addresses = sa.FromClause


def in_force(at: datetime) -> sa.ColumnElement[bool]:
    """Whether a row of `group` may still be used at `at`."""
    return sa.or_(group.c.ends_at.is_(None), group.c.ends_at > to_instant(at))


def has_refused(one: Addresses, reasons: Sequence[str] = (REFUSED,)) -> sa.ColumnElement[bool]:
    """Whether nothing but its owner's will (one of `reasons`) closes an address."""
    return sa.and_(
        one.c.standing == Standing.SUPPRESSED.value,
        sa.exists()
        .where(
            suppression.c.fingerprint == one.c.fingerprint,
            suppression.c.kind == one.c.kind,
            suppression.c.reason.in_(reasons),
            suppression.c.dead == "",
        )
        .correlate(one),
    )


def may_be_written_to(one: Addresses, *, groups: Sequence[int], warning: bool, at: datetime) -> sa.ColumnElement[bool]:
    """Whether an address may be written to; for a warning to these lists, also where one of them outweighs a 退订."""
    is_open = one.c.standing == Standing.OPEN.value
    return sa.or_(is_open, has_refused(one) & _by_duty(one, groups, at)) if warning and groups else is_open


def _by_duty(one: Addresses, groups: Sequence[int], at: datetime) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            membership.c.subscriber_id == one.c.subscriber_id,
            membership.c.group_id == group.c.id,
            group.c.id.in_(groups),
            group.c.duty != "",
            in_force(at),
        )
        .correlate(one)
    )
