"""Whom a message reaches in spite of a refusal stands in a column for each reason."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("message", sa.Column("by_duty", sa.SmallInteger, nullable=False, server_default="0"))
    # Both flags were in one number: 1 = to those who refused after a warning, 2 = by duty.
    op.execute("UPDATE message SET by_duty = to_refused / 2, to_refused = to_refused % 2 WHERE to_refused > 1")


def downgrade() -> None:
    op.execute("UPDATE message SET to_refused = to_refused + 2 WHERE by_duty = 1")
    op.drop_column("message", "by_duty")
