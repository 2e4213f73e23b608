"""Whose signature a warning's alert bears; what people who are called have said, and who has been called for whom."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("warning", sa.Column("signed_by", sa.String(64), nullable=False, server_default=""))
    op.add_column("warning", sa.Column("unproven", sa.String(200), nullable=False, server_default=""))
    op.add_column("roll_call", sa.Column("rang", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("roll_call", sa.Column("unclear", sa.JSON, nullable=False, server_default="[]"))
    # Who was called for whom was not written down: in these states it may have been either.
    op.execute("""UPDATE roll_call SET rang = '["deputy", "superior"]' WHERE state IN ('escalated', 'visit')""")


def downgrade() -> None:
    op.drop_column("roll_call", "unclear")
    op.drop_column("roll_call", "rang")
    op.drop_column("warning", "unproven")
    op.drop_column("warning", "signed_by")
