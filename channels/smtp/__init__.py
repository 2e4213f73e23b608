"""E-mail through a relay that takes SMTP: settings, letters, the wire, and what the relay's answers mean.

`encoding` and `letter` make the bytes, `line` and `pool` carry them, `replies` and `breakdown` read what comes back.
Only `line` and `breakdown` know aiosmtplib.
"""

from channels.channel import Channel, Kind, Outside
from channels.smtp.channel import SmtpChannel
from channels.smtp.settings import SmtpSettings

__all__ = ["KIND", "SmtpSettings"]


def _build(_name: str, settings: SmtpSettings, outside: Outside) -> Channel:
    return SmtpChannel(settings, outside)


KIND = Kind(
    name="smtp",
    form="mail",
    address="email",
    settings=SmtpSettings,
    build=_build,
    summary="e-mail through a mail relay, with one-click unsubscription",
)
