"""`pusher bounce`: a mail that came back, for mail servers that hand it to a program."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from channels.receipt import Inbound, Receipt
from pusher.cli.session import as_json, command, fail, print_json, store


@click.command()
@click.argument("name", metavar="CHANNEL")
@click.argument("file")
@as_json
@click.pass_obj
@command
async def bounce(settings: Path, *, name: str, file: str, as_json: bool) -> None:
    """Read one mail that came back to CHANNEL (of kind smtp) from FILE, or from standard input with -.

    A bounce closes a dead address, a complaint or a mail to the address for leaving ends a subscription. Which address
    that is, only our own token in the mail says. Reading the same mail again changes nothing.
    """
    from channels.smtp import SmtpSettings
    from channels.smtp.returned import LONGEST, Returns
    from channels.smtp.tokens import TOKENS, Tokens
    from pusher.deliver import callbacks
    from pusher.settings.channels import speaking_for

    async with store(settings) as opened:
        configured = opened.plan.channels.get(name)
        if configured is None or not isinstance(configured.settings, SmtpSettings):
            fail(f"there is no channel {name!r} of kind smtp; `pusher channel list` shows those of the settings")
        returns = Returns(configured.settings, Tokens(opened.ring.derive(TOKENS)))
        answer = returns.read(_content(file, LONGEST), at=opened.now())
        told = _told(answer.receipts, answer.inbound) if answer else None
        if answer:
            async with opened.database.write() as connection:
                await callbacks.take(
                    connection,
                    opened.ring,
                    answer,
                    channels=speaking_for(opened.plan.channels, name),
                    address_kind=configured.kind.address,
                    at=opened.now(),
                )
    if as_json:
        print_json(told or {"says": "nothing", "key": None, "code": "", "detail": ""})
    else:
        click.echo(" ".join(filter(None, told.values())) if told else "says nothing of a mail of ours")


def _told(receipts: Sequence[Receipt], inbound: Sequence[Inbound]) -> dict[str, str]:
    """What the mail says, in words free of addresses."""
    for receipt in receipts:
        return {
            "says": receipt.outcome.value,
            "key": receipt.key or "",
            "code": receipt.code,
            "detail": receipt.detail,
        }
    (event,) = inbound
    return {"says": event.act, "key": event.key or "", "code": "", "detail": event.text}


def _content(file: str, longest: int) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read(longest)
    with Path(file).open("rb") as opened:
        return opened.read(longest)
