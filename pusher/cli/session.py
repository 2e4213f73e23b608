"""What commands share: the settings, an open store, one sentence for every failure, and who acts."""

import asyncio
import functools
import getpass
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NoReturn, ParamSpec

import click

P = ParamSpec("P")

#: The number of an item or a broadcast: identities have 63 bits, and no driver takes a larger number.
numbered = click.IntRange(1, 2**63 - 1)

#: How many rows a list may show.
counted = click.IntRange(1, 100_000)

#: One line of JSON for programs instead of words for people.
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")

#: Who acts; stands in the audit log.
actor = click.option(
    "--as",
    "actor",
    default=lambda: os.environ.get("PUSHER_ACTOR") or getpass.getuser(),
    show_default="the system user",
    help="Who does this, for the audit log.",
)


def fail(sentence: str, code: int = 2) -> NoReturn:
    """End the command with one sentence on standard error."""
    click.echo(sentence, err=True)
    raise SystemExit(code)


def must_show_key(who: str, digest: str | None) -> None:
    """End the command unless `who` shows the key of this digest in PUSHER_OFFICER_KEY; None = no key is asked for."""
    from pusher.personal_key import is_key

    if digest is not None and not is_key(os.environ.get("PUSHER_OFFICER_KEY", ""), digest):
        fail(f"{who} must show their own key in PUSHER_OFFICER_KEY")


def print_json(value: object) -> None:
    """One line of JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def command(act: Callable[P, Awaitable[None]]) -> Callable[P, None]:
    """Run an asynchronous command; what the user can mend becomes one sentence and exit code 2."""

    @functools.wraps(act)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        from pusher.journal import configure

        # The log goes to standard error: what a program reads on standard output is the answer alone.
        configure()
        try:
            asyncio.run(_awaited(act(*args, **kwargs)))
        except Exception as error:
            from pusher.cli.mistakes import sentence_for

            sentence = sentence_for(error)
            if sentence is None:
                raise
            fail(sentence)

    return run


async def _awaited(work: Awaitable[None]) -> None:
    await work


@asynccontextmanager
async def store(settings: Path) -> AsyncIterator[Any]:
    """The open database and key ring of a short command (`pusher.app.Store`)."""
    from pusher import app
    from pusher.settings.read import read

    async with app.open_store(read(settings)) as opened:
        yield opened
