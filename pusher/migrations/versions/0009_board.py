"""Posts of the board say whether they are a test, and when the board last changed is found without reading it all."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_POST = sa.table("board_post", sa.column("title", sa.Text), sa.column("drill", sa.String))


def upgrade() -> None:
    op.add_column("board_post", sa.Column("drill", sa.String(8), server_default="", nullable=False))
    # Until now only the words said it: the renderer puts the mark first.
    for drill in ("测试", "演练"):
        marked = _POST.c.title.startswith(f"【{drill}】")
        op.execute(sa.update(_POST).where(marked).values(drill=drill))
    op.create_index("ix_board_post_changed_at", "board_post", ["changed_at"])
    op.create_index("ix_board_post_withdrawn_at", "board_post", ["withdrawn_at"])


def downgrade() -> None:
    op.drop_index("ix_board_post_withdrawn_at", "board_post")
    op.drop_index("ix_board_post_changed_at", "board_post")
    op.drop_column("board_post", "drill")
