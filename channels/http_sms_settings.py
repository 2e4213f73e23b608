"""How a gateway that nobody has written a channel for is described: its request, its answers, its pushes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, SecretStr, model_validator

from channels.pushes import PushSettings
from channels.secret import secret
from channels.sms_rules import ShortMessages

#: What a template may hold.
PLACE = re.compile(r"\{(to|number|text|sign|key|secret|token)\}")

#: Where a value stands in JSON: names and numbers of entries with dots between; "" = nowhere, or the whole.
_PATH = r"^([^.\s]+(\.[^.\s]+)*)?$"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerRule(_Part):
    """What the gateway's answer means."""

    #: For answers in text or XML: a regular expression that finds in them what `code`, `id` and `message` name; "" =
    #: they are JSON objects. "(?P<code>[0-9]+),(?P<id>[0-9]*)" reads "0,20261129".
    pattern: str = Field(default="", max_length=500)
    #: HTTP statuses of a good answer; all others are judged by the status alone, unless they bring a code.
    statuses: tuple[int, ...] = (200,)
    #: Where the code stands ("code", "result.0.status"); with a pattern, the name of the group that it is.
    code: str = Field(min_length=1, pattern=_PATH)
    #: Codes that mean: taken. Numbers as texts, true and false as "true" and "false".
    good: tuple[str, ...] = Field(min_length=1)
    #: Where the gateway's number of the message stands; "" = it gives none.
    id: str = Field(default="", pattern=_PATH)
    #: Where its words stand; "" = it has none.
    message: str = Field(default="", pattern=_PATH)
    #: Code → explanation: the same may work later.
    later: dict[str, str] = Field(default_factory=dict)
    #: Code → explanation: this number will not get our messages; it is not written to again.
    dead: dict[str, str] = Field(default_factory=dict)
    #: Code → explanation: the operator must act. A code that stands nowhere is treated like these.
    ours: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _finds_what_it_names(self) -> "AnswerRule":
        if self.pattern:
            try:
                groups = re.compile(self.pattern).groupindex
            except re.error as error:
                raise ValueError(f"pattern is no regular expression: {error}") from None
            for name in filter(None, (self.code, self.id, self.message)):
                if name not in groups:
                    raise ValueError(f"pattern has no group (?P<{name}>…)")
        return self

    @model_validator(mode="after")
    def _says_each_code_once(self) -> "AnswerRule":
        codes = [*self.good, *self.later, *self.dead, *self.ours]
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise ValueError(f"the code {twice[0]} has more than one meaning: leave it in one list")
        return self


class _PushRule(_Part):
    """What both kinds of push have."""

    #: Where the list of entries stands; "" = the whole body (a list, or one object).
    entries: str = Field(default="", pattern=_PATH)
    #: Within an entry: the person's number.
    number: str = Field(min_length=1, pattern=_PATH)
    #: Within an entry: when it happened, and the form of that (strptime, time of China); "" = it does not say.
    time: str = Field(default="", pattern=_PATH)
    time_form: str = "%Y-%m-%d %H:%M:%S"


class ReceiptRule(_PushRule):
    """What a status report says. An entry with `code` is one."""

    #: The gateway's number of the message, as the answer gave it; "" = it does not say.
    id: str = Field(default="", pattern=_PATH)
    #: Our key, where the request carried {key} and the gateway brings it back; "" = it does not.
    key: str = Field(default="", pattern=_PATH)
    #: How it ended.
    code: str = Field(min_length=1, pattern=_PATH)
    #: The gateway's words; "" = it has none.
    message: str = Field(default="", pattern=_PATH)
    #: Codes that mean: the person has it.
    delivered: tuple[str, ...] = ("DELIVRD",)
    #: Codes that say no more than the answer did: it is on its way.
    waiting: tuple[str, ...] = ()
    #: Codes that mean: this number will not get our messages.
    dead: tuple[str, ...] = ()
    #: Codes that mean: the operator must act. A code that stands nowhere says: it may work later.
    ours: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_matched(self) -> "ReceiptRule":
        if not self.id and not self.key:
            raise ValueError("set id or key: without either, no report finds its message")
        return self


class ReplyRule(_PushRule):
    """What an answer of a person says. An entry with `text` is one."""

    #: What the person wrote.
    text: str = Field(min_length=1, pattern=_PATH)
    #: The gateway's number of the answer; "" = it gives none.
    id: str = Field(default="", pattern=_PATH)


class PushRule(_Part):
    """What the gateway pushes to us."""

    #: "json"; "form" (one entry a push, names as in the form); or "query" (the same in the address of a GET).
    form: Literal["json", "form", "query"] = "json"
    receipts: ReceiptRule | None = None
    replies: ReplyRule | None = None
    #: What the gateway wants to hear.
    thanks: str = "OK"
    thanks_type: str = Field(default="text/plain", pattern=r"^[a-z]+/[a-z0-9.+-]+$")


class HttpSmsSettings(PushSettings, ShortMessages):
    """Settings of a gateway. In headers, query, form and json these places are filled:

    {to} "+8613800000000", {number} "13800000000", {text} the words, {sign}, {key} our name of the delivery, {secret},
    {token} the secret in our callback's address, for gateways that are told with each message where to report.
    """

    #: The gateway's address. "http" only within a trusted network.
    url: str = Field(pattern=r"^https?://[^\s/?#@]+(/\S*)?$")
    #: With GET numbers and words stand in the address and in the logs of every proxy: only for gateways that insist.
    method: Literal["POST", "GET"] = "POST"
    #: SHA-256 fingerprint of the server's certificate (64 hex digits), where no known authority has signed it.
    certificate_sha256: str | None = Field(default=None, pattern=r"^[0-9a-fA-F]{64}$")
    #: Headers of the request ("Authorization" = "Bearer {secret}").
    headers: dict[str, str] = Field(default_factory=dict)
    #: Parameters in the address.
    query: dict[str, str] = Field(default_factory=dict)
    #: Fields of a form; None = the body is no form.
    form: dict[str, str] | None = None
    #: Encoding of the form: "utf-8", or "gb18030" for older gateways.
    form_encoding: Literal["utf-8", "gb18030"] = "utf-8"
    #: The JSON body; None = the body is no JSON.
    json_body: JsonValue = None
    #: Filled in for {secret}; never shown. Write no secret anywhere else.
    secret: SecretStr | None = None
    secret_file: Path | None = None
    #: 签名 for {sign}, without 【】; many gateways want "【{sign}】{text}".
    sign_name: str = ""
    #: A repeated {key} is recognised by the gateway, so a lost answer leaves nothing in doubt.
    recognises_repeats: bool = False
    answer: AnswerRule
    pushes: PushRule = PushRule()

    @model_validator(mode="after")
    def _is_whole(self) -> "HttpSmsSettings":
        if self.method == "GET" and (self.form is not None or self.json_body is not None):
            raise ValueError("a GET has no body: move form or json_body to query, or set method to POST")
        if self.form is not None and self.json_body is not None:
            raise ValueError("set form or json_body, not both")
        used = {
            place
            for text in _texts([self.headers, self.query, self.form, self.json_body])
            for place in PLACE.findall(text)
        }
        if "text" not in used or not used & {"to", "number"}:
            raise ValueError("the request must hold {text}, and {to} or {number}")
        if "secret" in used and not secret(self.secret, self.secret_file):
            raise ValueError("the request holds {secret}: set secret or secret_file")
        if "token" in used and not secret(self.callback_token, self.callback_token_file):
            raise ValueError("the request holds {token}: set callback_token or callback_token_file")
        if self.recognises_repeats and "key" not in used:
            raise ValueError("recognises_repeats needs {key} in the request")
        return self


def _texts(value: object) -> list[str]:
    """All texts in a template."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for each in value.values() for text in _texts(each)]
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []
