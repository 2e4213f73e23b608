"""Shows on a terminal that something is going on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def working(words: str, *, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A bar and the time it takes, on a terminal's standard error and nowhere else; yields how to say how far it is.

    Without `total` the bar only moves, and beside it stands how far it is.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _done: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(words, total=total)
        yield lambda done: progress.update(task, completed=done)
