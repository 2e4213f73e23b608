"""Notes of who was not reached, and of receipts that leave the address good."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unreached",
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "address_id", name="pk_unreached"),
        sqlite_with_rowid=False,
    )
    op.add_column("early_receipt", sa.Column("suppresses", sa.SmallInteger, nullable=False, server_default="1"))


def downgrade() -> None:
    op.drop_column("early_receipt", "suppresses")
    op.drop_table("unreached")
