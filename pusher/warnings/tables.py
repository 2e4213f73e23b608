"""Warnings as stored: one row a version."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

warning = sa.Table(
    "warning",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: The first version's number; the same in all versions of a chain.
    sa.Column("chain", Id, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    #: `pusher.warnings.warning.Act`, `State`, `Status`.
    sa.Column("act", sa.String(16), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("organisation", sa.String(64), nullable=False),
    sa.Column("hazard", sa.String(8), nullable=False),
    #: `subscribers.topic.Severity`.
    sa.Column("level", sa.SmallInteger, nullable=False),
    #: The rest of `pusher.warnings.warning.Content`.
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("drafted_by", sa.String(64), nullable=False),
    sa.Column("drafted_at", Instant, nullable=False),
    #: Frozen at first publication.
    sa.Column("identifier", sa.String(64), unique=True),
    sa.Column("sent", Instant),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("item_id", Id),
    sa.Column("broadcast_id", Id, index=True),
    sa.Column("checked_by", sa.String(64), nullable=False, server_default=""),
    #: Names, in order.
    sa.Column("approved_by", sa.JSON, nullable=False),
    sa.Column("override_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("override_reason", sa.String(300), nullable=False, server_default=""),
    sa.Column("public_test", sa.String(60), nullable=False, server_default=""),
    #: When the issuer was told that it is about to expire without an end; NULL = not yet.
    sa.Column("reminded_at", Instant),
    #: What the officers were alarmed of while it went out: names of channels, "matching", "series".
    sa.Column("alarmed", sa.JSON, nullable=False, server_default="[]"),
    #: The item of a source that it was drafted from automatically, and which revision of it; NULL = by a person.
    sa.Column("from_item", Id),
    sa.Column("from_revision", sa.Integer),
    #: Whose signature that item bears (SHA-256 of the certificate, hex), or why it has none that counts.
    sa.Column("signed_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("unproven", sa.String(200), nullable=False, server_default=""),
    sa.Index("ix_warning_from_item", "from_item", "from_revision", unique=True),
    sa.Index("ix_warning_chain", "chain", "version"),
    sa.Index("ix_warning_state", "state", "expires"),
    sqlite_autoincrement=True,
)
