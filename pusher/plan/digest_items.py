"""What a digest tells of the broadcasts that were put aside for it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from pusher.plan.broadcast import Broadcast, BroadcastState
from pusher.watch.store import ItemState, StoredItem
from templates.notice import Entry, Notice
from templates.phrases import headline

#: What `Notice.follows` says of an item that its publisher took back.
_WITHDRAWN = "撤回"
#: A broadcast in one of these states is told no more.
STOPPED = (BroadcastState.HALTED, BroadcastState.CANCELLED)

_NAMES = {1: "每日信息汇总", 7: "每周信息汇总"}


@dataclass(frozen=True, slots=True)
class PutAside:
    """One broadcast that waits for digests, with its item as it is now; None for what was sent by hand."""

    broadcast: Broadcast
    item: StoredItem | None


def entries(put_aside: Iterable[PutAside], domains: Sequence[str], *, board: str) -> tuple[Entry, ...]:
    """The entries of a digest, by domain in the order of `domains` (names), the newest first within each.

    An item is told once, as it is now. What was halted, cancelled, held or taken back meanwhile is left out; that it
    was taken back is told to those who were told of it before. `board`: where items stand ("https://…/n/"); "" = none.
    """
    alive = [each for each in put_aside if each.broadcast.state not in STOPPED]
    by_item: dict[object, list[PutAside]] = {}
    for each in alive:
        by_item.setdefault(each.item.id if each.item else f"by hand {each.broadcast.id}", []).append(each)
    told = [newest for several in by_item.values() if (newest := _newest(several)) is not None]
    places = {name: place for place, name in enumerate(domains)}
    made = [(_entry(each, domains, board), -each.broadcast.id) for each in told]
    return tuple(entry for entry, _ in sorted(made, key=lambda one: (places.get(one[0].domain, len(places)), one[1])))


def digest_notice(found: Sequence[Entry], *, step: int, at: datetime, board: str) -> Notice:
    """The digest as a notice for the templates of the folder "digest"; `step`: days since the one before."""
    return Notice(
        title=f"{_NAMES[step]}（{len(found)}条）",
        summary="；".join(entry.title for entry in found[:5]),
        body="",
        issuer="",
        published=at,
        url=board or (found[0].url if len(found) == 1 else ""),
        domains=tuple(dict.fromkeys(entry.domain for entry in found if entry.domain)),
        entries=tuple(found),
    )


def _newest(several: Sequence[PutAside]) -> PutAside | None:
    """Of the broadcasts of one item the one to tell of it by; None if there is nothing to tell."""
    newest = max(several, key=lambda each: (each.broadcast.revision, each.broadcast.id))
    item = newest.item
    if item is None:
        return newest
    if item.state is not ItemState.READY:
        return None
    is_withdrawal = newest.broadcast.revision == item.revision and newest.broadcast.revision > 0
    if item.notice.follows == _WITHDRAWN and (
        not is_withdrawal or len({each.broadcast.revision for each in several}) > 1
    ):
        return None
    return newest


def _entry(told: PutAside, domains: Sequence[str], board: str) -> Entry:
    if told.item is None:
        return Entry("", told.broadcast.title)
    notice = told.item.notice
    return Entry(
        domain=next((name for name in domains if name in notice.domains), ""),
        title=headline(notice),
        summary="" if notice.follows == _WITHDRAWN else notice.summary,
        issuer=notice.issuer,
        published=notice.published,
        url=f"{board}{told.item.id}" if board else notice.url,
    )


def by_contents(parts: Iterable[tuple[int, int, Sequence[int]]]) -> dict[tuple[int, str], list[int]]:
    """People by what waits for them: parts (days between digests, broadcast, people) → (days, contents) → people.

    `contents`: numbers of broadcasts with commas, ascending.
    """
    waits: dict[int, tuple[int, set[int]]] = {}
    for step, broadcast_id, people in parts:
        for number in people:
            # Whoever changed from one to the other, or was two people, gets one message all the same.
            waits.setdefault(number, (step, set()))[1].add(broadcast_id)
    shared: dict[tuple[int, str], list[int]] = {}
    for number, (step, broadcasts) in waits.items():
        shared.setdefault((step, ",".join(map(str, sorted(broadcasts)))), []).append(number)
    return shared


def contents_of(stored: str) -> list[int]:
    """The numbers of the broadcasts of stored contents."""
    return [int(number) for number in stored.split(",")]
