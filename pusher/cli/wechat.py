"""`pusher wechat`: what an operator does with an official account itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.cli.table import print_table


@click.group()
def wechat() -> None:
    """An official account's menu, tags and quotas; NAME is its channel in the settings."""


@wechat.group()
def menu() -> None:
    """What stands below every conversation."""


@menu.command()
@click.argument("name")
@as_json
@click.pass_obj
@command
async def show(settings: Path, *, name: str, as_json: bool) -> None:
    """The menu that stands there now."""
    async with account_of(settings, name) as (_, account):
        found = await account.menu()
    if as_json:
        print_json(found)
        return
    for each in found.get("button", ()):
        click.echo(each.get("name", ""))
        below = each.get("sub_button", ())
        for leaf in below.get("list", ()) if isinstance(below, dict) else below:
            click.echo(f"  {leaf.get('name', '')}: {leaf.get('url') or leaf.get('key') or leaf.get('value', '')}")


@menu.command()
@click.argument("name")
@actor
@click.pass_obj
@command
async def upload(settings: Path, *, name: str, actor: str) -> None:
    """Put the menu of the settings ([[channels.NAME.menu]]) there, if another stands there."""
    async with account_of(settings, name) as (opened, account):
        entries = opened.plan.channels[name].settings.menu
        if not entries:
            fail(f"the settings name no menu: write [[channels.{name}.menu]] first")
        if not await account.upload_menu(entries):
            click.echo("unchanged: this menu stands there already")
            return
        async with opened.database.write() as connection:
            await opened.audit(connection, actor=actor, action="wechat menu", target=f"channel {name}")
    click.echo(
        f"uploaded: {len(entries)} of 3 places are filled; people see it within a day, or at once after following anew"
    )


@wechat.command()
@click.argument("name")
@as_json
@click.pass_obj
@command
async def quota(settings: Path, *, name: str, as_json: bool) -> None:
    """What is left of the account's calls today."""
    from channels.wechat.account import CALLS

    async with account_of(settings, name) as (_, account):
        found = await account.quotas()
    told = [
        {"call": CALLS[each.path], "path": each.path, "limit": each.limit, "used": each.used, "left": each.left}
        for each in found
    ]
    if as_json:
        print_json(told)
    else:
        print_table(("call", "limit", "used", "left"), [(x["call"], x["limit"], x["used"], x["left"]) for x in told])


@wechat.command()
@click.argument("name")
@click.option("--apply", "is_meant", is_flag=True, help="Put it right; without it nothing is changed.")
@actor
@as_json
@click.pass_obj
@command
async def tags(settings: Path, *, name: str, is_meant: bool, actor: str, as_json: bool) -> None:
    """Compare the account's tags with who subscribed to which domain; --apply puts them right."""
    from pusher.custody.tags import compare

    async with account_of(settings, name) as (opened, account):
        domains = {domain.code: domain.name for domain in opened.plan.taxonomy.domains}
        found = await compare(account, opened.database, opened.ring, domains, is_meant=is_meant)
        if is_meant:
            async with opened.database.write() as connection:
                await opened.audit(connection, actor=actor, action="wechat tags", target=f"channel {name}")
    if as_json:
        told = [
            {"tag": each.name, "members": each.members, "missing": each.missing, "surplus": each.surplus}
            for each in found
        ]
        print_json(told)
    else:
        rows = [(each.name, each.members, each.missing, each.surplus) for each in found]
        print_table(("tag", "members", "missing", "surplus"), rows)


@wechat.command()
@click.argument("name")
@as_json
@click.pass_obj
@command
async def agreements(settings: Path, *, name: str, as_json: bool) -> None:
    """How many people agreed to notices (订阅通知) of each template, as far as the platform reported it."""
    from subscribers import agreements as ledger

    async with store(settings) as opened, opened.database.read() as connection:
        if name not in opened.plan.channels:
            fail(f"there is no channel {name!r}; `pusher channel list` shows those of the settings")
        found = await ledger.reached(connection, name)
    if as_json:
        print_json([asdict(each) for each in found])
    else:
        rows = [(each.template, each.people, each.unused, each.refused) for each in found]
        print_table(("template", "agreed", "unused", "refused"), rows)


@asynccontextmanager
async def account_of(settings: Path, name: str) -> AsyncIterator[tuple[Any, Any]]:
    """The open store and the account behind the channel NAME."""
    from channels.wechat.account import Account
    from channels.wechat.settings import WeChatSettings
    from pusher.app import open_outside
    from pusher.posts import poster

    async with store(settings) as opened:
        configured = opened.plan.channels.get(name)
        if configured is None or not isinstance(configured.settings, WeChatSettings):
            fail(f"{name!r} is no channel of kind wechat; `pusher channel list` shows those of the settings")
        async with open_outside(opened, poster(opened.database, opened.now)) as outside:
            yield opened, Account(configured.settings, outside)
