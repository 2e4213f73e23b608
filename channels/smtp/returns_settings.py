"""What the operator says of mails that come back: where they are read, and how patient we are."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr, model_validator

from channels.smtp.setting_types import Name, OneLine

#: Characters of a key that nobody guesses.
SHORTEST_KEY = 16


class ReturnSettings(BaseModel):
    """`[channels.NAME.returns]`: one mailbox at most (IMAP or a Maildir), beside it the HTTP hook."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    #: Host of the IMAP server that keeps the mailbox of the return path, over TLS from the first byte; None = no IMAP.
    imap: Name | None = None
    #: None = 993.
    port: int = Field(default=993, ge=1, le=65535)
    #: Certificates of the authorities that the server's certificate is checked against (PEM); None = the system's.
    authorities: FilePath | None = None
    #: Name to log in with.
    user: OneLine = ""
    password: SecretStr | None = None
    #: A file whose first line is the password, instead of `password`.
    password_file: Path | None = None
    #: Folder of the mailbox that is read, as IMAP writes it (modified UTF-7 for names in Chinese).
    folder: str = Field(default="INBOX", pattern=r"^[ !#-\[\]-~]{1,200}$")
    #: A Maildir on this machine into which a mail server delivers, instead of IMAP; the service must own it.
    maildir: Path | None = None
    #: Seconds between two looks.
    every: float = Field(default=60.0, ge=1, le=86400)
    #: Whether mails that were understood stay, as read; else they are deleted, for they name people.
    keep: bool = False
    #: Key of who may post mails to /callback/NAME (`Authorization: Bearer …`), and a file with it; None = nobody may.
    hook_key: SecretStr | None = None
    hook_key_file: Path | None = None
    #: Days with a soft bounce after which an address is closed; 0 = never.
    soft: int = Field(default=5, ge=0, le=1000)
    #: Within so many days.
    soft_days: int = Field(default=30, ge=1, le=366)

    @model_validator(mode="after")
    def _fits_together(self) -> "ReturnSettings":
        secrets = [self.password, self.password_file]
        if self.imap and self.maildir:
            raise ValueError("give imap or maildir, not both")
        if all(secrets) or all([self.hook_key, self.hook_key_file]):
            raise ValueError("give password or password_file (hook_key or hook_key_file), not both")
        if bool(self.imap) != bool(self.user) or bool(self.imap) != any(secrets):
            raise ValueError("imap, user and password (or password_file) belong together")
        if self.hook_key is not None and len(self.hook_key.get_secret_value()) < SHORTEST_KEY:
            raise ValueError(f"hook_key must have {SHORTEST_KEY} characters or more")
        return self
