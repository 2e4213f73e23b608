"""Messages of an application in 企业微信 to the members of an organisation (企业微信开发者中心，发送应用消息).

All who receive the same words share a request; members whom the platform does not know are named in its answer. It
drops the same words to the same member within the time that we ask it to look back, so a repetition does no harm. For
warnings we do not ask: what says again that the danger goes on must arrive, and twice is better than not at all.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from channels.access_token import AccessToken, BadToken, life
from channels.card import Card
from channels.channel import Borrowing, Bulk, Channel, Kind, Outside
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.http import Answer, HttpGateway, lacking
from channels.limits import OwnLinks
from channels.message import Address, Lane, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret
from channels.slots import Pattern
from channels.wecom_app_codes import CODES

#: Most members of one request, bytes of a text, and seconds that the platform looks back for repetitions (its most).
MOST = 1000
LONGEST = 2048
_LOOK_BACK = 14_400

#: Where an answer names members that got nothing, and why: none of it closes an address, as all of it may be mended in
#: 企业微信 (the application's 可见范围, a licence).
_NOT_WRITTEN_TO = {
    "invaliduser": "the platform does not know this member, or it is outside of the application's 可见范围",
    "unlicenseduser": "this member has no licence for the application",
}

_BAD_TOKEN = frozenset({"40014", "42001", "40001"})


class WecomAppSettings(OwnLinks):
    """One application."""

    base_url: str = Field(default="https://qyapi.weixin.qq.com", pattern=r"^https?://[^/]+$")
    #: 企业ID.
    corpid: str = Field(min_length=1)
    agentid: int = Field(ge=1)
    #: The application's Secret.
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: The platform takes 200 times the members as calls of a day, and counts a member at most 30 times a minute.
    per_second: float | None = Field(default=20, gt=0)

    @model_validator(mode="after")
    def _is_whole(self) -> "WecomAppSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the Secret of the application")
        return self


class WecomApp(Borrowing, Bulk):
    """One application's messages."""

    bulk_limit = MOST

    def __init__(self, settings: WecomAppSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 8
        self._settings = settings
        self._secret = secret(settings.secret, settings.secret_file)
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout, recognises_repeats=True)
        self._unchecked = HttpGateway(outside.http, timeout=settings.timeout)
        name = f"wecom:{settings.corpid}:{settings.agentid}"
        self._token = AccessToken(self._fetch_token, outside.tokens, name=name, now=outside.now)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        (answer,) = await self.send_many(message, [to], keys=[key])
        if isinstance(answer, SendError):
            raise answer
        return answer

    @override
    async def send_many(
        self, message: Message, to: Sequence[Address], *, keys: Sequence[str]
    ) -> Sequence[Receipt | SendError]:
        differ = any(Pattern.of(text).names for text in message.parts.values())
        together = [[place] for place in range(len(to))] if differ else [list(range(len(to)))]
        answers: dict[int, Receipt | SendError] = {}
        for places in together:
            got = await self._asked(message, [to[place] for place in places], [keys[place] for place in places])
            answers.update(zip(places, got, strict=True))
        return [answers[place] for place in range(len(to))]

    async def _asked(self, message: Message, to: Sequence[Address], keys: Sequence[str]) -> list[Receipt | SendError]:
        """One request for members who all receive the same words, or as many as it takes to find whom it fails for."""
        try:
            answer = await self._post(message, to)
        except PermanentFailure as failure:
            if len(to) == 1:
                return [failure]
            half = len(to) // 2
            halves = ((to[:half], keys[:half]), (to[half:], keys[half:]))
            return [each for part in halves for each in await self._asked(message, *part)]
        except SendError as failure:
            return [failure] * len(to)
        # The platform names them in small letters, whatever they were written in.
        refused = {
            name: _NOT_WRITTEN_TO[why] for why in _NOT_WRITTEN_TO for name in answer.text(why).lower().split("|")
        }
        return [
            PermanentFailure(refused[each.value.lower()], code="invaliduser", suppresses=False)
            if each.value.lower() in refused
            else Receipt(Outcome.SENT, answer.text("msgid") or None, key=key)
            for each, key in zip(to, keys, strict=True)
        ]

    async def _post(self, message: Message, to: Sequence[Address]) -> Answer:
        body: dict[str, object] = {
            "touser": "|".join(each.value for each in to),
            "msgtype": "text",
            "agentid": self._settings.agentid,
            "text": {"content": Card.of(message, to[0]).whole(LONGEST)},
        }
        gateway = self._unchecked
        if message.lane is not Lane.WARNING:
            gateway = self._gateway
            body |= {"enable_duplicate_check": 1, "duplicate_check_interval": _LOOK_BACK}
        token = await self._token.get()
        try:
            return await self._ask(gateway, token, body, to)
        except BadToken:
            refused = token
        return await self._ask(gateway, await self._token.renewed(refused), body, to)

    async def _ask(self, gateway: HttpGateway, token: str, body: object, to: Sequence[Address]) -> Answer:
        url = f"{self._settings.base_url}/cgi-bin/message/send?access_token={token}"
        private = [token, *(value for each in to for value in (each.value, *each.slots.values()))]
        return await gateway.post(url, json=body, judge=partial(_judge, private))

    async def _fetch_token(self, *, force: bool) -> tuple[str, float]:
        # The platform gives the same token while it is good, and a new one otherwise: there is nothing to force.
        del force
        given = {"corpid": self._settings.corpid, "corpsecret": self._secret}
        url = f"{self._settings.base_url}/cgi-bin/gettoken"
        answer = await self._gateway.get(url, params=given, judge=partial(_judge_token, [self._secret]))
        return answer.text("access_token"), life(answer.at("expires_in"))


def _judge(private: Sequence[str], answer: Answer) -> SendError | None:
    code = answer.text("errcode")
    if not code:
        return lacking(answer, "errcode: check base_url")
    if code == "0":
        return None
    if code in _BAD_TOKEN:
        return BadToken("the platform refused the access token", code=code)
    return CODES.refusal(code, answer.text("errmsg"), private=private)


def _judge_token(private: Sequence[str], answer: Answer) -> SendError | None:
    failure = _judge(private, answer)
    return TechnicalFailure("secret is wrong", code=failure.code) if isinstance(failure, BadToken) else failure


def _build(_name: str, settings: WecomAppSettings, outside: Outside) -> Channel:
    return WecomApp(settings, outside)


KIND = Kind(
    name="wecom_app",
    form="card",
    address="wecom",
    settings=WecomAppSettings,
    build=_build,
    summary="messages of an application in 企业微信 to members of an organisation",
    bulk=True,
)
