"""How long things are kept that say something of a person."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

#: A day at least; some thirty years at most.
Days = Annotated[int, Field(ge=1, le=10_950)]


class RetentionSettings(BaseModel):
    """Periods in days. Counts, messages, items and the audit log stay: they name nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    #: Who got what, after a broadcast is over. The update and the end of a warning go to whoever got it.
    deliveries_days: Annotated[int, Field(ge=30, le=10_950)] = 730
    #: People none of whose addresses was ever confirmed.
    unconfirmed_days: Days = 30
    #: Lines of the consent ledger about addresses that are neither stored nor suppressed any more.
    consent_days: Annotated[int, Field(ge=365, le=10_950)] = 1095
    #: Lists, after the last day on which they are used; with them whoever is known from them alone.
    lists_days: Days = 30
    #: Numbers of what providers have told already, and receipts that found no delivery.
    events_days: Annotated[int, Field(ge=7, le=365)] = 30

    def period(self, name: str) -> timedelta:
        """The period of a rule of `pusher.custody.retention`."""
        return timedelta(days=getattr(self, f"{name}_days"))
