"""The settings of an official account."""

import base64
import binascii
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from typing_extensions import override

from channels.limits import Limits, OwnLinks
from channels.message import Lane
from channels.secret import secret
from channels.wechat.menu import MenuEntry

#: Bytes of an AES key (EncodingAESKey is its base64 without the last "=").
_AES_BYTES = 32


class FiledTemplate(BaseModel):
    """One template as it was filed with the platform."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: The template id in the platform's console; "" for 客服消息.
    id: str = ""
    #: "template" = 模板消息 (to followers); "subscribe" = 订阅通知 (to whoever agreed to this template); "customer" =
    #: 客服消息 in free words (to whoever has written or tapped within 48 hours; needs no id).
    kind: Literal["template", "subscribe", "customer"] = "template"
    #: Our field name → the name in the filed template ("thing1"); empty = all fields under our names.
    fields: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_filed(self) -> "FiledTemplate":
        if bool(self.id) == (self.kind == "customer"):
            raise ValueError('a filed template needs its id; kind = "customer" has none')
        return self


def _listed(given: object) -> object:
    return given if isinstance(given, list | tuple) else (given,)


#: One way to a person, or several in the order in which they are tried.
Ways = Annotated[tuple[FiledTemplate, ...], BeforeValidator(_listed), Field(min_length=1, max_length=5)]


class AccountSettings(Limits):
    """An official account, whichever way it is sent by: who it is, and by what its callbacks are known."""

    appid: str = Field(min_length=1)
    secret: SecretStr | None = None
    secret_file: Path | None = None
    base_url: str = Field(default="https://api.weixin.qq.com", pattern=r"^https?://[^?#]*[^/?#]$")
    #: 令牌(Token) of the console's callback page; without it no callback is taken.
    callback_token: SecretStr | None = None
    callback_token_file: Path | None = None
    #: 消息加解密密钥(EncodingAESKey), 43 characters; with it only encrypted callbacks are taken (安全模式, 兼容模式).
    aes_key: SecretStr | None = None
    aes_key_file: Path | None = None
    #: The key before the last change, as long as callbacks under it may still come.
    aes_key_previous: SecretStr | None = None
    aes_key_previous_file: Path | None = None

    @property
    @override
    def account(self) -> str:
        return f"wechat:{self.appid}"

    @model_validator(mode="after")
    def _is_complete(self) -> "AccountSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the AppSecret of the account")
        for key in self.aes_keys():
            if not _is_aes_key(key):
                raise ValueError("an AES key of the callbacks is not 43 characters as the console shows them")
        if self.aes_keys() and not secret(self.callback_token, self.callback_token_file):
            raise ValueError("an AES key needs callback_token as well")
        return self

    def aes_keys(self) -> tuple[str, ...]:
        """The keys that callbacks may be encrypted with, the present one first."""
        present = secret(self.aes_key, self.aes_key_file)
        previous = secret(self.aes_key_previous, self.aes_key_previous_file)
        return tuple(key for key in (present, previous) if key)


class WeChatSettings(AccountSettings, OwnLinks):
    """Settings of an account's messages to single followers."""

    #: The platform's usual rate; more was seen to be refused.
    per_second: float | None = Field(default=100, gt=0)
    burst: int = Field(default=100, ge=1)
    #: Template messages of a day, as the platform grants them below 100,000 followers (the console shows the number).
    daily_quota: int | None = Field(default=100_000, ge=1)
    #: Each message is a request of its own here, so a link of its own costs a warning nothing.
    own_links: frozenset[Lane] = frozenset(Lane)
    #: For folders that `templates` does not name: one way, or several that are tried in order.
    template: Ways
    #: By folder ("warning", "education").
    templates: dict[str, Ways] = Field(default_factory=dict)
    #: What stands below every conversation; empty = left as it is. Uploaded by `pusher wechat menu upload`.
    menu: tuple[MenuEntry, ...] = Field(default=(), max_length=3)
    #: Whether its tags (标签) follow who subscribed to which domain, once a day.
    keep_tags: bool = False

    def ways(self, folder: str) -> tuple[FiledTemplate, ...]:
        """The ways for the words of a folder, in order."""
        return self.templates.get(folder, self.template)


def _is_aes_key(key: str) -> bool:
    try:
        return len(base64.b64decode(f"{key}=", validate=True)) == _AES_BYTES
    except (binascii.Error, ValueError):
        return False
