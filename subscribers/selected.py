"""A selection as a part of the recipient query: set-based, the same on both databases.

Whom a list keeps out it keeps out whatever becomes of it: past its end it brings nobody any more, but still excludes;
and where a list that excludes was deleted, or is not whole (its first import goes on, or it is being forgotten), nobody
is meant, because it is not known whom it keeps out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from subscribers.expression import All, Either, Not, is_bounded
from subscribers.reachable import in_force
from subscribers.selection import Known, LivesIn, Members, Print, Says, Selection, Wants
from subscribers.tables import group, member_attribute, membership, subscription

#: Bounds a column of subscribers' numbers to the range that is looked at.
Bounds = Callable[[sa.ColumnElement[int]], list[sa.ColumnElement[bool]]]
Person = sa.ColumnElement[int]
People = sa.Select[int] | sa.CompoundSelect[int]


@dataclass(frozen=True, slots=True)
class Query:
    """What a selection is evaluated with."""

    bounds: Bounds
    warning: bool
    at: datetime

    def people(self, tree: Selection) -> People:
        """The subscribers that a bounded tree means."""
        match tree:
            case Either(several):
                return sa.union(*(single(self.people(each)) for each in several))
            case All(several):
                first = next(each for each in several if is_bounded(each))
                meant = self.people(first).subquery()
                others = [self._holds(each, meant.c.subscriber_id) for each in several if each is not first]
                return sa.select(meant.c.subscriber_id).where(*others)
            case Not(Not(of)):
                return self.people(of)
            case Not():
                raise ValueError("a selection must say who is meant")
            case leaf:
                return self._of_leaf(leaf)

    def _of_leaf(self, leaf: Known) -> People:
        match leaf:
            case Members(number):
                return self._select(membership.c.subscriber_id, membership.c.group_id == number, self._usable(number))
            case Says(prints):
                return sa.union(*(self._says(each) for each in prints)) if len(prints) > 1 else self._says(prints[0])
            case LivesIn(area, prints):
                return sa.union(
                    self._select(subscription.c.subscriber_id, _within(area)), *(self._says(each) for each in prints)
                )
            case Wants(domain):
                return self._select(subscription.c.subscriber_id, subscription.c.domain == domain)

    def _says(self, one: Print) -> sa.Select[int]:
        return self._select(member_attribute.c.subscriber_id, *_is_said(one), self._usable(one[0]))

    def _select(self, column: sa.Column[int], *where: sa.ColumnElement[bool]) -> sa.Select[int]:
        return sa.select(column.label("subscriber_id")).where(*where, *self.bounds(column))

    def _holds(self, tree: Selection, person: Person, *, positive: bool = True) -> sa.ColumnElement[bool]:
        """Whether a tree means a person; `positive`: whether that brings him in."""
        match tree:
            case Not(of):
                return sa.not_(self._holds(of, person, positive=not positive))
            case All(several):
                return sa.and_(*(self._holds(each, person, positive=positive) for each in several))
            case Either(several):
                return sa.or_(*(self._holds(each, person, positive=positive) for each in several))
            case leaf:
                return self._holds_leaf(leaf, person, positive=positive)

    def _holds_leaf(self, leaf: Known, person: Person, *, positive: bool) -> sa.ColumnElement[bool]:
        match leaf:
            case Members(number):
                is_member = self._exists(membership.c.subscriber_id, person, membership.c.group_id == number)
                return self._judged(number, is_member, positive=positive)
            case Says(prints):
                return sa.or_(*(self._is_said_of(each, person, positive=positive) for each in prints))
            case LivesIn(area, prints):
                subscribed = self._exists(subscription.c.subscriber_id, person, _within(area))
                return sa.or_(subscribed, *(self._is_said_of(each, person, positive=positive) for each in prints))
            case Wants(domain):
                return self._exists(subscription.c.subscriber_id, person, subscription.c.domain == domain)

    def _exists(self, column: sa.Column[int], person: Person, *where: sa.ColumnElement[bool]) -> sa.Exists:
        # The bounds follow from the equality. PostgreSQL, which may look up all people of a condition at once, does not
        # see that, and would read them beyond the range as well.
        return sa.exists().where(*where, column == person, *self.bounds(column))

    def _is_said_of(self, one: Print, person: Person, *, positive: bool) -> sa.ColumnElement[bool]:
        is_said = self._exists(member_attribute.c.subscriber_id, person, *_is_said(one))
        return self._judged(one[0], is_said, positive=positive)

    def _judged(self, number: int, holds: sa.ColumnElement[bool], *, positive: bool) -> sa.ColumnElement[bool]:
        if positive:
            return sa.and_(holds, self._usable(number))
        is_whole = sa.or_(group.c.imported_at.is_not(None), group.c.ends_at.is_(None))
        return sa.or_(holds, ~sa.exists().where(group.c.id == number, is_whole))

    def _usable(self, number: int) -> sa.ColumnElement[bool]:
        """Whether a list may bring people in."""
        usable = [group.c.id == number, in_force(self.at)]
        return sa.exists().where(*usable, *([] if self.warning else [group.c.basis != "emergency"]))


def single(people: People) -> sa.Select[int]:
    """The same as one SELECT: SQLite takes no union within a union."""
    return people if isinstance(people, sa.Select) else sa.select(people.subquery().c.subscriber_id)


def _is_said(one: Print) -> list[sa.ColumnElement[bool]]:
    number, fingerprint = one
    return [member_attribute.c.group_id == number, member_attribute.c.fingerprint == fingerprint]


def _within(area: str) -> sa.ColumnElement[bool]:
    # ":" comes after "9": between a code and the code followed by ":" lie exactly the codes that begin with it.
    return sa.and_(subscription.c.area >= area, subscription.c.area < area + ":")
