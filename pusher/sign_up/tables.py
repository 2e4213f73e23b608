"""How often somebody has asked for something, over all processes."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

page_use = sa.Table(
    "page_use",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: Of what ("address", "ip", "channel", "code", "question", "key line", "key draft").
    sa.Column("what", sa.String(16), nullable=False),
    #: Keyed fingerprint of who, or of the thing that may be used once.
    sa.Column("who", sa.LargeBinary, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_page_use_what_who_at", "what", "who", "at"),
    sa.Index("ix_page_use_at", "at"),
)
