"""Notes of erased people's addresses, and the words that people agreed to."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "erased_address",
        sa.Column("address_id", _ID, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("address_id", name="pk_erased_address"),
    )
    op.create_table(
        "wording",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_wording"),
        sa.UniqueConstraint("digest", name="uq_wording_digest"),
    )
    op.add_column("consent", sa.Column("wording_id", _ID))


def downgrade() -> None:
    op.drop_column("consent", "wording_id")
    op.drop_table("wording")
    op.drop_table("erased_address")
