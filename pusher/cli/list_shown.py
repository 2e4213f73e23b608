"""Reports on lists, for people and for programs."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from pusher.cli.table import print_table


def import_to_json(done: Any) -> dict[str, Any]:
    """The report of an import for programs."""
    counts = (
        "name",
        "applied",
        "rows",
        "people",
        "new",
        "kept",
        "changed",
        "gone",
        "suppressed",
        "erased",
        "outweighed",
        "located",
        "others",
    )
    return {
        **{name: getattr(done, name) for name in counts},
        "repeated": [{"line": line, "first": first} for line, first in done.repeated],
        "refused": refused_to_json(done.refused),
        "slots": dict(done.slots),
    }


def refused_to_json(refused: Sequence[Any]) -> list[dict[str, Any]]:
    """The refused places for programs; values are masked."""
    return [{"line": each.line, "column": each.column, "value": each.value, "reason": each.reason} for each in refused]


def print_refused(refused: Sequence[Any]) -> None:
    """The refused places as a table."""
    if refused:
        rows = [(each.line, each.column, each.value, each.reason) for each in refused]
        print_table(("row", "column", "value", "why"), rows)


def print_import(done: Any) -> None:
    """The report of an import for people."""
    print_refused(done.refused)
    if done.applied:
        if done.outweighed:
            click.echo(f"{done.outweighed} of them said 退订, and get its warnings all the same")
        click.echo(
            f"group {done.name}: {done.people} people ({done.new} new, {done.kept} kept, "
            f"{done.changed} of these changed, {done.gone} gone); "
            f"{done.suppressed} of them cannot be written to, {done.erased} were erased at their own wish"
            + (f"; of {done.located} it says where they live" if done.located else "")
            + (f"; {done.others} others stay on the list" if done.others else "")
        )
        if done.slots:
            click.echo(f"columns for templates, as {{{{ slot.NAME }}}}: {named_slots(done.slots)}")
    for line, first in done.repeated:
        click.echo(f"row {line} names the person of row {first} again")


def named_slots(slots: Mapping[str, str]) -> str:
    """By which names templates use the columns, and what these are called in the file."""
    return ", ".join(name if name == heading else f"{name} ({heading})" for name, heading in slots.items())


def what_was_refused(done: Any) -> str:
    """What to do about the refused places."""
    if done.applied:
        return f"refused and left out: {len(done.refused)} places; correct these rows and import the file again"
    if done.refused:
        return f"nothing was changed, for {len(done.refused)} places are wrong: correct them, or add --skip-refused"
    return "nothing was changed: nobody is left in the file"
