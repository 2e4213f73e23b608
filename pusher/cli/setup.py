"""`pusher init` and `pusher key`: what a new installation needs before it runs."""

import secrets
from pathlib import Path

import click

from pusher.cli.session import actor, command, fail, store
from pusher.personal_key import key_digest


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where to write; it is made if it is not there. Without it: here, or where --settings says.",
)
@click.pass_obj
@command
async def init(settings: Path, *, folder: Path | None) -> None:
    """Write a commented settings file, a data folder and a key ring; never over an existing one."""
    path = settings if folder is None else folder / settings.name
    _write(path)
    click.echo(f"written: {path}, and the key ring {_key_file(path)}: keep a copy of it in a safe place")
    click.echo("next: change the settings, then `pusher check` and `pusher run`")


@click.group()
def key() -> None:
    """Make keys for programs that post items."""


@key.command()
@click.argument("name")
@actor
@click.pass_obj
@command
async def new(settings: Path, name: str, actor: str) -> None:
    """Print a new key for the program NAME, once, and the line for the settings that lets it in."""
    if not (name.isascii() and name.replace("_", "").replace("-", "").isalnum()):
        fail(f"{name!r} cannot be the name of a program: use letters, digits, - and _")
    made = secrets.token_urlsafe(32)
    async with store(settings) as opened, opened.database.write() as connection:
        await opened.audit(connection, actor=actor, action="key new", target=f"program {name}")
    click.echo(f"key for {name}, shown only now: {made}")
    click.echo("put this line into the settings, under [api.keys]:")
    click.echo(f'{name} = "{key_digest(made)}"')


def _write(path: Path) -> None:
    from pusher.settings.sample import SAMPLE
    from subscribers.keys import KeyRing

    keys = _key_file(path)
    for present in (path, keys):
        if present.exists():
            fail(f"{present} is there already and is not written over: choose another place with --folder")
    keys.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys.parent.chmod(0o700)
    KeyRing.generate().save(keys)
    # Whoever puts a password into it shall not find it open to everybody.
    path.touch(mode=0o600)
    path.write_text(SAMPLE, encoding="utf-8")


def _key_file(path: Path) -> Path:
    return path.parent / "data" / "keys"
