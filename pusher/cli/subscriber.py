"""`pusher subscriber`: one person at a time. Addresses are shown masked, and never repeated in a sentence."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from pusher.cli.keeper import names_seen_by
from pusher.cli.rights import correct, erase, export
from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.cli.table import print_table
from pusher.cli.who import guessed, number_of


@click.group()
def subscriber() -> None:
    """Add, show, correct and erase subscribers."""


for _right in (correct, export, erase):
    subscriber.add_command(_right)


@subscriber.command()
@click.option("--name", default="", help="As templates may address the person.")
@click.option(
    "--address", "addresses", multiple=True, required=True, metavar="KIND:VALUE", help="phone:…, email:…, openid:…"
)
@click.option(
    "--subscribe",
    "wishes",
    multiple=True,
    metavar="DOMAIN[:AREA[:LEAST]]",
    help="education, education:360403:blue, hazard:11B03::orange …",
)
@click.option("--preference", type=click.Choice(("first", "all")), default="first", show_default=True)
@click.option("--confirmed", is_flag=True, help="The person agreed provably; without it nothing is sent yet.")
@actor
@click.pass_obj
@command
async def add(
    settings: Path,
    *,
    name: str,
    addresses: Sequence[str],
    wishes: Sequence[str],
    preference: str,
    confirmed: bool,
    actor: str,
) -> None:
    """Take a person in, the addresses in order of choice; who is known already gets the rest added."""
    from subscribers.people import add_subscriber

    async with store(settings) as opened:
        taxonomy = opened.plan.taxonomy
        known = {domain.code for domain in taxonomy.domains}
        subscriptions = [_wish(wish, known, area=taxonomy.area) for wish in wishes]
        _check_areas(subscriptions, taxonomy)
        split = [_split(address) for address in addresses]
        async with opened.database.write() as connection:
            number = await add_subscriber(
                connection,
                opened.ring,
                name=name,
                addresses=split,
                subscriptions=subscriptions,
                preference=preference,
                language="zh",
                source=f"operator {actor}",
                at=opened.now(),
                confirmed=confirmed,
            )
            target = f"subscriber {number}"
            await opened.audit(connection, actor=actor, action="subscriber add", target=target)
    click.echo(f"subscriber {number}" + ("" if confirmed else ", not confirmed: nothing is sent to a new address yet"))


@subscriber.command()
@click.argument("who", metavar="ADDRESS|NUMBER")
@click.option("--reveal", is_flag=True, help="Show name and addresses in clear.")
@actor
@as_json
@click.pass_obj
@command
async def show(settings: Path, *, who: str, reveal: bool, actor: str, as_json: bool) -> None:
    """One person: addresses (masked), subscriptions, groups, and the history of consent; who looked is written down."""
    from pusher.report import person as report
    from subscribers.person import show as stored

    async with store(settings) as opened:
        async with opened.database.read() as connection:
            number = await number_of(connection, opened.ring, who)
            person = await stored(connection, opened.ring, number)
            revealed = await report.values(connection, opened.ring, number) if reveal else None
            seen = await names_seen_by(connection, opened, actor)
        if person is None:
            fail(f"there is no subscriber {number}")
        async with opened.database.write() as connection:
            action = "subscriber reveal" if reveal else "subscriber show"
            await opened.audit(connection, actor=actor, action=action, target=f"subscriber {number}")
    told = report.to_json(report.as_seen(person, seen), revealed)
    if as_json:
        print_json(told)
    else:
        _print(told)


@subscriber.command()
@click.argument("who", metavar="ADDRESS|NUMBER")
@click.argument("place", metavar="LATITUDE,LONGITUDE|none")
@click.option(
    "--datum",
    type=click.Choice(("wgs-84", "gcj-02", "bd-09")),
    default="wgs-84",
    show_default=True,
    help="Coordinates of GPS and 天地图, of 高德 and 腾讯, or of 百度.",
)
@actor
@click.pass_obj
@command
async def locate(settings: Path, *, who: str, place: str, datum: str, actor: str) -> None:
    """Keep where a person says that they live, to about a hundred metres, for warnings with a polygon; or forget it."""
    from subscribers.people import locate as keep

    point = None if place == "none" else _point(place, datum)
    async with store(settings) as opened, opened.database.write() as connection:
        number = await number_of(connection, opened.ring, who)
        source = f"operator {actor}"
        await keep(connection, number, point, source=source, at=opened.now())
        await opened.audit(connection, actor=actor, action="subscriber locate", target=f"subscriber {number}")
    click.echo(f"subscriber {number} " + ("has no position of their own" if point is None else "is located"))


@subscriber.command()
@click.argument("address")
@actor
@click.pass_obj
@command
async def restore(settings: Path, *, address: str, actor: str) -> None:
    """Write to a suppressed ADDRESS again: its owner came back, or the mailbox is mended."""
    from subscribers import address_form, consent

    kind, text = guessed(address)
    value = address_form.normalise(kind, text)
    async with store(settings) as opened, opened.database.write() as connection:
        fingerprint = opened.ring.fingerprint(kind, address_form.identity(kind, value))
        source = f"operator {actor}"
        if not await consent.restore(connection, kind, fingerprint, source=source, at=opened.now()):
            fail("this address is not suppressed: `pusher subscriber show ADDRESS` says how it stands")
        hint = address_form.hint(kind, value)
        await opened.audit(connection, actor=actor, action="subscriber restore", target=f"{kind} {hint}")
    click.echo(f"{hint} is no longer suppressed; one that was never confirmed waits for its confirmation")


def _point(text: str, datum: Any) -> Any:
    from subscribers.position import coarse

    try:
        latitude, longitude = map(float, text.split(","))
    except ValueError:
        fail("a position is LATITUDE,LONGITUDE in degrees, such as 29.705,115.991, or none")
    return coarse(latitude, longitude, datum)


def _split(address: str) -> tuple[str, str]:
    from subscribers.address_form import KINDS

    kind, colon, text = address.partition(":")
    if not colon or kind not in KINDS:
        fail(f"an address must be written as KIND:VALUE, where KIND is one of {', '.join(KINDS)}")
    return kind, text


def _wish(text: str, known: set[str], *, area: str) -> Any:
    from pusher.warnings.hazard import HAZARD, all_families
    from subscribers.enrol import Subscription
    from subscribers.topic import Severity

    start = HAZARD if text.startswith(HAZARD) else ""
    named, _, rest = text.removeprefix(start).partition(":")
    domain = f"{start}{named}"
    where, _, least = rest.partition(":")
    if start and domain not in all_families():
        fail(f"{text}: there is no hazard {named!r}; `pusher warn hazards` lists them (11B = all of weather)")
    if not start and domain not in known:
        fail(f"{text}: there is no domain {domain!r}; `pusher domains` lists them")
    if least and least.upper() not in Severity.__members__:
        fail(f"{text}: the least severity must be one of {', '.join(level.name.lower() for level in Severity)}")
    return Subscription(domain, where or area, Severity[least.upper()] if least else Severity.NOTICE)


def _check_areas(wishes: Sequence[Any], taxonomy: Any) -> None:
    """End the command for an area from which nothing can ever come: it is mistyped."""
    from subscribers.topic import area_code, areas_meet

    known = [taxonomy.area, *(place.code for place in taxonomy.places)]
    for wish in wishes:
        code = area_code(wish.area)
        if code.isdecimal() and taxonomy.area and not any(areas_meet(code, area_code(each)) for each in known if each):
            fail(f"nothing comes from the area {code}: the taxonomy {taxonomy.name} has none that meets it")


def _print(told: Mapping[str, Any]) -> None:
    name = f" {told['name']}" if told["name"] else ""
    click.echo(
        f"subscriber {told['number']}{name}: wants messages on {told['preference']}, language {told['language']}"
    )
    print_table(
        ("kind", "address", "standing", "why"),
        [(each["kind"], each["address"], each["standing"], each["reason"]) for each in told["addresses"]],
    )
    for each in told["subscriptions"]:
        click.echo(f"wants {each['domain']} in {each['area']} from {each['least']} on")
    click.echo(_times(told))
    for name in told["groups"]:
        click.echo(f"listed in {name}")
    for each in told["positions"]:
        click.echo(f"lives near {each['latitude']:.3f},{each['longitude']:.3f}")
    print_table(
        ("when", "address", "act", "source", "about"),
        [(each["at"][:19], each["kind"], each["act"], each["source"], each["about"]) for each in told["history"]],
    )


def _times(told: Mapping[str, Any]) -> str:
    """How often, and when not."""
    often = {
        "at_once": "hears at once",
        "daily": f"hears daily at {told['digest_hour']:02}:00",
        "weekly": f"hears on Mondays at {told['digest_hour']:02}:00",
        "urgent": "hears of warnings only",
    }[told["frequency"]]
    quiet = told["quiet"]
    return often + (f"; quiet {quiet[0]}-{quiet[1]}, but for warnings from {told['urgent']} on" if quiet else "")
