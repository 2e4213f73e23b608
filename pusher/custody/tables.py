"""Notes of what is still to be forgotten."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

#: Addresses of erased people whose deliveries belong to broadcasts that were not over; see `pusher.custody.erasure`.
erased_address = sa.Table(
    "erased_address",
    metadata,
    sa.Column("address_id", Id, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
)
