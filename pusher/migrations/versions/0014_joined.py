"""Merges are counted, a digest says what it holds, and whom a message reaches after a refusal stands in two columns."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("message", sa.Column("by_duty", sa.SmallInteger, nullable=False, server_default="0"))
    # Both flags were in one number: 1 = to those who refused after a warning, 2 = by duty.
    op.execute("UPDATE message SET by_duty = to_refused / 2, to_refused = to_refused % 2 WHERE to_refused > 1")
    op.add_column("merged", sa.Column("serial", _ID, nullable=False, server_default="0"))
    op.create_index("ix_merged_serial", "merged", ["serial"])
    op.add_column("broadcast", sa.Column("merges", _ID, nullable=False, server_default="0"))
    op.add_column("broadcast", sa.Column("contents", sa.Text))


def downgrade() -> None:
    op.drop_column("broadcast", "contents")
    op.drop_column("broadcast", "merges")
    op.drop_index("ix_merged_serial", "merged")
    op.drop_column("merged", "serial")
    op.execute("UPDATE message SET to_refused = to_refused + 2 WHERE by_duty = 1")
    op.drop_column("message", "by_duty")
