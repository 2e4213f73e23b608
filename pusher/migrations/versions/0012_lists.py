"""What is written down with a list, what selects its members, addresses refused and dead, silent numbers."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_GROUP = (
    ("purpose", sa.String(200), ""),
    ("duty", sa.String(300), ""),
    ("mapping", sa.Text(), "{}"),
    ("selectable", sa.Text(), "[]"),
)


def upgrade() -> None:
    for name, kind, default in _OF_GROUP:
        op.add_column("recipient_group", sa.Column(name, kind, nullable=False, server_default=default))
    op.add_column("recipient_group", sa.Column("ends_at", sa.BigInteger))
    op.add_column("suppression", sa.Column("dead", sa.String(200), nullable=False, server_default=""))
    op.create_table(
        "member_attribute",
        sa.Column("group_id", _ID, nullable=False),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id", "subscriber_id"],
            ["membership.group_id", "membership.subscriber_id"],
            name="fk_member_attribute_membership",
            ondelete="CASCADE",
            onupdate="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", "fingerprint", "subscriber_id", name="pk_member_attribute"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "silent_number",
        sa.Column("address_id", _ID, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.ForeignKeyConstraint(["address_id"], ["address.id"], name="fk_silent_number_address_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("address_id", name="pk_silent_number"),
    )
    op.create_index("ix_member_attribute_of", "member_attribute", ["group_id", "subscriber_id"])


def downgrade() -> None:
    op.drop_table("silent_number")
    op.drop_table("member_attribute")
    op.drop_column("suppression", "dead")
    for name in ("ends_at", *(name for name, *_ in reversed(_OF_GROUP))):
        op.drop_column("recipient_group", name)
