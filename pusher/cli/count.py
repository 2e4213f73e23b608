"""`pusher group count`: how many an expression means, while somebody still thinks about it."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from pusher.cli.keeper import seen_by
from pusher.cli.session import actor, as_json, command, fail, print_json, store

_NO_AREA = (
    "none of these lists says where people live, so 地区= means only who subscribed within it: "
    "import one with --column 地区=HEADING --select 地区"
)


@click.command()
@click.argument("expression", required=False)
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
    expression: str | None,
    names: tuple[str, ...],
    warning: bool,
    quick: bool,
    actor: str,
    as_json: bool,
) -> None:
    """How many addresses EXPRESSION means: 低保户 且 (残疾人 或 高龄) 且 非 已搬迁 且 地区=360403.

    Without one, each line that is typed is counted at once, until the end of the input.
    """
    from subscribers.expression import SelectionError

    async with store(settings) as opened:
        kinds = _kinds(opened, names)
        async with opened.database.read() as connection:
            mine = await seen_by(connection, opened, actor)

        async def tell(asked: str) -> None:
            last = await _counted(opened, asked, mine, kinds, warning=warning, quick=quick, as_json=as_json)
            if as_json:
                print_json({"exact": last.is_exact, "counts": dict(last.counts), "margins": dict(last.margins)})
            else:
                click.echo(_said(last, kinds))

        if expression is not None:
            await tell(expression)
            return
        for line in _typed():
            try:
                await tell(line)
            except SelectionError as error:
                click.echo(str(error), err=True)


async def _counted(
    opened: Any, expression: str, mine: Any, kinds: dict[str, str], *, warning: bool, quick: bool, as_json: bool
) -> Any:
    """The last that is known of it; before that is said what is known so far."""
    from pusher.lists.compose import composing
    from subscribers.expression import parse
    from subscribers.selecting import is_told_no_area

    last: Any = None
    async for counted in composing(opened, expression, mine, list(kinds), warning=warning):
        if last is None and is_told_no_area(parse(expression), mine):
            click.echo(_NO_AREA, err=True)
        last = counted
        if quick:
            break
        if not counted.is_exact and not as_json:
            click.echo(f"{_said(counted, kinds)} …", err=True)
    return last


def _typed() -> Iterator[str]:
    """Expressions as they are typed, with what was typed before at hand; nothing is asked of a file or a pipe."""
    is_asked = sys.stdin.isatty()
    if is_asked:
        with suppress(ImportError):
            import readline  # noqa: F401
    with suppress(EOFError):
        while True:
            line = input("> " if is_asked else "").strip()
            if line:
                yield line


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
