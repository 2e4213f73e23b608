"""How many messages one number has had lately."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "number_use",
        sa.Column("id", _ID, nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_number_use"),
    )
    op.create_index("ix_number_use_of", "number_use", ["channel", "address_id", "at"])


def downgrade() -> None:
    op.drop_table("number_use")
