"""What the operator says of a line to a carrier's gateway, whatever is spoken on it."""

from pydantic import Field, field_validator
from typing_extensions import override

from channels.carrier.parts import MOST_PARTS
from channels.sms_rules import ShortMessages

#: A word in printable ASCII, or none.
WORD = r"^[\x21-\x7e]*$"


class LineSettings(ShortMessages):
    """Base of the settings of one account."""

    #: Sends a second; a long message counts as one, so stay below the contract where messages are long.
    per_second: float | None = Field(default=100, gt=0)
    #: Seconds that one send may take, all parts of a long message together.
    timeout: float = Field(default=60.0, gt=0, le=600)
    #: The gateway.
    host: str = Field(pattern=r"^[A-Za-z0-9.:-]+$")
    #: 签名 that is put before the words in 【】; "" where the gateway adds it.
    sign: str = Field(default="", max_length=20)
    #: Most parts of one message; a longer one is refused, since each is paid for.
    max_parts: int = Field(default=10, ge=1, le=MOST_PARTS)
    #: Requests without an answer on one connection.
    window: int = Field(default=16, ge=1, le=1000)
    #: Connections of one process that the account allows.
    connections: int = Field(default=1, ge=1, le=32)
    #: Seconds of silence after which the connection is tested.
    idle: float = Field(default=180.0, gt=0)
    #: Seconds that a test, or the login, waits for its answer.
    answer_within: float = Field(default=60.0, gt=0)
    #: Tests without an answer after which the connection is given up.
    tries: int = Field(default=3, ge=1)
    #: Whether the gateway is told until when a message is of use. Some refuse the field.
    tell_expiry: bool = False

    @property
    @override
    def signature(self) -> str:
        return self.sign

    @field_validator("sign")
    @classmethod
    def _without_brackets(cls, sign: str) -> str:
        if "【" in sign or "】" in sign:
            raise ValueError("give the sign without its brackets 【】: they are added")
        return sign
