"""`pusher status` and `pusher report`: how things stand, and who was reached."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from pusher.cli.session import as_json, command, fail, numbered, print_json, store
from pusher.cli.table import minute, print_table

#: Days that a report covers unless it is told since when.
_DAYS = 30


@click.command()
@as_json
@click.pass_obj
@command
async def status(settings: Path, *, as_json: bool) -> None:
    """What runs, what waits, what is wrong; exit code 1 if anything is wrong."""
    from pusher.report import overview, sources

    async with store(settings) as opened, opened.database.read() as connection:
        watched = await sources.standing(connection, opened.plan.settings.sources)
        found = await overview.overview(
            connection, watched, at=opened.now(), remind=timedelta(days=opened.plan.settings.lists.remind_days)
        )
    if as_json:
        print_json(overview.to_json(found))
    else:
        _print_status(found)
    if found.problems:
        fail("\n".join(found.problems), 1)


@click.command()
@click.option("--broadcast", type=numbered, help="Only this one.")
@click.option("--since", metavar="DATE", help=f"From this day on (2026-11-01); without it the last {_DAYS} days.")
@as_json
@click.pass_obj
@command
async def report(settings: Path, *, broadcast: int | None, since: str | None, as_json: bool) -> None:
    """Who was reached, by broadcast and channel, why the others were not, and what short messages cost."""
    from pusher.plan import broadcast as broadcasts
    from pusher.report import reach
    from pusher.settings.channels import short_messages

    begin = _begin(since)
    async with store(settings) as opened, opened.database.read() as connection:
        rules = short_messages(opened.plan.channels)
        if broadcast is None:
            found = await reach.since(connection, begin, rules)
        else:
            await broadcasts.get(connection, broadcast)
            found = await reach.of_broadcast(connection, broadcast, rules)
    if as_json:
        print_json([reach.to_json(each) for each in found])
        return
    print_table(
        ("broadcast", "channel", "planned", "sent", "delivered", "waiting", "not reached", "title"),
        [
            (
                each.broadcast,
                each.channel,
                each.planned,
                each.sent,
                each.delivered,
                each.waiting,
                each.not_reached,
                each.title,
            )
            for each in found
        ],
    )
    for each in found:
        for reason in each.reasons:
            said = f" ({reason.example})" if reason.example else ""
            click.echo(
                f"broadcast {each.broadcast} over {each.channel}: {reason.count} {reason.state} {reason.code}{said}"
            )
    _print_costs(found)


def _print_costs(found: Sequence[Any]) -> None:
    """What the short messages that were sent cost, each broadcast and all of them."""
    paid = [each for each in found if each.cost is not None]
    for each in paid:
        yuan = "" if each.cost.yuan is None else f", {each.cost.yuan} yuan"
        click.echo(
            f"broadcast {each.broadcast} over {each.channel}: "
            f"{each.cost.segments} short message(s) for each of {each.cost.people}{yuan}"
        )
    known = [each.cost.yuan for each in paid if each.cost.yuan is not None]
    if len(known) > 1:
        click.echo(f"altogether {sum(known)} yuan")


def _begin(since: str | None) -> datetime:
    """The first moment of the report, aware; a day begins at midnight in China."""
    from pusher.clock import CHINA, now

    if since is None:
        return now() - timedelta(days=_DAYS)
    try:
        return datetime.combine(date.fromisoformat(since), time(), CHINA).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(f"--since {since!r} is not a day such as 2026-11-01")


def _print_status(found: Any) -> None:
    click.echo(f"workers: {', '.join(name for name, _ in found.workers) or 'none seen'}")
    if found.queue:
        print_table(
            ("channel", "lane", "waiting", "oldest"),
            [(each.channel, each.lane, each.recipients, minute(each.oldest)) for each in found.queue],
        )
    else:
        click.echo("queue: nothing waits")
    click.echo(f"items held for a look: {found.held}" + ("; `pusher item list --state held`" if found.held else ""))
    click.echo(f"broadcasts that wait for approval: {len(found.proposed)}")
    for each in found.proposed:
        click.echo(f"  {each.broadcast} ({each.lane}, since {minute(each.since)}) {each.title}")
