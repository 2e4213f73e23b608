"""One real message, marked 测试, over one channel."""

import secrets
from datetime import timedelta
from typing import Any

from channels.channel import Channel, Rehearsing
from channels.failure import SendError
from channels.message import Address, Lane, Message
from channels.receipt import Receipt
from pusher.app import Store, open_channels
from pusher.clock import CHINA
from pusher.console import board_store
from pusher.posts import poster
from pusher.service import renderer
from subscribers import address_form
from templates.notice import Notice

_PUBLIC = "public"


async def deliver(store: Store, name: str, text: str, actor: str) -> dict[str, Any]:
    """Send it and say what came back; a public post is taken down again. Raises AddressError, TemplateError."""
    kind = store.plan.channels[name].kind
    value = "" if kind.address == _PUBLIC else address_form.normalise(kind.address, text)
    to = Address(0, value, {"name": "测试", "unsubscribe_url": store.plan.public_url})
    words = _words(store, kind.form)
    key = f"test-{secrets.token_hex(8)}"
    async with store.database.write() as connection:
        await store.audit(connection, actor=actor, action="channel test", target=f"channel {name}")
    async with open_channels(store, poster(store.database, store.now)) as channels:
        told = await _sent(channels[name], words, to, key)
    if kind.address == _PUBLIC:
        async with store.database.write() as connection:
            await board_store.withdraw(connection, key, at=store.now())
    return told


def _words(store: Store, form: str) -> Message:
    at = store.now()
    service = store.plan.settings.service
    notice = Notice(
        title="测试消息",
        summary="这是一条测试消息，收到即表示渠道畅通，请勿回复。",
        body="这是一条测试消息，收到即表示渠道畅通，请勿回复。",
        issuer=service.name,
        published=at.astimezone(CHINA),
        url=store.plan.public_url,
        drill="测试",
    )
    expires = at + timedelta(hours=1)
    render = renderer(store.plan)
    return render(form, notice, folder="default", lane=Lane.ROUTINE, expires=expires, columns=frozenset())


async def _sent(channel: Channel, words: Message, to: Address, key: str) -> dict[str, Any]:
    try:
        # What everybody would see is not posted to try it.
        answer: Receipt | SendError = await (
            channel.rehearse() if isinstance(channel, Rehearsing) else channel.send(words, to, key=key)
        )
    except SendError as failure:
        answer = failure
    return {
        "outcome": answer.outcome.value,
        "code": answer.code,
        "detail": answer.detail,
        "provider_id": answer.provider_id if isinstance(answer, Receipt) else None,
    }
