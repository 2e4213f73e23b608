"""Quiet hours and digests are put into effect: what waits, until when, and for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NOT_AT_ONCE = sa.text("frequency != 'at_once'")
_QUIET = sa.text("quiet_from IS NOT NULL")


def upgrade() -> None:
    op.add_column("message", sa.Column("at_once", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("message", sa.Column("hours", sa.String(11)))
    op.add_column("message", sa.Column("held", sa.Integer, nullable=False, server_default="0"))
    op.add_column("broadcast", sa.Column("digested", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "waiting",
        sa.Column("id", _ID, nullable=False),
        sa.Column("broadcast_id", _ID, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.Column("first", _ID, nullable=False),
        sa.Column("people", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcast.id"], name="fk_waiting_broadcast_id"),
    )
    op.create_index("ix_waiting_broadcast_id", "waiting", ["broadcast_id"])
    op.create_index("ix_waiting_due", "waiting", ["due", "first"])
    op.create_table(
        "digest",
        sa.Column("id", _ID, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("step", sa.SmallInteger, nullable=False),
        sa.Column("contents", sa.Text, nullable=False),
        sa.Column("broadcast_id", _ID),
        sa.Column("people", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digest"),
    )
    op.create_index("ix_digest_broadcast_id", "digest", ["broadcast_id"])
    op.create_table(
        "merged",
        sa.Column("gone", _ID, nullable=False, autoincrement=False),
        sa.Column("into_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("gone", name="pk_merged"),
    )
    op.create_index("ix_merged_into_id", "merged", ["into_id"])
    op.create_index(
        "ix_subscriber_not_at_once",
        "subscriber",
        ["id"],
        sqlite_where=_NOT_AT_ONCE,
        postgresql_where=_NOT_AT_ONCE,
    )
    op.create_index("ix_subscriber_quiet", "subscriber", ["urgent", "id"], sqlite_where=_QUIET, postgresql_where=_QUIET)


def downgrade() -> None:
    op.drop_index("ix_subscriber_quiet", "subscriber")
    op.drop_index("ix_subscriber_not_at_once", "subscriber")
    for name in ("merged", "digest", "waiting"):
        op.drop_table(name)
    op.drop_column("broadcast", "digested")
    for name in ("held", "hours", "at_once"):
        with op.batch_alter_table("message") as changed:
            changed.drop_column(name)
