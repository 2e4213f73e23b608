"""E-mail through a relay that takes SMTP: settings, letters, the wire, and what the relay's answers mean.

`encoding`, `files` and `letter` make the bytes, `line` and `pool` carry them; `replies` and `breakdown` read what is
answered. `tokens` tells mails apart; `boxes` and `incoming` fetch what comes back, `returned` and `dsn` read it.
Only `line` and `breakdown` know aiosmtplib.
"""

from channels.channel import Channel, Kind, Outside
from channels.smtp.channel import SmtpChannel
from channels.smtp.settings import SmtpSettings

__all__ = ["KIND", "SmtpSettings"]


def _build(name: str, settings: SmtpSettings, outside: Outside) -> Channel:
    return SmtpChannel(name, settings, outside)


KIND = Kind(
    name="smtp",
    form="mail",
    address="email",
    settings=SmtpSettings,
    build=_build,
    summary="e-mail through a mail relay, with one-click unsubscription",
    receipts=True,
    inbound=True,
    bulk=True,
    signs_keys=True,
)
