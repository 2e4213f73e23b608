"""Where people live, coarsely; when a broadcast was matched and queued; what warnings were drafted from."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "position",
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("latitude", sa.Integer, nullable=False),
        sa.Column("longitude", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "group_id", name=op.f("pk_position")),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscriber.id"],
            name=op.f("fk_position_subscriber_id_subscriber"),
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_position_group_id", "position", ["group_id"])
    op.add_column("broadcast", sa.Column("matched_at", sa.BigInteger))
    op.add_column("message", sa.Column("queued_at", sa.BigInteger))
    op.add_column("warning", sa.Column("alarmed", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("warning", sa.Column("from_item", _ID))
    op.add_column("warning", sa.Column("from_revision", sa.Integer))
    op.create_index("ix_warning_from_item", "warning", ["from_item", "from_revision"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_warning_from_item", "warning")
    op.drop_column("warning", "from_revision")
    op.drop_column("warning", "from_item")
    op.drop_column("warning", "alarmed")
    op.drop_column("message", "queued_at")
    op.drop_column("broadcast", "matched_at")
    op.drop_table("position")
