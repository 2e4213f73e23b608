"""Mass messages (群发) of an official account to a list of followers: thousands in one request.

The platform grants few: a follower gets at most four a month. So this is for what concerns everybody, and it proves
least: the platform reports once for the whole request.
"""

import json
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from channels.card import Card, cut
from channels.channel import Bulk, CallbackAnswer, CallbackRequest, Channel, Kind, Outside, Reporting
from channels.failure import PermanentFailure, SendError
from channels.limits import Limits
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.slots import Pattern
from channels.wechat.client import WeChatClient
from channels.wechat.codes import REPEATED
from channels.wechat.form import OPENID

if TYPE_CHECKING:
    from channels.wechat.callback import Callbacks

#: Followers of one request: the platform takes two to ten thousand.
MOST = 10_000
#: Bytes of a text.
_LONGEST = 2_000


class WeChatMassSettings(Limits):
    """The account; the same as that of a channel of kind `wechat`, whose token it shares."""

    appid: str = Field(min_length=1)
    secret: SecretStr | None = None
    secret_file: Path | None = None
    base_url: str = Field(default="https://api.weixin.qq.com", pattern=r"^https?://[^?#]*[^/?#]$")
    #: Requests of a day, as the platform grants them.
    daily_quota: int | None = Field(default=100, ge=1)
    callback_token: SecretStr | None = None
    callback_token_file: Path | None = None
    aes_key: SecretStr | None = None
    aes_key_file: Path | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "WeChatMassSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the AppSecret of the account")
        return self


class WeChatMass(Channel, Bulk, Reporting):
    """One account's mass messages. A repeated request bears the same clientmsgid, so a lost answer does no harm."""

    bulk_limit = MOST

    def __init__(self, settings: WeChatMassSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 1
        self._client = WeChatClient(
            outside.http,
            outside.tokens,
            now=outside.now,
            base_url=settings.base_url,
            appid=settings.appid,
            secret=secret(settings.secret, settings.secret_file),
            timeout=settings.timeout,
        )
        self._callbacks = _callbacks(settings)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        """One follower alone: the platform's preview, of which it grants a hundred a day."""
        if not OPENID.fullmatch(to.value):
            raise PermanentFailure("the address is not an openid")
        body = {"touser": to.value, **_words(message, to)}
        answer = await self._client.post(
            "/cgi-bin/message/mass/preview", _json(body), repeatable=False, private=(to.value, *to.slots.values())
        )
        return Receipt(Outcome.SENT, provider_id=answer.text("msg_id") or None, key=key, code="0")

    @override
    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        differ = any(Pattern.of(text).names for text in message.parts.values())
        good = [place for place, each in enumerate(to) if OPENID.fullmatch(each.value)]
        if differ or len(good) < 2:
            return [await self._alone(message, each, key) for each, key in zip(to, keys, strict=True)]
        answers: dict[int, Receipt | SendError] = {
            place: PermanentFailure("the address is not an openid") for place in range(len(to)) if place not in good
        }
        answers.update(await self._together(message, [(place, to[place], keys[place]) for place in good]))
        return [answers[place] for place in range(len(to))]

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    @override
    def callback(self, request: CallbackRequest) -> CallbackAnswer:
        if self._callbacks is None:
            return CallbackAnswer(status=403, body="callbacks are not set up")
        return self._callbacks.answer(request)

    async def _together(
        self, message: Message, those: Sequence[tuple[int, Address, str]]
    ) -> dict[int, Receipt | SendError]:
        """One request for all of them; what became of each, by place."""
        name = blake2b("\n".join(key for _, _, key in those).encode(), digest_size=16).hexdigest()
        body = {"touser": [each.value for _, each, _ in those], **_words(message, those[0][1]), "clientmsgid": name}
        private = tuple(value for _, each, _ in those[:100] for value in (each.value, *each.slots.values()))
        try:
            answer = await self._client.post(
                "/cgi-bin/message/mass/send", _json(body), repeatable=True, private=private
            )
        except SendError as failure:
            return {place: failure for place, _, _ in those}
        provider_id = answer.text("msg_id") or None
        code = str(REPEATED) if answer.text("errcode") == str(REPEATED) else "0"
        return {place: Receipt(Outcome.SENT, provider_id=provider_id, key=key, code=code) for place, _, key in those}

    async def _alone(self, message: Message, to: Address, key: str) -> Receipt | SendError:
        try:
            return await self.send(message, to, key=key)
        except SendError as failure:
            return failure


def _words(message: Message, to: Address) -> dict[str, object]:
    card = Card.of(message, to)
    text = card.whole(_LONGEST) if card.url else cut(f"{card.title}\n{card.text}", _LONGEST)
    return {"msgtype": "text", "text": {"content": text}}


def _json(body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _callbacks(settings: WeChatMassSettings) -> "Callbacks | None":
    token = secret(settings.callback_token, settings.callback_token_file)
    if not token:
        return None
    # wechatpy costs a tenth of a second: only accounts with callbacks pay it.
    from channels.wechat.callback import Callbacks  # noqa: PLC0415

    key = secret(settings.aes_key, settings.aes_key_file)
    return Callbacks(token=token, appid=settings.appid, aes_keys=(key,) if key else ())


def _build(_name: str, settings: WeChatMassSettings, outside: Outside) -> Channel:
    return WeChatMass(settings, outside)


KIND = Kind(
    name="wechat_mass",
    form="card",
    address="openid",
    settings=WeChatMassSettings,
    build=_build,
    summary="mass messages (群发) of a WeChat official account: thousands of followers a request, four a month each",
    bulk=True,
    receipts=True,
    inbound=True,
)
