"""Agreements to notices of single templates."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "agreement",
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("channel", sa.String(64), nullable=False),
        sa.Column("template", sa.String(64), nullable=False),
        sa.Column("accepted", sa.Integer, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("refused", sa.SmallInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ["address_id"], ["address.id"], name="fk_agreement_address_id_address", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("address_id", "channel", "template", name="pk_agreement"),
    )


def downgrade() -> None:
    op.drop_table("agreement")
