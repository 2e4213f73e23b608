"""`pusher group count`: how many an expression means, while somebody still thinks about it."""

from pathlib import Path
from typing import Any

import click

from pusher.cli.keeper import seen_by
from pusher.cli.session import actor, as_json, command, fail, print_json, store


@click.command()
@click.argument("expression")
@click.option(
    "--channel", "names", multiple=True, help="Count who is reached over it. [default: over all that are set]"
)
@click.option(
    "--warning", is_flag=True, help="As for a warning: with emergency lists, and duties that outweigh a 退订."
)
@click.option("--quick", is_flag=True, help="Be content with the first answer, an estimate where there are many.")
@actor
@as_json
@click.pass_obj
@command
async def count(
    settings: Path,
    *,
    expression: str,
    names: tuple[str, ...],
    warning: bool,
    quick: bool,
    actor: str,
    as_json: bool,
) -> None:
    """How many addresses EXPRESSION means: 低保户 且 (残疾人 或 高龄) 且 非 已搬迁 且 地区=360403."""
    from pusher.lists.compose import composing

    async with store(settings) as opened:
        kinds = _kinds(opened, names)
        async with opened.database.read() as connection:
            mine = await seen_by(connection, opened, actor)
        last: Any = None
        async for counted in composing(opened, expression, mine, list(kinds), warning=warning):
            last = counted
            if quick:
                break
            if not counted.is_exact and not as_json:
                click.echo(f"{_said(counted, kinds)} …", err=True)
    if as_json:
        print_json({"exact": last.is_exact, "counts": dict(last.counts), "margins": dict(last.margins)})
    else:
        click.echo(_said(last, kinds))


def _kinds(opened: Any, names: tuple[str, ...]) -> dict[str, str]:
    """Kind of address → name of the first channel that reaches it."""
    channels = opened.plan.channels
    unknown = [name for name in names if name not in channels]
    if unknown:
        fail(f"there is no channel {unknown[0]!r}; `pusher channel list` names them")
    kinds: dict[str, str] = {}
    for name in names or channels:
        kind = channels[name].kind.address
        if kind != "public":
            kinds.setdefault(kind, name)
    if not kinds:
        fail("no channel reaches people: set one, or name it with --channel")
    return kinds


def _said(counted: Any, kinds: dict[str, str]) -> str:
    about = "" if counted.is_exact else "about "
    told = [
        f"{kind} {about}{counted.counts[kind]}" + ("" if counted.is_exact else f" (± {counted.margins[kind]})")
        for kind in kinds
    ]
    return ", ".join(told)
