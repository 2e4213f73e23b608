"""Mails that come back, and files that go with them."""

import sqlalchemy as sa
from alembic import op

revision = "mail"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from 0001 to mail."""
    op.create_table(
        "soft_bounce",
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address_id", "day", name=op.f("pk_soft_bounce")),
        sqlite_with_rowid=False,
    )
