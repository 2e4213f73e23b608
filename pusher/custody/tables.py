"""Notes of what is still to be forgotten, and of the last time that anything was."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

#: Addresses of erased people whose deliveries belong to broadcasts that were not over; see `pusher.custody.erasure`.
erased_address = sa.Table(
    "erased_address",
    metadata,
    sa.Column("address_id", Id, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)

#: How the last round of forgetting ended: one row; see `pusher.custody.rounds`.
retention_round = sa.Table(
    "retention_round",
    metadata,
    #: Always 1.
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    #: The last one that ended well; None = none has yet.
    sa.Column("well_at", Instant),
    #: Why the last one did not end well, free of personal data; "" = it did.
    sa.Column("problem", sa.String(200), nullable=False, server_default=""),
)
