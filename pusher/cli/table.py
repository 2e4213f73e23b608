"""Tables for people."""

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime

#: Columns of a line that nobody reads on a terminal.
_ENDLESS = 10_000


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their heads, as wide as the terminal needs; "" for None."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*map(_cell, row))
    # Into a file or another program goes everything; titles hold brackets, which are no mark-up of ours.
    width = None if sys.stdout.isatty() else _ENDLESS
    Console(width=width, highlight=False, markup=False, emoji=False).print(table, soft_wrap=False)


def _cell(value: object) -> str:
    """The value on one line, without characters that a terminal would obey."""
    text = "" if value is None else str(value)
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)


def minute(at: datetime | None) -> str:
    """A time as people here read it, +08:00; "" for None."""
    from pusher.clock import CHINA

    return "" if at is None else f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
