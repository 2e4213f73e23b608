"""Sign-ups that wait for a confirmation, and how often somebody has asked for something."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "sign_up",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("wishes", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_up"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_sign_up_fingerprint", "sign_up", ["fingerprint"])
    op.create_index("ix_sign_up_expires", "sign_up", ["expires"])
    op.create_table(
        "page_use",
        sa.Column("id", _ID, nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("who", sa.LargeBinary, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_page_use"),
    )
    op.create_index("ix_page_use_what_who_at", "page_use", ["what", "who", "at"])
    op.create_index("ix_page_use_at", "page_use", ["at"])


def downgrade() -> None:
    op.drop_table("page_use")
    op.drop_table("sign_up")
