"""The file of a list as commands are given it: which column means what, and the refused rows in a file of their own."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pusher.cli.session import fail
from pusher.cli.working import working

#: What the columns mean; kept with the list.
column = click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="MEANING=HEADING",
    help="What a column means (手机=电话号码; 忽略=备注 passes it over); repeatable. [default: as before]",
)
mapping_file = click.option(
    "--mapping", type=click.Path(path_type=Path), help='A TOML file with the same: lines of "手机" = "电话号码".'
)
#: Whether the file is the whole list.
adds = click.option("--add", "adds", is_flag=True, help="Add the file's people to the list, and let nobody go.")


def stated_mapping(columns: Sequence[str], file: Path | None) -> Mapping[str, str] | None:
    """Heading → meaning; None if nothing is stated. Ends the command where it cannot be understood."""
    if not columns and file is None:
        return None
    pairs = [(meaning, heading) for meaning, _, heading in (each.partition("=") for each in columns)]
    pairs += _of_file(file) if file is not None else []
    stated: dict[str, str] = {}
    for meaning, heading in pairs:
        if not meaning.strip() or not heading.strip():
            fail("--column must be written as MEANING=HEADING, such as 手机=电话号码")
        stated[heading.strip()] = meaning.strip()
    return stated


async def read_list(file: Path, mapping: Mapping[str, str], *, stated: bool) -> Any:
    """The checked file. Ends the command if the mapping that is `stated` names a heading that is not there."""
    from subscribers.group_file import read_group_file

    with working("reading rows") as progress:
        listed = await read_group_file(file, mapping, progress)
    missing = set(mapping) - {heading.strip() for heading in listed.headings}
    if stated and missing:
        fail(f"the file has no column {min(missing)!r}; it has {', '.join(filter(None, listed.headings))}")
    return listed


def check_whole(listed: Any, *, is_whole: bool) -> None:
    """End the command where a file of refused rows would take the place of the list that they are missing from."""
    from subscribers.headings import REASON

    if not is_whole and REASON in listed.headings:
        fail("this file holds refused rows only: add them to the list with --add, or say --replace if it is the list")


def write_refused(listed: Any, path: Path | None) -> None:
    """Write the refused rows, with why, where they were asked for."""
    if path is None or not listed.refused_rows:
        return
    from subscribers.refused_rows import write_refused as write

    try:
        rows = write(listed, path)
    except FileExistsError:
        fail(f"{path} is there already: name a new file for the refused rows")
    click.echo(f"{rows} refused rows are in {path}: it holds personal data; delete it when they are mended", err=True)


def _of_file(path: Path) -> list[tuple[str, str]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fail(f"{path}: not a TOML file: {error}")
    if not all(isinstance(heading, str) for heading in table.values()):
        fail(f'{path}: every line must be written as MEANING = "HEADING"')
    return [(meaning, str(heading)) for meaning, heading in table.items()]
