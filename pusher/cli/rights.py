"""What a person may ask for (个人信息保护法 Art. 44 to 47), as commands of `pusher subscriber`."""

import json
import os
from pathlib import Path

import click

from pusher.cli.keeper import names_seen_by
from pusher.cli.session import actor, command, fail, store
from pusher.cli.who import guessed, number_of


@click.command()
@click.argument("who", metavar="ADDRESS|NUMBER")
@click.option("--name", help='As templates may address the person; "" = not by name.')
@click.option("--language", type=click.Choice(("zh", "en")), help="What the person reads.")
@click.option("--replace", nargs=2, metavar="OLD NEW", help="Put an address in the place of one that is wrong.")
@click.option("--confirmed", is_flag=True, help="The new address is provably the person's own.")
@actor
@click.pass_obj
@command
async def correct(
    settings: Path,
    *,
    who: str,
    name: str | None,
    language: str | None,
    replace: tuple[str, str] | None,
    confirmed: bool,
    actor: str,
) -> None:
    """Put right what is stored of a person (个人信息保护法 Art. 46)."""
    from subscribers import correct

    if name is None and language is None and replace is None:
        fail("nothing to correct: say --name, --language or --replace")
    async with store(settings) as opened, opened.database.write() as connection:
        number = await number_of(connection, opened.ring, who)
        if name is not None:
            await correct.rename(connection, opened.ring, number, name)
        if language is not None:
            await correct.speak(connection, number, language)
        if replace is not None:
            old, new = map(guessed, replace)
            origin = {"source": f"operator {actor}", "at": opened.now(), "confirmed": confirmed}
            await correct.replace_address(connection, opened.ring, number, old, new, **origin)
        parts = {"name": name is not None, "language": language is not None, "address": replace is not None}
        changed = ", ".join(part for part, is_changed in parts.items() if is_changed)
        target = f"subscriber {number}"
        await opened.audit(connection, actor=actor, action="subscriber correct", target=target, detail=changed)
    click.echo(f"subscriber {number} is corrected: {changed}")
    if replace is not None and not confirmed:
        click.echo("nothing is sent to the new address before it is confirmed")


@click.command()
@click.argument("who", metavar="ADDRESS|NUMBER")
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), required=True, help="A new file.")
@actor
@click.pass_obj
@command
async def export(settings: Path, *, who: str, file: Path, actor: str) -> None:
    """Write all that is stored of a person into a file for him (JSON, in clear, readable by you alone).

    What lists of other departments say is left out, unless you may see all lists; the file names these departments.
    """
    from pusher.custody.export import everything

    async with store(settings) as opened, opened.database.write() as connection:
        number = await number_of(connection, opened.ring, who)
        seen = await names_seen_by(connection, opened, actor)
        told = await everything(connection, opened.ring, number, seen)
        if told is None:
            fail(f"there is no subscriber {number}")
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as written:
            json.dump(told, written, ensure_ascii=False, indent=2)
        detail = "without what lists of other departments say" if told["left_out"] else ""
        target = f"subscriber {number}"
        await opened.audit(connection, actor=actor, action="subscriber export", target=target, detail=detail)
    click.echo(f"written: {file}; hand it over safely, then delete it")
    for each in told["left_out"]:
        keeper = each["department"] or "a list without a department"
        click.echo(f"left out: what {keeper} keeps of this person; whoever may see its lists exports that")


@click.command()
@click.argument("who", metavar="ADDRESS|NUMBER")
@click.option("--yes", is_flag=True, help="It cannot be undone: say that it is meant.")
@actor
@click.pass_obj
@command
async def erase(settings: Path, *, who: str, yes: bool, actor: str) -> None:
    """Forget a person; only keyed fingerprints stay, which keep the addresses out of later imports."""
    from pusher.custody import erasure

    if not yes:
        fail("erasing a person cannot be undone: add --yes if it is meant")
    async with store(settings) as opened, opened.database.write() as connection:
        number = await number_of(connection, opened.ring, who)
        if not await erasure.erase(connection, number, source=f"operator {actor}", at=opened.now()):
            fail(f"there is no subscriber {number}")
        await opened.audit(connection, actor=actor, action="subscriber erase", target=f"subscriber {number}")
    click.echo(f"subscriber {number} is erased")
