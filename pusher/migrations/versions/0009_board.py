"""A post says whether it is a test, or the end of a false alarm; the board's last change is found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_POST = sa.table(
    "board_post",
    sa.column("title", sa.Text),
    sa.column("drill", sa.String),
    sa.column("change", sa.String),
    sa.column("item_id", sa.BigInteger),
)
_WARNING = sa.table("warning", sa.column("act", sa.String), sa.column("item_id", sa.BigInteger))


def upgrade() -> None:
    op.add_column("board_post", sa.Column("drill", sa.String(8), server_default="", nullable=False))
    # Until now only the words said it: the renderer puts the mark first.
    for drill in ("测试", "演练"):
        marked = _POST.c.title.startswith(f"【{drill}】")
        op.execute(sa.update(_POST).where(marked).values(drill=drill))
    corrections = sa.select(_WARNING.c.item_id).where(_WARNING.c.act == "correct", _WARNING.c.item_id.is_not(None))
    mistaken = _POST.c.item_id.in_(corrections) | ((_POST.c.change == "更正") & _POST.c.title.contains("误发"))
    op.execute(sa.update(_POST).where(mistaken).values(change="误发"))
    op.create_index("ix_board_post_changed_at", "board_post", ["changed_at"])
    op.create_index("ix_board_post_withdrawn_at", "board_post", ["withdrawn_at"])


def downgrade() -> None:
    op.drop_index("ix_board_post_withdrawn_at", "board_post")
    op.drop_index("ix_board_post_changed_at", "board_post")
    op.drop_column("board_post", "drill")
