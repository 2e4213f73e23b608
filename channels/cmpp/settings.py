"""What the operator says of an account at an ISMG (the carrier's gateway)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator, model_validator

from channels.cmpp.wire import Version
from channels.cmpp.words import MOST_PARTS, Encoding
from channels.limits import Limits
from channels.secret import secret

_WORD = r"^[\x21-\x7e]*$"


class CmppSettings(Limits):
    """One account; every value that the carrier's letter of opening names has its place here."""

    #: SUBMITs a second that the contract allows.
    per_second: float | None = Field(default=100, gt=0)
    #: Seconds that one send may take, all parts of a long message together.
    timeout: float = Field(default=60.0, gt=0, le=600)
    #: The carrier tells which one: the frames of the two differ.
    version: Literal["2.0", "3.0"] = "2.0"
    #: The gateway, reached over a leased line or a tunnel: the protocol protects nothing.
    host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$")
    port: int = Field(default=7890, ge=1, le=65535)
    #: 企业代码 (SP_Id).
    sp_id: str = Field(min_length=1, max_length=6, pattern=_WORD)
    secret: SecretStr | None = None
    #: A file whose first line is the secret, instead of `secret`.
    secret_file: Path | None = None
    #: 业务代码 (Service_Id).
    service_id: str = Field(default="", max_length=10, pattern=_WORD)
    #: The number that people see and answer to (Src_Id, 1069…).
    src_id: str = Field(min_length=1, max_length=21, pattern=r"^[0-9]+$")
    #: 签名 that is put before the words in 【】; "" where the gateway adds it.
    sign: str = Field(default="", max_length=20)
    #: "gb18030" only where a gateway insists: both take the same number of messages for Chinese words.
    encoding: Encoding = "ucs2"
    #: Most parts of one message; a longer one is refused, since each is paid for.
    max_parts: int = Field(default=10, ge=1, le=MOST_PARTS)
    #: Requests without an answer on one connection (W); the standard recommends 16.
    window: int = Field(default=16, ge=1, le=1000)
    #: Connections of one process that the account allows.
    connections: int = Field(default=1, ge=1, le=32)
    #: Seconds of silence after which the connection is tested (C).
    idle: float = Field(default=180.0, gt=0)
    #: Seconds that a test, or the login, waits for its answer (T).
    answer_within: float = Field(default=60.0, gt=0)
    #: Tests without an answer after which the connection is given up (N).
    tries: int = Field(default=3, ge=1)
    #: Fee_UserType: 0 the receiver pays, 1 the sender's number, 2 the SP.
    fee_user_type: Literal[0, 1, 2] = 2
    #: FeeType: 01 free for the receiver, 02 by message, 03 by month.
    fee_type: Literal["01", "02", "03"] = "01"
    #: FeeCode, in 分.
    fee_code: str = Field(default="000000", max_length=6, pattern=r"^[0-9]*$")
    #: Whether the gateway is told until when a message is of use (ValId_Time). Some refuse the field.
    tell_expiry: bool = False
    #: Whether the gateway must prove that it knows the secret. Turn it off only for one known to get it wrong.
    check_gateway: bool = True

    @field_validator("sign")
    @classmethod
    def _without_brackets(cls, sign: str) -> str:
        if "【" in sign or "】" in sign:
            raise ValueError("give the sign without its brackets 【】: they are added")
        return sign

    @model_validator(mode="after")
    def _has_a_secret(self) -> "CmppSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the account's shared secret")
        return self

    @property
    def wire(self) -> Version:
        """The version as the frames state it."""
        return Version.V2 if self.version == "2.0" else Version.V3
