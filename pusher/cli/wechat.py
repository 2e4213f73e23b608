"""`pusher wechat`: what an operator does with an official account itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    """Put the menu of the settings ([[channels.NAME.menu]]) there."""
    async with account_of(settings, name) as (opened, account):
        if not opened.plan.channels[name].settings.menu:
            fail(f"the settings name no menu: write [[channels.{name}.menu]] first")
        count = await account.upload_menu()
        async with opened.database.write() as connection:
            await opened.audit(connection, actor=actor, action="wechat menu", target=f"channel {name}")
    click.echo(f"uploaded: {count} of 3 places are filled; people see it within a day, or at once after following anew")


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
    from pusher.custody.followers import followers_of

    told: list[dict[str, Any]] = []
    async with account_of(settings, name) as (opened, account):
        known = await account.tags()
        for domain in opened.plan.taxonomy.domains:
            async with opened.database.read() as connection:
                wanted = await followers_of(connection, opened.ring, domain.code)
            number = known.get(domain.name)
            present = {openid async for openid in account.members(number)} if number is not None else set()
            missing, surplus = wanted - present, present - wanted
            told.append({"tag": domain.name, "members": len(present), "missing": len(missing), "surplus": len(surplus)})
            if is_meant and (missing or surplus):
                number = number if number is not None else await account.create_tag(domain.name)
                await account.tag(number, sorted(missing))
                await account.untag(number, sorted(surplus))
        if is_meant:
            async with opened.database.write() as connection:
                await opened.audit(connection, actor=actor, action="wechat tags", target=f"channel {name}")
    if as_json:
        print_json(told)
    else:
        print_table(("tag", "members", "missing", "surplus"), [tuple(each.values()) for each in told])


@asynccontextmanager
async def account_of(settings: Path, name: str) -> AsyncIterator[tuple[Any, Any]]:
    """The open store and the account behind the channel NAME."""
    import aiohttp

    from channels.channel import Outside
    from channels.wechat.account import Account
    from channels.wechat.settings import WeChatSettings
    from pusher.deliver.token_store import DatabaseTokens
    from pusher.posts import poster

    async with store(settings) as opened:
        configured = opened.plan.channels.get(name)
        if configured is None or not isinstance(configured.settings, WeChatSettings):
            fail(f"{name!r} is no channel of kind wechat; `pusher channel list` shows those of the settings")
        async with aiohttp.ClientSession(trust_env=False) as http:
            outside = Outside(
                http=http,
                tokens=DatabaseTokens(opened.database, opened.ring),
                post_notice=poster(opened.database, opened.now),
                now=opened.now,
                public_url=opened.plan.public_url,
                derive=opened.ring.derive,
            )
            yield opened, Account(configured.settings, outside)
