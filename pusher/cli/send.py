"""`pusher send`: an item from the command line, for the day when no page and no program publishes it."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from channels.message import File
from pusher.cli.keeper import seen_by
from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.item import ONLY_TO

_LEVELS = ("notice", "blue", "yellow", "orange", "red")
#: Bytes of a text; what is longer belongs on a page of its own.
_LONGEST = 600_000


@click.command()
@click.option("--title", required=True, help="What it is about, in one line.")
@click.option("--body", help="A file with its text (UTF-8), or - for standard input.")
@click.option("--issuer", default="", help="Who publishes it, as people know it.")
@click.option("--url", default="", help="Where it stands in full.")
@click.option("--domain", "domains", multiple=True, help="Its domain, more than once if need be; else worked out.")
@click.option("--area", "areas", multiple=True, help="Its area as a division code; else worked out.")
@click.option(
    "--to", help="Only to these, over the routes that it takes: 低保户 且 非 已搬迁; see `pusher group count`."
)
@click.option("--severity", type=click.Choice(_LEVELS), default="notice", show_default=True)
@click.option(
    "--attach", "paths", multiple=True, help="A file that goes out with its mails, more than once if need be."
)
@actor
@as_json
@click.pass_obj
@command
async def send(
    settings: Path,
    *,
    title: str,
    body: str | None,
    issuer: str,
    url: str,
    domains: Sequence[str],
    areas: Sequence[str],
    severity: str,
    to: str | None,
    paths: Sequence[str],
    actor: str,
    as_json: bool,
) -> None:
    """Publish an item: it is reviewed, stored and routed like any other. Sending the same again changes nothing.

    The running service, or `pusher once`, plans it. A warning goes out when somebody else has approved it.
    """
    fields: dict[str, Any] = {
        "title": title,
        "issuer": issuer,
        "url": url,
        "severity": severity,
        "facts": {"author": actor},
    }
    fields |= {"body": _text(body), "domains": list(domains), "areas": list(areas)}
    fields["kind"] = "notice" if severity == "notice" else "warning"
    from pusher.cli.posting import post

    async with store(settings) as opened:
        unknown = set(domains) - {domain.code for domain in opened.plan.taxonomy.domains}
        if unknown:
            fail(f"there is no domain {min(unknown)!r}; `pusher domains` lists them")
        if to is not None:
            fields["facts"] |= {ONLY_TO: to}
            await _check_audience(opened, actor, to)
        told = await post(opened, json.dumps(fields).encode(), actor, _attached(paths))
    if as_json:
        print_json(told)
    else:
        click.echo(_sentence(told))


async def _check_audience(opened: Any, actor: str, to: str) -> None:
    """Raises SelectionError where the expression means nobody, or names lists of others."""
    from subscribers.expression import parse
    from subscribers.selecting import select

    async with opened.database.read() as connection:
        select(parse(to), await seen_by(connection, opened, actor), opened.ring)


def _text(body: str | None) -> str:
    """The text of a file or of standard input; ends the command where it cannot be used."""
    if body is None:
        return ""
    data = sys.stdin.buffer.read(_LONGEST + 1) if body == "-" else _bytes(Path(body))
    if len(data) > _LONGEST:
        fail(f"the text is longer than {_LONGEST} bytes: publish it on a page, and give its address with --url")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        fail("the text is not UTF-8: store it as UTF-8")


def _attached(paths: Sequence[str]) -> Sequence[File]:
    """The files that go with it. Raises FileError."""
    from pusher.review.files import LARGEST, checked, together

    return together([checked(Path(path).name, _bytes(Path(path), LARGEST)) for path in paths])


def _bytes(path: Path, longest: int = _LONGEST) -> bytes:
    with path.open("rb") as file:
        return file.read(longest + 1)


def _sentence(told: dict[str, Any]) -> str:
    known = "" if told["new"] else " (known already)"
    if told["state"] == "held":
        return f"item {told['item']}{known} is held, {'; '.join(told['why'])}: look at it, then `pusher item release`"
    approval = "; somebody else must approve it: `pusher broadcast list`" if told["severity"] != "notice" else ""
    return f"item {told['item']}{known}: the running service plans it, or `pusher once`{approval}"
