"""`pusher channel`: the ways out, and one real test message over one of them."""

from pathlib import Path

import click

from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.cli.table import print_table


@click.group()
def channel() -> None:
    """List the kinds of channel; send a test message."""


@channel.command()
@as_json
@click.pass_obj
@command
async def kinds(settings: Path, *, as_json: bool) -> None:  # noqa: ARG001 - every command is given the settings
    """All kinds of channel that there are."""
    from pusher.kinds import KINDS

    if as_json:
        print_json(
            [
                {
                    "kind": each.name,
                    "bulk": each.bulk,
                    "receipts": each.receipts,
                    "inbound": each.inbound,
                    "extra": each.extra,
                }
                for each in KINDS.values()
            ]
        )
    else:
        print_table(
            ("kind", "reaches people by", "bulk", "receipts", "inbound", "extra", "what it is for"),
            [
                (
                    each.name,
                    each.address,
                    _yes(each.bulk),
                    _yes(each.receipts),
                    _yes(each.inbound),
                    each.extra,
                    each.summary,
                )
                for each in KINDS.values()
            ],
        )


@channel.command("list")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, as_json: bool) -> None:
    """The channels of the settings, and the routes that use each."""
    from pusher.settings.read import read

    plan = read(settings)
    rows = [
        {
            "name": each.name,
            "kind": "failover" if each.members else each.kind.name,
            "address": each.kind.address,
            "members": list(each.members),
            "routes": [name for name, route in plan.settings.routes.items() if each.name in route.channels],
        }
        for each in plan.channels.values()
    ]
    if as_json:
        print_json(rows)
    else:
        print_table(
            ("name", "kind", "reaches people by", "tries in order", "used by routes"),
            [
                (row["name"], row["kind"], row["address"], _listed(row["members"]), _listed(row["routes"]))
                for row in rows
            ],
        )


@channel.command()
@click.argument("name")
@click.argument("address", default="")
@actor
@as_json
@click.pass_obj
@command
async def test(settings: Path, *, name: str, address: str, actor: str, as_json: bool) -> None:
    """Send one real message, marked 测试, over channel NAME to ADDRESS; print what came back.

    A public place such as the board needs no ADDRESS: the post is put up and taken down again.
    Exit codes: 0 it was taken, 2 it was not.
    """
    from pusher.cli.trial_message import deliver

    async with store(settings) as opened:
        if name not in opened.plan.channels:
            fail(f"there is no channel {name!r}; `pusher channel list` shows those of the settings")
        told = await deliver(opened, name, address, actor)
    if as_json:
        print_json(told)
    else:
        click.echo(" ".join(filter(None, (told["outcome"], told["code"], told["detail"], told["provider_id"]))))
    if told["outcome"] not in ("sent", "delivered"):
        fail(f"the message was not taken: {told['detail'] or told['code']}")


def _yes(value: bool) -> str:  # noqa: FBT001 - it prints one
    return "yes" if value else ""


def _listed(names: object) -> str:
    return ", ".join(names) if isinstance(names, list) else ""
