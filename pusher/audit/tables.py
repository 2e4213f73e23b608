"""The audit log."""

import sqlalchemy as sa

from subscribers.tables import Instant, metadata

audit_entry = sa.Table(
    "audit_entry",
    metadata,
    #: 1, 2, 3 … without gaps.
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Instant, nullable=False),
    #: Who: a login, or the system user of the terminal.
    sa.Column("actor", sa.String(64), nullable=False),
    #: What: "broadcast halt", "group import" …
    sa.Column("action", sa.String(64), nullable=False),
    #: To what: "broadcast 17", "group 低保户"; free of personal data.
    sa.Column("target", sa.String(200), nullable=False),
    sa.Column("detail", sa.String(500), nullable=False, server_default=""),
    #: Keyed digest over the entry and the digest of the one before.
    sa.Column("digest", sa.LargeBinary, nullable=False),
)
