"""The public notice board: one row a post."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

board_post = sa.Table(
    "board_post",
    metadata,
    #: Grows with the time of posting: the order of the board, and the number in a post's address.
    sa.Column("id", Id, primary_key=True),
    #: Names the post for ever: putting it up again replaces it.
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    #: NULL for what was posted by hand.
    sa.Column("item_id", Id, index=True),
    #: Codes between commas (",education,health,"), so that one LIKE finds one of them.
    sa.Column("domains", sa.Text, nullable=False),
    sa.Column("areas", sa.Text, nullable=False),
    #: `subscribers.topic.Severity`.
    sa.Column("severity", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    #: A fragment of HTML, cleaned whenever it is shown.
    sa.Column("html", sa.Text, nullable=False),
    sa.Column("issuer", sa.Text, nullable=False),
    sa.Column("published_at", Instant),
    sa.Column("posted_at", Instant, nullable=False),
    #: Of the last change of its words.
    sa.Column("changed_at", Instant, nullable=False, index=True),
    #: When a warning is over by itself; NULL = it does not say.
    sa.Column("expires_at", Instant),
    sa.Column("withdrawn_at", Instant, index=True),
    #: Key of the earlier post that this one updates or ends, and how (`board_store.Post.change`).
    sa.Column("follows", sa.String(64), index=True),
    sa.Column("change", sa.String(16), nullable=False, server_default=""),
    #: "" for live; "测试" for a named public test (`pusher.warnings`): nothing else that is a drill is ever put up.
    sa.Column("drill", sa.String(8), nullable=False, server_default=""),
    # A post's address is never given to another one.
    sqlite_autoincrement=True,
)
