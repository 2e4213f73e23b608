"""Quiet hours and digests are put into effect: what waits, until when, and for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NOT_AT_ONCE = sa.text("frequency != 'at_once'")
_QUIET = sa.text("quiet_from IS NOT NULL")


def upgrade() -> None:
    op.add_column("message", sa.Column("at_once", sa.SmallInteger, nullable=False, server_default="0"))
    op.add_column("message", sa.Column("hours", sa.String(11)))
    op.add_column("message", sa.Column("held", sa.Integer, nullable=False, server_default="0"))
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
    for name in ("held", "hours", "at_once"):
        with op.batch_alter_table("message") as changed:
            changed.drop_column(name)
