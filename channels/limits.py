"""The settings that every channel has: how fast, how much a day, how many at once, how patient."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from channels.message import Lane


class Limits(BaseModel):
    """Base of all channel settings; an unknown key is an error that names itself."""

    #: Whether `daily_quota` is one of requests, however many addresses share one; False = of addresses.
    counts_requests: ClassVar[bool] = False

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def account(self) -> str:
        """What the provider calls back for where several channels are one account to it; "" = the channel alone."""
        return ""

    #: Most sends a second of the whole service; None = as fast as the provider takes them.
    per_second: float | None = Field(default=None, gt=0)
    #: Sends that may go at once after a quiet time.
    burst: int = Field(default=1, ge=1)
    #: Most sends of one day (from midnight, +08:00); None = no quota.
    daily_quota: int | None = Field(default=None, ge=1)
    #: Sends kept in flight by one process; None = what the channel thinks best.
    concurrency: int | None = Field(default=None, ge=1, le=1000)
    #: Seconds that one send may take altogether.
    timeout: float = Field(default=15.0, gt=0, le=600)


class OwnLinks(Limits):
    """Limits of a channel whose messages are read by one person each, so that they may hold a link of his own."""

    #: Lanes in which the link of a message also opens its receiver's own page, to change or end everything. Words that
    #: differ share no request of a gateway that takes many numbers at once, so warnings go without.
    own_links: frozenset[Lane] = frozenset({Lane.PERSONAL, Lane.ROUTINE})


class EachLimits(Limits):
    """Limits of a channel whose provider counts by address (a bot), not by account."""

    #: Most messages within a minute to one address, warnings aside; None = as many as there are.
    each_per_minute: int | None = Field(default=20, ge=1)
    #: Most messages within a second to one address, warnings aside; None = as many as there are.
    each_per_second: int | None = Field(default=None, ge=1)
