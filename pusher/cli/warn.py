"""`pusher warn`: the whole life of a warning from a terminal, for the night when no web page answers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click

from pusher.cli.session import actor, as_json, command, counted, fail, must_show_key, numbered, print_json, store
from pusher.cli.table import minute, print_table
from pusher.cli.warning_shown import page_line, page_of, print_roll_call, print_status, show_version

_LEVELS = ("blue", "yellow", "orange", "red")
#: Seconds between two looks of `status --follow`.
_LOOK = 1.0

level_typed = click.option(
    "--level",
    type=click.Choice(_LEVELS),
    help="The warning's level, typed by you: it must be the right one. Asked for where it is left out.",
)


with_map = click.option(
    "--map", "map_file", type=click.Path(path_type=Path, dir_okay=False), help="Write the map of its area to FILE.svg."
)


@click.group()
def warn() -> None:
    """Draft, check, approve, end and follow disaster warnings."""


@warn.command()
@as_json
@click.pass_obj
@command
async def hazards(settings: Path, *, as_json: bool) -> None:  # noqa: ARG001 - every command is given the settings
    """All hazards with their codes in the national system."""
    from pusher.warnings.hazard import hazards as known

    if as_json:
        print_json([{"code": each.code, "name": each.name, "category": each.category} for each in known().values()])
    else:
        print_table(("code", "name", "category"), [(each.code, each.name, each.category) for each in known().values()])


@warn.command()
@click.argument("hazard")
@click.argument("level", type=click.Choice(_LEVELS))
@click.pass_obj
@command
async def prepared(settings: Path, *, hazard: str, level: str) -> None:
    """A draft of HAZARD (name or code) at LEVEL with the words prepared for it, as a file to be filled in."""
    from pusher.warnings.draft_file import prepared_draft
    from subscribers.topic import Severity

    async with store(settings) as opened:
        click.echo(prepared_draft(hazard, Severity[level.upper()], opened.plan.settings.warnings), nl=False)


@warn.command()
@click.argument("number", type=numbered)
@actor
@as_json
@click.pass_obj
@command
async def rehearse(settings: Path, *, number: int, actor: str, as_json: bool) -> None:
    """Take a draft's whole way on the live lists with nothing sent to anybody, and report how it went."""
    from dataclasses import asdict

    from pusher.warnings.rehearsal import rehearse as carry_out

    async with _office(settings, actor) as office:
        told = await carry_out(office, number, by=actor)
    if as_json:
        print_json(asdict(told))
    else:
        click.echo(f"rehearsed, sent to nobody: {told.headline}")
        columns = ("channel", "planned", "sent", "suppressed", "resting", "first", "50 %", "95 %", "last")
        print_table(columns, [tuple(asdict(each).values()) for each in told.channels])
    if not told.is_complete:
        fail("not everybody who was matched was reached in the rehearsal", 1)


@warn.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--status",
    type=click.Choice(["actual", "exercise", "test"]),
    help="Live or a drill.  [default: actual, with --update that of its chain]",
)
@click.option("--public-test", default="", help="Name of a test that the public shall get; only with --status test.")
@click.option("--update", "updated", type=numbered, help="It takes the place of what this warning's chain says.")
@actor
@as_json
@click.pass_obj
@command
async def draft(
    settings: Path, *, file: Path, status: str | None, public_test: str, updated: int | None, actor: str, as_json: bool
) -> None:
    """Draft a warning (制作) from FILE, a TOML table; see docs/warnings.md. Nothing goes out yet."""
    from pusher.warnings.draft_file import read_draft
    from pusher.warnings.warning import Status

    if updated is not None and (status or public_test):
        # A chain stays what it began as; a drill that was asked for must not go out live.
        fail("--status and --public-test are those of the first version: leave them out with --update")
    async with _office(settings, actor) as office:
        content = read_draft(file, office.settings, at=office.now())
        if updated is None:
            version = await office.draft(content, by=actor, status=Status(status or "actual"), public_test=public_test)
        else:
            version = await office.update(updated, content, by=actor)
        await show_version(office, version.id, as_json=as_json)


@warn.command()
@click.argument("number", type=numbered)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@actor
@as_json
@click.pass_obj
@command
async def update(settings: Path, *, number: int, file: Path, actor: str, as_json: bool) -> None:
    """Draft a new version (更新、升级、降级) of warning NUMBER from FILE; it takes the place of what was said."""
    from pusher.warnings.draft_file import read_draft

    async with _office(settings, actor) as office:
        content = read_draft(file, office.settings, at=office.now())
        version = await office.update(number, content, by=actor)
        await show_version(office, version.id, as_json=as_json)


@warn.command()
@click.argument("number", type=numbered)
@actor
@as_json
@click.pass_obj
@command
async def send(settings: Path, *, number: int, actor: str, as_json: bool) -> None:
    """Make sure that warning NUMBER is sent: its last approval does it, so this says what is missing, if anything."""
    from pusher.warnings import life
    from pusher.warnings import store as warnings
    from pusher.warnings.office import OUT

    async with _office(settings, actor) as office, office.database.read() as connection:
        version = await warnings.get(connection, number)
        if version.state not in OUT:
            missing = life.missing(version, office.settings)
            fail(f"warning {number} is {version.state} and has not been sent" + (f": {missing}" if missing else ""))
        if as_json:
            print_json({"id": version.id, "state": version.state.value, "identifier": version.identifier})
        else:
            click.echo(f"warning {number} was sent as {version.identifier}: `pusher warn status {number} --follow`")


@warn.command("list")
@click.option("--limit", default=20, show_default=True, type=counted, help="How many, newest first.")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, limit: int, as_json: bool) -> None:
    """The newest warnings and where each stands."""
    from pusher.warnings import store as warnings
    from pusher.warnings.hazard import hazard

    async with store(settings) as opened, opened.database.read() as connection:
        found = await warnings.latest(connection, limit=limit)
    rows = [
        {
            "id": each.id,
            "chain": each.chain,
            "version": each.version,
            "act": each.act.value,
            "state": each.state.value,
            "status": each.status.value,
            "hazard": each.content.hazard,
            "level": each.content.level.name.lower(),
            "areas": list(each.content.areas),
            "expires": each.content.expires.isoformat(),
            "drafted_by": each.drafted_by,
        }
        for each in found
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("number", "chain", "act", "state", "live", "hazard", "level", "areas", "expires", "drafted by"),
        [
            (
                each.id,
                each.chain,
                each.act,
                each.state,
                each.status.drill or "live",
                getattr(hazard(each.content.hazard), "name", each.content.hazard),
                each.content.level.name.lower(),
                " ".join(each.content.areas),
                minute(each.content.expires),
                each.drafted_by,
            )
            for each in found
        ],
    )


@warn.command()
@click.argument("number", type=numbered)
@with_map
@as_json
@click.pass_obj
@command
async def show(settings: Path, *, number: int, map_file: Path | None, as_json: bool) -> None:
    """What an approver must see: live or drill, people by channel and area, what changed, what is to be mended."""
    async with _office(settings, "") as office:
        await show_version(office, number, as_json=as_json, map_file=map_file)


@warn.command()
@click.argument("number", type=numbered)
@actor
@as_json
@click.pass_obj
@command
async def check(settings: Path, *, number: int, actor: str, as_json: bool) -> None:
    """复核 by somebody who did not draft it."""
    await _act(settings, actor, as_json, lambda office: office.check(number, by=actor))


@warn.command()
@click.argument("number", type=numbered)
@level_typed
@with_map
@actor
@as_json
@click.pass_obj
@command
async def approve(
    settings: Path, *, number: int, level: str | None, map_file: Path | None, actor: str, as_json: bool
) -> None:
    """签发: approve it. The last approval that is needed sends it at once.

    Without --level it is shown first (with --map: and its map written), and the level is asked for.
    """
    from subscribers.topic import Severity

    if level is None:
        async with _office(settings, actor) as office:
            await show_version(office, number, as_json=False, map_file=map_file)
    typed = level or click.prompt("Type the level to send it", type=click.Choice(_LEVELS), show_choices=False)
    await _act(settings, actor, as_json, lambda office: office.approve(number, by=actor, level=Severity[typed.upper()]))


@warn.command()
@click.argument("number", type=numbered)
@level_typed
@click.option("--reason", required=True, help="Why one person must decide alone; told to the others and kept.")
@actor
@as_json
@click.pass_obj
@command
async def override(settings: Path, *, number: int, level: str | None, reason: str, actor: str, as_json: bool) -> None:
    """Send it alone in an emergency, soon after it was drafted: by name and reason, told at once to the others."""
    from subscribers.topic import Severity

    typed = level or click.prompt("Type the level to send it", type=click.Choice(_LEVELS), show_choices=False)
    await _act(
        settings,
        actor,
        as_json,
        lambda office: office.override(number, by=actor, level=Severity[typed.upper()], reason=reason),
    )


@warn.command()
@click.argument("number", type=numbered)
@click.option("--reason", default="", help="What is wrong with it.")
@actor
@as_json
@click.pass_obj
@command
async def reject(settings: Path, *, number: int, reason: str, actor: str, as_json: bool) -> None:
    """Give a draft up; it never goes out."""
    await _act(settings, actor, as_json, lambda office: office.reject(number, by=actor, reason=reason))


@warn.command()
@click.argument("number", type=numbered)
@click.option("--reason", default="", help="Why the danger is over; stands in the message.  [default: as prepared]")
@actor
@as_json
@click.pass_obj
@command
async def end(settings: Path, *, number: int, reason: str, actor: str, as_json: bool) -> None:
    """Draft 解除: it goes to exactly those who got the warning, once somebody else approves it."""
    await _act(settings, actor, as_json, lambda office: office.end(number, by=actor, reason=reason))


@warn.command()
@click.argument("number", type=numbered)
@click.option("--reason", default="", help="What was wrong; stands in the message.  [default: as prepared]")
@actor
@as_json
@click.pass_obj
@command
async def correct(settings: Path, *, number: int, reason: str, actor: str, as_json: bool) -> None:
    """Draft 误发: the warning was a mistake. It goes to exactly those who got it, once somebody else approves it."""
    await _act(settings, actor, as_json, lambda office: office.correct(number, by=actor, reason=reason))


@warn.command()
@click.argument("number", type=numbered)
@click.option("--follow", is_flag=True, help="Look again every second until everything has come to something.")
@click.option("--areas", is_flag=True, help="Count by area as well.")
@as_json
@click.pass_obj
@command
async def status(settings: Path, *, number: int, follow: bool, areas: bool, as_json: bool) -> None:
    """The stages of an issued warning by channel (and area), and the alarm when a channel falls behind.

    Exit codes: 0 nothing is wrong, 1 a channel fails or falls behind, 2 it has not gone out.
    """
    from pusher.warnings.progress import progress, to_json

    async with store(settings) as opened:
        while True:
            began = time.monotonic()
            async with opened.database.read() as connection:
                found = await progress(connection, number, areas=areas)
            # A look at every delivery of a city takes seconds: it must not be all that the database does.
            pause = max(_LOOK, 4 * (time.monotonic() - began))
            if found is None:
                fail(f"warning {number} has not gone out; see `pusher warn show {number}`")
            told = to_json(found, opened.now())
            if as_json:
                print_json(told)
            else:
                if follow:
                    click.clear()
                print_status(told)
            if not follow or found.is_over:
                break
            await asyncio.sleep(pause)
    if told["alarms"]:
        raise SystemExit(1)


@warn.command()
@click.argument("number", type=numbered)
@click.option("--form", type=click.Choice(["cap", "12379"]), default="cap", show_default=True)
@click.pass_obj
@command
async def document(settings: Path, *, number: int, form: str) -> None:
    """The issued warning as CAP 1.2 or as a message of the national system, to standard output."""
    from pusher.warnings import documents

    async with _office(settings, "") as office, office.database.read() as connection:
        written = await documents.document(connection, office, number, form)
    sys.stdout.buffer.write(written)


@warn.group("roll-call")
def roll_call() -> None:
    """叫应: who has answered a warning, and answers that come by telephone."""


@roll_call.command("show")
@click.argument("number", type=numbered)
@click.option("--missing", is_flag=True, help="Only those who have not answered.")
@as_json
@click.pass_obj
@command
async def roll_call_show(settings: Path, *, number: int, missing: bool, as_json: bool) -> None:
    """Who must answer warning NUMBER, and what became of each call. Exit codes: 0 all have answered, 1 not all."""
    from pusher.warnings.roll_call.desk import table, to_json

    async with store(settings) as opened:
        async with opened.database.read() as connection:
            found = await table(connection, number)
        told = to_json(found, opened.now())
    if missing:
        told["calls"] = [each for each in told["calls"] if each["waiting_s"] is not None]  # type: ignore[attr-defined]
    if as_json:
        print_json(told)
    else:
        print_roll_call(told)
    if found.missing:
        raise SystemExit(1)


@roll_call.command("answer")
@click.argument("call", type=numbered)
@click.option("--say", "said", multiple=True, metavar="QUESTION=ANSWER", help="What was answered; may be repeated.")
@actor
@click.pass_obj
@command
async def roll_call_answer(settings: Path, *, call: int, said: tuple[str, ...], actor: str) -> None:
    """Write down that whoever must answer CALL has answered, by telephone or in person."""
    async with _office(settings, actor) as office:
        await office.write_answer(call, by=actor, said=dict(each.partition("=")[::2] for each in said))
    click.echo(f"call {call} is answered")


async def _act(settings: Path, who: str, as_json: object, act: Callable[[Any], Awaitable[Any]]) -> None:
    async with _office(settings, who) as office:
        version = await act(office)
        if as_json:
            told = {"id": version.id, "state": version.state.value, "identifier": version.identifier}
            print_json({**told, "page": page_of(office, version)})
        else:
            click.echo(_sentence(version, office))
            if page := page_of(office, version):
                click.echo(page_line(page))


def _sentence(version: Any, office: Any) -> str:
    from pusher.warnings import life
    from pusher.warnings.warning import State

    number = version.id
    match version.state:
        case State.DRAFT:
            return (
                f"warning {number} is drafted: somebody else looks at it (`pusher warn show {number}`) and approves it"
            )
        case State.CHECKED:
            return f"warning {number} is checked; {life.needed(version, office.settings)} must approve it"
        case State.APPROVING:
            missing = life.needed(version, office.settings) - len(version.approved_by)
            return f"warning {number} has {len(version.approved_by)} approval(s); {missing} more must come"
        case State.REJECTED:
            return f"warning {number} is given up"
        case _:
            return f"warning {number} goes out as {version.identifier}: `pusher warn status {number} --follow`"


@asynccontextmanager
async def _office(settings: Path, who: str) -> AsyncIterator[Any]:
    """The office over the open store; an officer with a key of their own shows it in PUSHER_OFFICER_KEY."""
    from pusher.service import renderer, warning_office

    async with store(settings) as opened:
        officer = opened.plan.settings.warnings.officers.get(who)
        must_show_key(who, officer and officer.key)
        yield warning_office(opened, renderer(opened.plan), issued=lambda: None)
