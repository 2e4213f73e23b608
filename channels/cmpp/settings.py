"""What the operator says of an account at an ISMG (the carrier's gateway).

The protocol protects nothing: the gateway is to be reached over a leased line or a tunnel.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from channels.carrier.settings import WORD, LineSettings
from channels.cmpp.wire import Version
from channels.cmpp.words import Encoding
from channels.secret import secret


class CmppSettings(LineSettings):
    """One account; every value that the carrier's letter of opening names has its place here.

    The standard recommends a window (W) of 16, 3 minutes of silence before a test (C), 60 s for its answer (T), and 3
    of them (N).
    """

    #: The carrier tells which one: the frames of the two differ.
    version: Literal["2.0", "3.0"] = "2.0"
    port: int = Field(default=7890, ge=1, le=65535)
    #: 企业代码 (SP_Id).
    sp_id: str = Field(min_length=1, max_length=6, pattern=WORD)
    secret: SecretStr | None = None
    #: A file whose first line is the secret, instead of `secret`.
    secret_file: Path | None = None
    #: 业务代码 (Service_Id).
    service_id: str = Field(default="", max_length=10, pattern=WORD)
    #: The number that people see and answer to (Src_Id, 1069…).
    src_id: str = Field(min_length=1, max_length=21, pattern=r"^[0-9]+$")
    #: "gb18030" only where a gateway insists: both take the same number of messages for Chinese words.
    encoding: Encoding = "ucs2"
    #: Fee_UserType: 0 the receiver pays, 1 the sender's number, 2 the SP.
    fee_user_type: Literal[0, 1, 2] = 2
    #: FeeType: 01 free for the receiver, 02 by message, 03 by month.
    fee_type: Literal["01", "02", "03"] = "01"
    #: FeeCode, in 分.
    fee_code: str = Field(default="000000", max_length=6, pattern=r"^[0-9]*$")
    #: Whether the gateway must prove that it knows the secret. Turn it off only for one known to get it wrong.
    check_gateway: bool = True

    @model_validator(mode="after")
    def _has_a_secret(self) -> "CmppSettings":
        if not secret(self.secret, self.secret_file):
            raise ValueError("set secret or secret_file: the account's shared secret")
        return self

    @property
    def wire(self) -> Version:
        """The version as the frames state it."""
        return Version.V2 if self.version == "2.0" else Version.V3
