"""Mass messages (群发) of an official account to a list of followers: thousands in one request.

The platform grants few: a follower gets at most four a month. So this is for what concerns everybody, and it proves
least: the platform reports once for the whole request. Where the settings name a tag, one request goes to all who bear
it.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import ClassVar

from pydantic import Field, model_validator
from typing_extensions import override

from channels.card import Card, cut
from channels.channel import Bulk, Channel, Kind, Outside, Rehearsing
from channels.failure import PermanentFailure, SendError, TechnicalFailure, TemporaryFailure
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.slots import Pattern
from channels.wechat.account import Account, Tag
from channels.wechat.channel import CalledBack, callbacks_of
from channels.wechat.client import WeChatClient
from channels.wechat.codes import REPEATED
from channels.wechat.form import OPENID
from channels.wechat.settings import AccountSettings

#: Followers of one request: the platform takes two to ten thousand.
MOST = 10_000
#: Bytes of a text.
_LONGEST = 2_000
#: Requests that one list may cost while refused openids are looked for; the platform takes 60 a minute.
_MOST_REQUESTS = 40
_MINUTE = 60.0
_MASS = "/cgi-bin/message/mass/send"
#: "Not a list of openids": the platform's other word for an openid that it does not know.
_BAD_LIST = frozenset({"40031"})

#: Place in the list, address, key.
_Follower = tuple[int, Address, str]


class WeChatMassSettings(AccountSettings):
    """The account; the same as that of a channel of kind `wechat`, whose token and callbacks it shares."""

    counts_requests: ClassVar[bool] = True

    #: The platform takes 60 requests a minute.
    per_second: float | None = Field(default=1, gt=0)
    #: Requests of a day, as the platform grants them.
    daily_quota: int | None = Field(default=100, ge=1)
    #: Name of a domain: messages go to the tag (标签) of this name, one request a broadcast. "" = to lists of openids.
    tag: str = Field(default="", max_length=30)

    @model_validator(mode="after")
    def _hears_elsewhere(self) -> "WeChatMassSettings":
        if self.tag and secret(self.callback_token, self.callback_token_file):
            raise ValueError("tag: set the callback up at the account's channel of kind wechat, not here")
        return self


class WeChatMass(Channel, Bulk, CalledBack):
    """One account's mass messages. Where an answer is lost the request is repeated once, under the same clientmsgid."""

    bulk_limit = MOST

    def __init__(self, settings: WeChatMassSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 1
        self._client = WeChatClient(settings, outside)
        self._callbacks = callbacks_of(settings)

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

    async def _together(self, message: Message, those: Sequence[_Follower]) -> dict[int, Receipt | SendError]:
        """One request for all of them; what became of each, by place.

        The platform refuses a whole list for one openid in it, and does not say for which: the list is halved until
        that one stands alone.
        """
        answers: dict[int, Receipt | SendError] = {}
        waiting, asked = [those], 0
        while waiting:
            some, asked = waiting.pop(), asked + 1
            try:
                answers.update(await self._asked(message, some) if asked <= _MOST_REQUESTS else _put_off(some))
            except SendError as failure:
                if not _is_about_one(failure):
                    answers.update((place, failure) for each in (some, *waiting) for place, _, _ in each)
                    break
                half = len(some) // 2
                waiting += [some[half:], some[:half]]
        return answers

    async def _asked(self, message: Message, those: Sequence[_Follower]) -> dict[int, Receipt | SendError]:
        """One request; raises what it fails with, unless it is for one follower, whose failure is his own."""
        if len(those) == 1:
            [(place, to, key)] = those
            answer = await self._alone(message, to, key)
            return {place: _his_own(answer) if isinstance(answer, TechnicalFailure) else answer}
        name = blake2b("\n".join(key for _, _, key in those).encode(), digest_size=16).hexdigest()
        body = _json(
            {"touser": [each.value for _, each, _ in those], **_words(message, those[0][1]), "clientmsgid": name}
        )
        private = tuple(value for _, each, _ in those[:100] for value in (each.value, *each.slots.values()))
        try:
            answered = await self._client.post(_MASS, body, repeatable=False, private=private)
        except SendError as failure:
            if not failure.in_doubt:
                raise
            # At once, and the same list: later the followers may come in another, which would not be known again.
            try:
                answered = await self._client.post(_MASS, body, repeatable=False, private=private)
            except SendError:
                raise failure from None
        provider_id = answered.text("msg_id") or None
        code = str(REPEATED) if answered.text("errcode") == str(REPEATED) else "0"
        return {place: Receipt(Outcome.SENT, provider_id=provider_id, key=key, code=code) for place, _, key in those}

    async def _alone(self, message: Message, to: Address, key: str) -> Receipt | SendError:
        try:
            return await self.send(message, to, key=key)
        except SendError as failure:
            return failure


class WeChatTagged(Channel, Rehearsing):
    """Mass messages to one tag, which is made to hold exactly those who want them right before each.

    So nobody who refused is in it, whenever he did. A repetition is recognised by its clientmsgid.
    """

    def __init__(self, settings: WeChatMassSettings, outside: Outside) -> None:
        self.concurrency = 1
        self._name = settings.tag
        self._followers = outside.followers
        self._client = WeChatClient(settings, outside)
        self._account = Account(settings, outside)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        tag = await self._fit(is_meant=True)
        if not tag.members + tag.missing - tag.surplus:
            raise PermanentFailure("nobody who wants these messages follows the account", suppresses=False)
        body = {
            "filter": {"is_to_all": False, "tag_id": tag.number},
            **_words(message, Address(0, "")),
            "clientmsgid": blake2b(key.encode(), digest_size=16).hexdigest(),
        }
        answered = await self._client.post(f"{_MASS}all", _json(body), repeatable=True)
        return Receipt(
            Outcome.SENT, provider_id=answered.text("msg_id") or None, key=key, code=answered.text("errcode")
        )

    @override
    async def rehearse(self) -> Receipt:
        tag = await self._fit(is_meant=False)
        detail = f"the tag has {tag.members} followers; {tag.missing} would be added and {tag.surplus} taken out first"
        return Receipt(Outcome.SENT, detail=detail)

    @override
    async def close(self) -> None:
        """Nothing to let go of: the connections belong to whoever lent them."""

    async def _fit(self, *, is_meant: bool) -> Tag:
        try:
            wanted = await self._followers(self._name)
        except LookupError:
            raise TechnicalFailure("tag: there is no domain of this name, see `pusher domains`") from None
        known = await self._account.tags()
        return await self._account.fit(self._name, wanted, known.get(self._name), is_meant=is_meant)


def _is_about_one(failure: SendError) -> bool:
    return isinstance(failure, PermanentFailure) or failure.code in _BAD_LIST


def _his_own(failure: TechnicalFailure) -> TemporaryFailure:
    """The others got theirs: what stops a preview (its own small quota) must not stop them."""
    return TemporaryFailure(failure.detail, code=failure.code, in_doubt=failure.in_doubt, by_address=True)


def _put_off(those: Sequence[_Follower]) -> dict[int, SendError]:
    detail = "many of these openids are refused; the rest of the list waits while they are looked for"
    return {
        place: TemporaryFailure(detail, retry_after=_MINUTE, by_address=True, untried=True) for place, _, _ in those
    }


def _words(message: Message, to: Address) -> dict[str, object]:
    card = Card.of(message, to)
    text = card.whole(_LONGEST) if card.url else cut(f"{card.title}\n{card.text}", _LONGEST)
    return {"msgtype": "text", "text": {"content": text}}


def _json(body: dict[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _build(_name: str, settings: WeChatMassSettings, outside: Outside) -> Channel:
    return WeChatTagged(settings, outside) if settings.tag else WeChatMass(settings, outside)


def _as_set(settings: WeChatMassSettings) -> Kind[WeChatMassSettings]:
    """A tag gets one post a broadcast."""
    return replace(KIND, address="public") if settings.tag else KIND


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
    as_set=_as_set,
)
