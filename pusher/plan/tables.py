"""Broadcasts: the unit of approval, progress, halt and report."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

broadcast = sa.Table(
    "broadcast",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: NULL for what was sent by hand.
    sa.Column("item_id", Id, index=True),
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    #: Name of the route, or "by hand".
    sa.Column("route", sa.String(64), nullable=False),
    sa.Column("title", sa.String(300), nullable=False),
    #: `pusher.plan.broadcast.BroadcastState`.
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("lane", sa.String(16), nullable=False),
    #: `subscribers.audience.Audience` as JSON.
    sa.Column("audience", sa.JSON, nullable=False),
    sa.Column("due", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    #: Fan-out: subscribers up to this number have their batches; -1 = not begun.
    sa.Column("cursor", Id, nullable=False, server_default="-1"),
    #: The newest merge of two people (`merged.serial`) when its fan-out began: later ones are looked at once more.
    sa.Column("merges", Id, nullable=False, server_default="0"),
    #: 1 once the whole audience has its batches.
    sa.Column("fanned_out", sa.SmallInteger, nullable=False, server_default="0"),
    #: How many people had it put aside for their digests.
    sa.Column("digested", sa.Integer, nullable=False, server_default="0"),
    #: When that was; NULL = not yet, or from before this was written down.
    sa.Column("matched_at", Instant),
    #: Of a digest: numbers of the broadcasts that it holds, ascending, with commas; NULL for all others.
    sa.Column("contents", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.String(64), nullable=False),
    sa.Column("approved_by", sa.String(64)),
    sa.Column("approved_at", Instant),
    #: Planning the same revision of an item over the same route again changes nothing.
    sa.UniqueConstraint("item_id", "revision", "route"),
    sa.Index(
        "ix_broadcast_to_fan_out",
        "lane",
        "due",
        sqlite_where=sa.text("fanned_out = 0"),
        postgresql_where=sa.text("fanned_out = 0"),
    ),
)

#: People who wait for a broadcast until their digests come: packed like the recipients of a batch.
waiting = sa.Table(
    "waiting",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("broadcast_id", Id, sa.ForeignKey("broadcast.id"), nullable=False, index=True),
    #: When the digests come.
    sa.Column("due", Instant, nullable=False),
    #: Days between two of them: 1 or 7.
    sa.Column("step", sa.SmallInteger, nullable=False),
    #: Where the range begins that these people were planned in: one person's rows have the same.
    sa.Column("first", Id, nullable=False),
    #: Numbers of people, 8 bytes each, big-endian.
    sa.Column("people", sa.LargeBinary, nullable=False),
    sa.Index("ix_waiting_due", "due", "first"),
)

#: Digests that have been put together and not yet all handed to the queue: people with the same things share one.
digest = sa.Table(
    "digest",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("due", Instant, nullable=False),
    sa.Column("step", sa.SmallInteger, nullable=False),
    #: Numbers of the broadcasts that it holds, ascending, with commas.
    sa.Column("contents", sa.Text, nullable=False),
    #: The broadcast that it goes out as; NULL until there is one.
    sa.Column("broadcast_id", Id, index=True),
    sa.Column("people", sa.LargeBinary, nullable=False),
)
