"""`pusher qr`: the code for a poster, by which passers-by follow the account and subscribe in one scan."""

from pathlib import Path

import click

from channels.failure import SendError
from pusher.cli.session import actor, command, fail
from pusher.cli.wechat import account_of
from pusher.settings.read import Plan, read

#: Kinds of file, by ending.
_KINDS = ("svg", "png")


@click.command()
@click.argument("domain")
@click.argument("area")
@click.option("--out", "file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="FILE.svg or .png")
@click.option("--channel", default="", help="Name of the account's channel, where there are several.")
@actor
@click.pass_obj
@command
async def qr(settings: Path, *, domain: str, area: str, file: Path, channel: str, actor: str) -> None:
    """Make the permanent code that subscribes to DOMAIN in AREA (a code or a name), as a picture."""
    import segno

    if file.suffix.removeprefix(".").lower() not in _KINDS:
        fail(f"{file} must end in .svg or .png")
    plan = read(settings)
    code, place = _domain(plan, domain), _area(plan, area)
    async with account_of(settings, channel or _only_account(plan)) as (opened, account):
        try:
            url = await account.permanent_code(f"DY_{code}_{place}")
        except SendError as failure:
            fail(f"the platform makes no code for this account: {failure}")
        async with opened.database.write() as connection:
            await opened.audit(connection, actor=actor, action="qr code", target=f"{code} {place}")
    segno.make(url, error="q").save(str(file), scale=12, border=4)
    click.echo(
        f"{file}: whoever scans it subscribes to {plan.taxonomy.name_of(code)} in {plan.taxonomy.name_of(place)}"
    )


def _domain(plan: Plan, named: str) -> str:
    found = next((one.code for one in plan.taxonomy.domains if named in (one.code, one.name)), "")
    return found or fail(f"there is no domain {named!r}; `pusher domains` lists them")


def _area(plan: Plan, named: str) -> str:
    places = plan.taxonomy.places
    found = next((place.code for place in places if named in (place.code, place.name, *place.also)), "")
    return found or fail(f"there is no area {named!r} in the taxonomy {plan.taxonomy.name}")


def _only_account(plan: Plan) -> str:
    names = [name for name, configured in plan.channels.items() if configured.kind.name == "wechat"]
    if len(names) != 1:
        fail(
            "name the account: --channel "
            + (" or ".join(names) or "NAME (the settings have no channel of kind wechat)")
        )
    return names[0]
