"""What the operator says of an account at a message centre (SMSC)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FilePath, SecretStr, StringConstraints, model_validator

from channels.carrier.settings import WORD, LineSettings
from channels.secret import secret
from channels.smpp.reports import Habits, Writing
from channels.smpp.statuses import Fate
from channels.smpp.words import Encoding

_Status = Annotated[str, StringConstraints(pattern=r"^0x[0-9A-Fa-f]{1,8}$")]


class SmppSettings(LineSettings):
    """One account; every value that the provider's letter of opening names has its place here."""

    port: int = Field(default=2775, ge=1, le=65535)
    #: "tls" protects the connection from its first byte; "none" is for a leased line or a tunnel.
    security: Literal["none", "tls"] = "none"
    #: Certificates of the authorities that the centre's certificate is checked against (PEM); None = the system's.
    authorities: FilePath | None = None
    #: One connection for both directions ("transceiver"), or one to send and one to hear ("pair").
    mode: Literal["transceiver", "pair"] = "transceiver"
    system_id: str = Field(min_length=1, max_length=64, pattern=WORD)
    password: SecretStr | None = None
    #: A file whose first line is the password, instead of `password`.
    password_file: Path | None = None
    system_type: str = Field(default="", max_length=12, pattern=WORD)
    service_type: str = Field(default="", max_length=5, pattern=WORD)
    #: The number that people see and answer to; "" where the centre puts it.
    source: str = Field(default="", max_length=20, pattern=WORD)
    #: Its type of number and numbering plan (SMPP 3.4 sections 5.2.5 and 5.2.6): 0 unknown, 1 international,
    #: 2 national, 3 network specific, 5 letters; and plan 0 unknown, 1 E.164.
    source_ton: int = Field(default=0, ge=0, le=6)
    source_npi: int = Field(default=0, ge=0, le=18)
    #: Whether numbers of the mainland go out with 86 in front; without, dest_ton is usually 2 or 0.
    country_code: bool = True
    #: Type and plan of the receivers' numbers, as above.
    dest_ton: int = Field(default=1, ge=0, le=6)
    dest_npi: int = Field(default=1, ge=0, le=18)
    #: "gsm7": words that the phones' default alphabet has go in it, 160 characters a message; all others, and with
    #: "ucs2" all, in UCS-2. Only for a centre whose default alphabet it is.
    encoding: Encoding = "ucs2"
    #: priority_flag of warnings, 0–3; some centres refuse others than 0.
    warning_priority: int = Field(default=0, ge=0, le=3)
    #: How the centre writes its number of a message in its answer and in its receipts, where the two differ.
    number_in_answer: Writing = "as_is"
    number_in_receipt: Writing = "as_is"
    #: What statuses of the centre's own mean: "later", "slower" (and give it a second), "dead" (the number is wrong:
    #: it is closed), "ours" (the channel is parked).
    statuses: Mapping[_Status, Fate] = Field(default_factory=dict)
    #: Values of err: in a receipt by which the centre says that nobody has the number: it is closed.
    dead_errors: frozenset[str] = frozenset()
    #: Centres close connections that are silent for a minute.
    idle: float = Field(default=30.0, gt=0)
    answer_within: float = Field(default=15.0, gt=0)

    @model_validator(mode="after")
    def _fits_together(self) -> "SmppSettings":
        if not secret(self.password, self.password_file):
            raise ValueError("set password or password_file: the account's password")
        if self.authorities is not None and self.security == "none":
            raise ValueError('authorities are for security = "tls"')
        return self

    @property
    def habits(self) -> Habits:
        """How the centre writes."""
        return Habits(self.number_in_answer, self.number_in_receipt, self.dead_errors)

    @property
    def own_statuses(self) -> Mapping[int, Fate]:
        """`statuses` by number."""
        return {int(status, 16): fate for status, fate in self.statuses.items()}
