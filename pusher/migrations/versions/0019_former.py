"""Addresses that people gave up: whose they were, while something is on its way to them or follows what they got."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "former_address",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("rank", sa.SmallInteger, nullable=False),
        sa.Column("successor_id", _ID),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name="fk_former_address_subscriber_id_subscriber",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_former_address"),
    )
    op.create_index("ix_former_address_subscriber_id", "former_address", ["subscriber_id"])


def downgrade() -> None:
    op.drop_index("ix_former_address_subscriber_id", "former_address")
    op.drop_table("former_address")
