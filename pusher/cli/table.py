"""Tables for people."""

from collections.abc import Iterable, Sequence


def print_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their heads, as wide as the terminal needs; "" for None."""
    from rich.console import Console  # noqa: PLC0415 - only commands that print tables pay for it
    from rich.table import Table  # noqa: PLC0415

    table = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    Console(highlight=False, soft_wrap=False).print(table)
