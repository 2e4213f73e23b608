"""How often each person wants to hear, and the hours in which they want quiet."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("subscriber", sa.Column("frequency", sa.String(8), nullable=False, server_default="at_once"))
    op.add_column("subscriber", sa.Column("digest_hour", sa.SmallInteger, nullable=False, server_default="8"))
    op.add_column("subscriber", sa.Column("quiet_from", sa.SmallInteger))
    op.add_column("subscriber", sa.Column("quiet_until", sa.SmallInteger))
    op.add_column("subscriber", sa.Column("urgent", sa.SmallInteger, nullable=False, server_default="1"))


def downgrade() -> None:
    for name in ("urgent", "quiet_until", "quiet_from", "digest_hour", "frequency"):
        with op.batch_alter_table("subscriber") as changed:
            changed.drop_column(name)
