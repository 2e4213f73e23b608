"""`pusher cap`: alerts of the Common Alerting Protocol in files. No settings file and no database is needed."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import click

from pusher.cli.session import as_json, command, fail, print_json

_file = click.Path(path_type=Path)


@click.group()
def cap() -> None:
    """Check, convert, sign and verify alerts in files."""


@cap.command("check")
@click.argument("files", nargs=-1, required=True, type=_file, metavar="FILE…")
@as_json
@click.pass_obj
@command
async def check_(settings: Path, *, files: tuple[Path, ...], as_json: bool) -> None:  # noqa: ARG001 - needs none
    """Check alerts against CAP 1.0, 1.1, 1.2 or the profile of the national system (12379).

    Exit codes: 0 all are right, 1 one is not, 2 a file cannot be read.
    """
    wrong = unread = 0
    for file in files:
        told = _checked(file)
        unread += told is None
        if told is None:
            continue
        wrong += not told["ok"]
        if as_json:
            print_json(told)
        else:
            _print(told)
    if unread:
        fail(f"files that cannot be read: {unread}")
    if wrong:
        raise SystemExit(1)


@cap.command()
@click.argument("file", type=_file)
@click.option("--to", "form", type=click.Choice(["cap", "12379"]), required=True, help="What to write.")
@click.option("--first", default="", help="12379: identifier of the first message of the chain, for updates and ends.")
@click.pass_obj
@command
async def convert(settings: Path, *, file: Path, form: str, first: str) -> None:  # noqa: ARG001 - needs none
    """Write the alert of FILE as CAP 1.2 or as a message of the national system, to standard output."""
    from pusher.warnings.cap import convert as converting
    from pusher.warnings.cap.error import InvalidError

    try:
        written = converting.convert(_bytes(file), form, first=first)
    except InvalidError as error:
        fail("\n".join(f"{each.element}: {each.text}" for each in error.errors))
    except ValueError as error:
        fail(f"{file}: {error}")
    sys.stdout.buffer.write(written)


@cap.command()
@click.argument("file", type=_file)
@click.option("--key", type=_file, required=True, help="Private key (PEM, without a password).")
@click.option("--certificate", type=_file, required=True, help="Its certificate (PEM).")
@click.pass_obj
@command
async def sign(settings: Path, *, file: Path, key: Path, certificate: Path) -> None:  # noqa: ARG001 - needs none
    """Write the alert of FILE with a signature, to standard output."""
    signature = _signature()
    from pusher.warnings.cap import read, write

    document = read.read(_bytes(file))
    if document.kind != "alert":
        fail(f"{file} holds no single alert; see `pusher cap check`")
    try:
        signed = signature.sign(document.alerts[0].node, key=_bytes(key), certificate=_bytes(certificate))
    except signature.SignatureError as error:
        fail(f"{file}: {error}")
    sys.stdout.buffer.write(write.to_bytes(signed))


@cap.command()
@click.argument("file", type=_file)
@click.option("--certificate", type=_file, required=True, help="The certificate of whom you trust (PEM).")
@click.pass_obj
@command
async def verify(settings: Path, *, file: Path, certificate: Path) -> None:  # noqa: ARG001 - needs none
    """Check the signature of the alert in FILE. Exit codes: 0 it fits, 1 it does not, 2 it could not be checked."""
    signature = _signature()
    document, trusted = _bytes(file), _bytes(certificate)
    try:
        signed = signature.verify(document, certificate=trusted)
    except signature.SignatureError as error:
        fail(f"{file}: {error}", 1)
    click.echo(f"signed by {signed.subject}, whose certificate is valid until {signed.valid_until:%Y-%m-%d}")


def _signature() -> ModuleType:
    try:
        from pusher.warnings.cap import signature
    except ModuleNotFoundError:
        from pusher.warnings.certificate import MISSING

        fail(MISSING)
    return signature


def _checked(file: Path) -> dict[str, Any] | None:
    from pusher.warnings.cap.check import check

    try:
        body = file.read_bytes()
    except OSError as error:
        click.echo(f"{file} cannot be read: {error.strerror}", err=True)
        return None
    return check(body).to_json(str(file))


def _print(told: dict[str, Any]) -> None:
    said = " ".join(filter(None, (told["kind"], told["profile"])))
    click.echo(f"{told['file']}: {'ok' if told['ok'] else 'not ok'} ({said})")
    for error in told["errors"]:
        place = f"line {error['line']}" if error["line"] else "-"
        click.echo(f"  {place}  {error['element'] or 'document'}  [{error['rule']}] {error['text']}")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
