"""SMS over SMPP 3.4, the protocol of message centres (SMSC) the world over, on connections that stay open.

`pdus`, `tables` and `wire` are the frames; `statuses`, `reports`, `words` and `gsm7` what they mean; `link` and
`channel` say it over the lines of `channels.carrier`.
"""

from channels.channel import Channel, Kind, Outside
from channels.smpp.channel import Smpp
from channels.smpp.settings import SmppSettings

__all__ = ["KIND", "SmppSettings"]


def _build(_name: str, settings: SmppSettings, outside: Outside) -> Channel:
    return Smpp(settings, outside)


KIND = Kind(
    name="smpp",
    form="sms",
    address="phone",
    settings=SmppSettings,
    build=_build,
    summary="SMS over SMPP 3.4, straight to a message centre",
    receipts=True,
    inbound=True,
)
