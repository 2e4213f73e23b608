"""`pusher domains` and `pusher classify`: the rules by which items get their domains. No settings file is needed."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from pusher.cli.place import taxonomy_for, taxonomy_option
from pusher.cli.session import as_json, command, fail, print_json
from pusher.cli.table import print_table


@click.command()
@taxonomy_option
@as_json
@click.pass_obj
@command
async def domains(settings: Path, *, named: str | None, as_json: bool) -> None:
    """Print the domains with their codes and responsible departments."""
    from pusher.review.ask import domains_table

    rows = domains_table(taxonomy_for(settings, named))
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("code", "name", "departments", "what it brings"),
            [(row["code"], row["name"], _listed(row["departments"]), row["description"]) for row in rows],
        )


@click.command()
@taxonomy_option
@click.option("--json", "as_json", is_flag=True, help="The answers are JSON lines with and without it.")
@click.pass_obj
@command
async def classify(settings: Path, *, named: str | None, as_json: bool) -> None:  # noqa: ARG001 - always JSON
    """Read JSON lines {"title", "issuer"?, "column"?} from standard input; print {"domains", "why"} for each.

    A line that cannot be read is answered with {"error"}, the others go on; the exit code is then 1.
    """
    from pusher.review.ask import classify_lines

    wrong = 0
    for answer in classify_lines(_lines(), taxonomy_for(settings, named)):
        print_json(answer)
        wrong += "error" in answer
    if wrong:
        fail(f"lines that could not be read: {wrong}; their answers say why", 1)


def _lines() -> Iterator[str]:
    """Standard input as UTF-8; what is none becomes a question mark, so that one bad line does not stop the others."""
    for line in sys.stdin.buffer:
        yield line.decode("utf-8-sig", "replace")


def _listed(names: object) -> str:
    return "、".join(names) if isinstance(names, list) else ""
