"""Warnings: one row a version of what is said of a danger."""

import sqlalchemy as sa
from alembic import op

from subscribers.tables import Id

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go from 0001 to 0002."""
    op.add_column("message", sa.Column("to_refused", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("message", sa.Column("half_sent_at", sa.BigInteger()))
    op.add_column("message", sa.Column("most_sent_at", sa.BigInteger()))
    op.create_table(
        "warning",
        sa.Column("id", Id, nullable=False),
        sa.Column("chain", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("organisation", sa.String(64), nullable=False),
        sa.Column("hazard", sa.String(8), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("drafted_by", sa.String(64), nullable=False),
        sa.Column("drafted_at", sa.BigInteger(), nullable=False),
        sa.Column("identifier", sa.String(64)),
        sa.Column("sent", sa.BigInteger()),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("item_id", Id),
        sa.Column("broadcast_id", Id),
        sa.Column("checked_by", sa.String(64), server_default="", nullable=False),
        sa.Column("approved_by", sa.JSON(), nullable=False),
        sa.Column("override_by", sa.String(64), server_default="", nullable=False),
        sa.Column("override_reason", sa.String(300), server_default="", nullable=False),
        sa.Column("public_test", sa.String(60), server_default="", nullable=False),
        sa.Column("reminded_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warning")),
        sa.UniqueConstraint("identifier", name=op.f("uq_warning_identifier")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_warning_chain", "warning", ["chain", "version"])
    op.create_index("ix_warning_state", "warning", ["state", "expires"])
    op.create_index(op.f("ix_warning_broadcast_id"), "warning", ["broadcast_id"])

    op.create_table(
        "roll_call",
        sa.Column("id", Id, nullable=False),
        sa.Column("warning_id", Id, nullable=False),
        sa.Column("person_id", Id, nullable=False),
        sa.Column("deputy_id", Id, server_default="0", nullable=False),
        sa.Column("superior_id", Id, server_default="0", nullable=False),
        sa.Column("role", sa.String(60), nullable=False),
        sa.Column("area", sa.String(12), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("steps", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger()),
        sa.Column("answered_by", sa.String(64), server_default="", nullable=False),
        sa.Column("answered_over", sa.String(32), server_default="", nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_call")),
        sa.ForeignKeyConstraint(["warning_id"], ["warning.id"], name=op.f("fk_roll_call_warning_id_warning")),
        sa.UniqueConstraint("warning_id", "person_id", name=op.f("uq_roll_call_warning_id_person_id")),
    )
    op.create_index("ix_roll_call_due", "roll_call", ["next_at"])
    op.create_index("ix_roll_call_person", "roll_call", ["person_id"])
    op.create_table(
        "roll_call_message",
        sa.Column("message_id", Id, autoincrement=False, nullable=False),
        sa.Column("warning_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_roll_call_message")),
    )
    op.create_index(op.f("ix_roll_call_message_warning_id"), "roll_call_message", ["warning_id"])


def downgrade() -> None:
    """Back to the version before."""
    op.drop_table("roll_call_message")
    op.drop_table("roll_call")
    op.drop_table("warning")
    for name in ("most_sent_at", "half_sent_at", "to_refused"):
        op.drop_column("message", name)
