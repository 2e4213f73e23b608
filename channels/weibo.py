"""One post of the town's account on 微博 for each broadcast (微博开放平台，statuses/share)."""

from functools import partial
from pathlib import Path

from pydantic import Field, SecretStr, model_validator
from typing_extensions import override

from channels.card import Card
from channels.channel import Channel, Kind, Outside, Rehearsing
from channels.code_table import CodeTable
from channels.failure import PermanentFailure, SendError, TechnicalFailure
from channels.http import Answer, HttpGateway, lacking
from channels.limits import Limits
from channels.message import Address, Message
from channels.receipt import Outcome, Receipt
from channels.secret import secret

#: Most characters of a post; two of half width are one.
LONGEST = 140

#: The platform's answers to a post that stands there: its words were posted just before, or it shows a little later.
_STANDS = {
    "20017": "the account has posted such words just before",
    "20019": "the account has posted these words just before",
    "20111": "the account has posted these words just before",
    "20032": "posted; the platform is slow and shows it in a minute or two",
}

CODES = CodeTable(
    later={
        "10001": "the platform is broken for now",
        "10002": "the platform is not there for now",
        "10003": "the platform did not reach a part of its own",
        "10009": "the platform has too many tasks",
        "10010": "the platform took too long",
        "10011": "the platform did not reach a part of its own",
        "10022": "too many requests from this address within the hour",
        "10023": "too many requests of this account within the hour",
        "10024": "too many requests of this kind within the hour",
        "20014": "the platform's security check asks for another try",
        "20016": "too many posts in a short time",
        "21331": "the platform's log-in is busy",
    },
    dead={},
    refused={
        "20008": "the post has no words",
        "20012": "the post is too long",
        "20013": "the post is too long",
        "20018": "the platform takes no such link",
        "20020": "the platform takes it for advertising",
        "20021": "the platform does not take these words",
    },
    ours={
        "10004": "the platform refuses this server's IP address",
        "10005": "the application needs a higher right for this interface",
        "10006": "the application's key is missing",
        "10007": "the platform does not take this media type",
        "10008": "a parameter is wrong",
        "10012": "the platform refuses the request",
        "10013": "the platform does not know the account",
        "10014": "the application may not call this interface",
        "10016": "a parameter is missing",
        "10017": "the link must be of the domain that the application is bound to (安全域名)",
        "10018": "the request is too long",
        "10020": "the platform does not know this interface: check base_url",
        "10021": "the platform does not take this method: check base_url",
        "20015": "account, IP address or application may not post now",
        "20003": "the platform does not know the account",
        "20022": "this server's IP address was noticed for its behaviour",
        "20031": "the platform wants a verification code: post once by hand",
        "21301": "log in again: the access token is wrong",
        "21302": "log in again: the account's name or password is wrong",
        "21303": "the account is locked: log in by hand",
        "21314": "log in again: the access token was used up",
        "21315": "log in again: the access token is over",
        "21316": "log in again: the access token is wrong",
        "21317": "log in again: the access token is wrong",
        "21319": "log in again: the account's owner took the application's right away",
        "21321": "the application is not reviewed yet: only its test accounts may post",
        "21322": "log in again: the address to return to is another one",
        "21323": "log in again: the request is malformed",
        "21324": "log in again: the application's key or secret is wrong",
        "21325": "log in again: the grant is wrong or over",
        "21326": "the application may not be granted this",
        "21327": "log in again: the access token is over",
        "21328": "log in again: the platform does not know this kind of grant",
        "21329": "log in again: the platform does not know this kind of answer",
        "21330": "log in again: the account's owner or the platform said no",
        "21332": "log in again: the access token is wrong",
    },
    unknown="a code that this channel does not know: look it up at open.weibo.com/wiki/Error_code",
    waits={"10022": 3600.0, "10023": 3600.0, "10024": 3600.0, "20016": 600.0},
)


class WeiboSettings(Limits):
    """The town's account."""

    base_url: str = Field(default="https://api.weibo.com", pattern=r"^https?://[^/]+$")
    #: The access token of the account for the town's application; it ends, and must then be got anew.
    access_token: SecretStr | None = None
    access_token_file: Path | None = None
    #: This server's outgoing IP address, which the platform wants to be told (`rip`).
    ip: str = Field(pattern=r"^[0-9a-fA-F.:]{3,39}$")

    @model_validator(mode="after")
    def _is_whole(self) -> "WeiboSettings":
        if not secret(self.access_token, self.access_token_file):
            raise ValueError("set access_token or access_token_file: what the platform gave for the account")
        return self


class Weibo(Channel, Rehearsing):
    """One account. Words that it has posted just before are refused as repeated, so a lost answer does no harm."""

    def __init__(self, settings: WeiboSettings, outside: Outside) -> None:
        self.concurrency = settings.concurrency or 1
        self._base = settings.base_url
        self._ip = settings.ip
        self._token = secret(settings.access_token, settings.access_token_file)
        self._gateway = HttpGateway(outside.http, timeout=settings.timeout, recognises_repeats=True)

    @override
    async def send(self, message: Message, to: Address, *, key: str) -> Receipt:
        card = Card.of(message, Address(0, ""))
        form = {"access_token": self._token, "status": post(card), "rip": self._ip}
        try:
            answer = await self._ask("/2/statuses/share.json", form, wanted="id")
        except _StandsError as stands:
            return Receipt(Outcome.DELIVERED, key=key, code=stands.code, detail=stands.detail)
        return Receipt(Outcome.DELIVERED, provider_id=answer.text("idstr") or answer.text("id") or None, key=key)

    @override
    async def rehearse(self) -> Receipt:
        answer = await self._ask("/oauth2/get_token_info", {"access_token": self._token}, wanted="expire_in")
        if answer.text("expire_in").startswith("-"):
            raise TechnicalFailure("log in again: the access token is over", code="21327")
        return Receipt(Outcome.SENT, detail=f"the access token is good for {answer.text('expire_in')} more seconds")

    @override
    async def close(self) -> None:
        """The connections belong to whoever lent them."""

    async def _ask(self, path: str, form: dict[str, str], *, wanted: str) -> Answer:
        return await self._gateway.post(self._base + path, data=form, judge=partial(_judge, self._token, wanted))


class _StandsError(PermanentFailure):
    """These words stand there: by this request, by this key's first one, whose answer was lost, or by one like it."""


def post(card: Card) -> str:
    """A post of at most 140 characters that ends with the link; no #话题#, which the platform does not take here."""
    link = f" {card.url}" if card.url else ""
    words = f"{card.title}。{card.text}" if card.text else card.title
    line = " ".join(words.replace("#", "＃").split())
    return _cut(line, LONGEST - weight(link)) + link


def weight(text: str) -> float:
    """Characters as the platform counts them: one of half width is half of one."""
    return sum(0.5 if char.isascii() else 1.0 for char in text)


def _cut(text: str, longest: float) -> str:
    if weight(text) <= longest:
        return text
    room, kept = longest - 1, 0
    for char in text:
        room -= weight(char)
        if room < 0:
            break
        kept += 1
    return text[:kept] + "…"


def _judge(token: str, wanted: str, answer: Answer) -> SendError | None:
    code = answer.text("error_code")
    if not code:
        return None if answer.text(wanted) else lacking(answer, f"{wanted}: check base_url")
    if code in _STANDS:
        return _StandsError(_STANDS[code], code=code)
    return CODES.refusal(code, answer.text("error"), private=(token,))


def _build(_name: str, settings: WeiboSettings, outside: Outside) -> Channel:
    return Weibo(settings, outside)


KIND = Kind(
    name="weibo",
    form="card",
    address="public",
    settings=WeiboSettings,
    build=_build,
    summary="one post of the town's account on 微博 for each broadcast",
)
