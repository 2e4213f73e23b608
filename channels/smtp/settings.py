"""What the operator says of the mail relay."""

from email.utils import parseaddr
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, model_validator

from channels.limits import Limits
from channels.smtp.domains import DomainRule
from channels.smtp.returns_settings import ReturnSettings
from channels.smtp.setting_types import AddressPattern, ListPlace, Mailbox, Name, OneLine

#: Where a password may go without protection: it does not leave the machine.
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Security(StrEnum):
    """How the connection is protected."""

    NONE = "none"
    #: Plain at first, then upgraded; a relay that does not offer the upgrade is refused (RFC 3207).
    STARTTLS = "starttls"
    #: Protected from the first byte (RFC 8314).
    TLS = "tls"


_PORTS = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}


class DkimSettings(BaseModel):
    """`[channels.NAME.dkim]`: sign the mails here, where the relay does not (RFC 6376)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Domain that signs; its DNS holds the public key at SELECTOR._domainkey.DOMAIN.
    domain: Name
    selector: Name
    #: Private key in PEM, RSA of 2048 bits or more.
    key_file: FilePath


class SmtpSettings(Limits):
    """One relay and the name that the mails go out in."""

    #: Name or address of the relay.
    host: Name
    #: None = 25, 587 or 465, by `security`.
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Security = Security.STARTTLS
    #: Certificates of the authorities that the relay's certificate is checked against (PEM); None = the system's.
    authorities: FilePath | None = None
    #: Name to log in with; "" = without logging in.
    user: OneLine = ""
    password: SecretStr | None = None
    #: A file whose first line is the password, instead of `password`.
    password_file: Path | None = None
    #: Who the mails come from, and the envelope sender that bounces go to: "区政府 <tz@example.gov.cn>".
    sender: Mailbox = Field(min_length=3)
    #: Where answers go; "" = to `sender`.
    reply_to: Mailbox = ""
    #: Connections for all lanes.
    connections: int = Field(default=8, ge=1, le=200)
    #: Further connections that only warnings use, so that none waits behind a bulk mailing.
    warning_connections: int = Field(default=2, ge=0, le=50)
    #: Whether mails go out pipelined (RFC 2920) where the relay offers it; false = in a plain dialogue always.
    pipelining: bool = True
    #: Seconds that the relay may take for one answer.
    timeout: float = Field(default=15.0, gt=0, le=600)
    #: Mails a minute to each recipients' domain ("qq.com"; "*" = all others); empty = as fast as the relay takes them.
    domains: dict[str, DomainRule] = Field(default_factory=dict)
    #: Right side of every Message-ID, and the name said at HELO; "" = the domain of `sender`.
    domain: str = Field(default="", pattern=r"^([A-Za-z0-9][A-Za-z0-9.-]{0,251})?$")
    #: Envelope sender, where bounces go: "bounce+{token}@tz.example.gov.cn" tells each mail's apart (VERP); an address
    #: without {token} for relays that forbid it; "" = the address of `sender`.
    return_path: AddressPattern = ""
    #: RFC 2919 identifier of the list ("tz.example.gov.cn"); "" = no List-Id and none of the following.
    list_id: str = Field(default="", pattern=r"^[A-Za-z0-9.-]{0,250}$")
    #: RFC 2369: what the list is for; who keeps it; what it has sent ("" = `service.public_url`). As URLs.
    list_help: ListPlace = ""
    list_owner: ListPlace = ""
    list_archive: ListPlace = ""
    #: Where mails that ask for the end of a subscription go, may hold {token}; "" = only the link.
    unsubscribe_mailto: AddressPattern = ""
    #: Whether and how we sign ourselves; None = the relay signs, which is better.
    dkim: DkimSettings | None = None
    #: Where mails that come back are read.
    returns: ReturnSettings = ReturnSettings()

    @model_validator(mode="after")
    def _fits_together(self) -> "SmtpSettings":
        secrets = [self.password, self.password_file]
        if all(secrets):
            raise ValueError("give password or password_file, not both")
        if bool(self.user) != any(secrets):
            raise ValueError("user and password (or password_file) belong together")
        if self.user and self.security is Security.NONE and self.host not in _LOOPBACK:
            raise ValueError('security = "none" would send the password in the clear: use "starttls" or "tls"')
        return self

    @property
    def at_port(self) -> int:
        """The port that is meant."""
        return self.port if self.port is not None else _PORTS[self.security]

    @property
    def sender_mailbox(self) -> str:
        """The bare address of `sender`."""
        return parseaddr(self.sender)[1]

    @property
    def own_domain(self) -> str:
        """The domain that stands in Message-ID and HELO."""
        return self.domain or self.sender_mailbox.rpartition("@")[2]
