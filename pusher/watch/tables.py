"""Items as stored: reviewed and masked, with their names and their earlier revisions."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

item = sa.Table(
    "item",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: Source that found it first.
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("url", sa.String(2000), nullable=False),
    #: Masked, like every text here: what was not masked is not stored.
    sa.Column("title", sa.String(500), nullable=False),
    #: `pusher.review.duplicates.plain_title`, cut: the same words are looked for under it.
    sa.Column("plain_title", sa.String(120), nullable=False, index=True),
    sa.Column("published", Instant),
    #: "notice", "warning" … as routes name it.
    sa.Column("kind", sa.String(32), nullable=False),
    #: `pusher.watch.store.ItemState`.
    sa.Column("state", sa.String(16), nullable=False),
    #: 0 at first, then the number of the edit; whether that edit was a major one.
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("major", sa.SmallInteger, nullable=False, server_default="0"),
    #: Codes; see `subscribers.topic.Topic`.
    sa.Column("domains", sa.JSON, nullable=False),
    sa.Column("areas", sa.JSON, nullable=False),
    sa.Column("severity", sa.SmallInteger, nullable=False),
    #: `templates.notice.Notice` as JSON.
    sa.Column("notice", sa.JSON, nullable=False),
    #: Why it has these domains, and why it is held: one sentence each.
    sa.Column("why", sa.JSON, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("follows", sa.JSON, nullable=False),
    #: Digests of the texts as published: title and number; the rest.
    sa.Column("major_digest", sa.LargeBinary, nullable=False),
    sa.Column("minor_digest", sa.LargeBinary, nullable=False),
    #: 1 while the planner has not seen this revision.
    sa.Column("to_plan", sa.SmallInteger, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Index(
        "ix_item_to_plan",
        "id",
        sqlite_where=sa.text("to_plan = 1"),
        postgresql_where=sa.text("to_plan = 1"),
    ),
    sa.Index("ix_item_recent", "source", "seen_at"),
)

#: Every name of an item (索引号, addresses in several columns …): a thing is known when any of its names is.
item_key = sa.Table(
    "item_key",
    metadata,
    sa.Column("key", sa.String(500), primary_key=True),
    sa.Column("item_id", Id, sa.ForeignKey("item.id", ondelete="CASCADE"), nullable=False, index=True),
)

#: What an item said before an edit.
item_revision = sa.Table(
    "item_revision",
    metadata,
    sa.Column("item_id", Id, sa.ForeignKey("item.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("revision", sa.Integer, primary_key=True),
    sa.Column("notice", sa.JSON, nullable=False),
    #: When the next revision took its place.
    sa.Column("until", Instant, nullable=False),
)
