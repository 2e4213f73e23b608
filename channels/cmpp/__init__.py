"""SMS over CMPP 2.0 or 3.0, the protocol of China Mobile's gateways (ISMG), on connections that stay open.

`pdus`, `tables` and `wire` are the frames; `login`, `words`, `results` and `reports` what they mean; `link` and
`channel` say it over the lines of `channels.carrier`.
"""

from channels.channel import Channel, Kind, Outside
from channels.cmpp.channel import Cmpp
from channels.cmpp.settings import CmppSettings

__all__ = ["KIND", "CmppSettings"]


def _build(_name: str, settings: CmppSettings, outside: Outside) -> Channel:
    return Cmpp(settings, outside)


KIND = Kind(
    name="cmpp",
    form="sms",
    address="phone",
    settings=CmppSettings,
    build=_build,
    summary="SMS over CMPP 2.0 or 3.0, straight to a carrier's gateway",
    receipts=True,
    inbound=True,
)
