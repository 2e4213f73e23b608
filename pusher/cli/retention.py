"""`pusher retention`: what is forgotten when, and doing it now."""

from pathlib import Path

import click

from pusher.cli.session import as_json, command, print_json, store
from pusher.cli.table import minute, print_table

#: Rounds in which something was forgotten that are told.
_ROUNDS = 5


@click.command()
@click.option("--now", "at_once", is_flag=True, help="Forget at once; the service does it every hour by itself.")
@as_json
@click.pass_obj
@command
async def retention(settings: Path, *, at_once: bool, as_json: bool) -> None:
    """The periods after which things are forgotten, and what was of late; with --now, how many rows are at once."""
    from pusher.audit.log import latest
    from pusher.custody import rounds
    from pusher.custody.retention import ACTOR, RULES
    from pusher.service import custodian

    async with store(settings) as opened:
        gone = await custodian(opened).once() if at_once else {}
        periods = opened.plan.settings.retention
        async with opened.database.read() as connection:
            forgotten = await latest(connection, limit=_ROUNDS, actor=ACTOR)
            last = await rounds.rounds(connection)
    told = [
        {
            "what": rule.what,
            "days": rule.period(periods).days,
            **({"forgotten": gone[rule.what]} if at_once else {}),
        }
        for rule in RULES
    ]
    if as_json:
        print_json(told)
    else:
        print_table(tuple(told[0]), [tuple(each.values()) for each in told])
        for each in forgotten:
            click.echo(f"forgotten {minute(each.at)}: {each.detail}")
        if not forgotten:
            click.echo("nothing was forgotten yet")
        click.echo(f"last round that ended well: {minute(last.well_at) if last.well_at else 'none'}")
        if alarm := last.alarm(opened.now()):
            click.echo(alarm, err=True)
