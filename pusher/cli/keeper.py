"""Who acts on departments' lists: nobody sees, counts or imports those of another department."""

from collections.abc import Collection, Sequence
from typing import Any

from pusher.cli.session import fail, must_show_key


def check_key(opened: Any, actor: str) -> None:
    """End the command unless a keeper with a key of their own shows it in PUSHER_OFFICER_KEY."""
    keeper = opened.plan.settings.lists.keepers.get(actor)
    must_show_key(actor, keeper and keeper.key)


async def seen_by(connection: Any, opened: Any, actor: str) -> Sequence[Any]:
    """The lists that `actor` may see; ends the command if he keeps none while others are named as keepers."""
    from subscribers.groups import list_groups

    settings = opened.plan.settings.lists
    check_key(opened, actor)
    if settings.keepers and actor not in settings.keepers:
        fail(f"{actor} keeps no lists: name yourself with --as, or have a table [lists.keepers.{actor}] added")
    return [each for each in await list_groups(connection) if settings.sees(actor, each.terms.department)]


async def names_seen_by(connection: Any, opened: Any, actor: str) -> Collection[str] | None:
    """Names of the lists that `actor` may see; None = all, those that are deleted by now included."""
    settings = opened.plan.settings.lists
    check_key(opened, actor)
    if settings.sees_all(actor):
        return None
    return {each.name for each in await seen_by(connection, opened, actor)} if actor in settings.keepers else set()
