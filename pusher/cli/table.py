"""Tables for people."""

from collections.abc import Iterable, Sequence
from datetime import datetime


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their heads, as wide as the terminal needs; "" for None."""
    from rich.console import Console  # noqa: PLC0415 - only commands that print tables pay for it
    from rich.table import Table  # noqa: PLC0415

    table = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(highlight=False, soft_wrap=False).print(table)


def minute(at: datetime | None) -> str:
    """A time as people here read it, +08:00; "" for None."""
    from pusher.clock import CHINA  # noqa: PLC0415 - it imports the rooms below

    return "" if at is None else f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"
