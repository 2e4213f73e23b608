"""Who must answer a warning, and what became of it."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

call = sa.Table(
    "roll_call",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: The version that is to be answered.
    sa.Column("warning_id", Id, sa.ForeignKey("warning.id"), nullable=False),
    #: Who must answer, and who may in their place (numbers of subscribers; 0 = nobody).
    sa.Column("person_id", Id, nullable=False),
    sa.Column("deputy_id", Id, nullable=False, server_default="0"),
    sa.Column("superior_id", Id, nullable=False, server_default="0"),
    #: As the list says: what they are, and where. No name: whoever may see it looks it up in the list.
    sa.Column("role", sa.String(60), nullable=False),
    sa.Column("area", sa.String(12), nullable=False),
    #: `pusher.warnings.roll_call.ladder.CallState`.
    sa.Column("state", sa.String(16), nullable=False),
    #: How many steps of the ladder were done, and when the next one is due; NULL = none is.
    sa.Column("steps", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("next_at", Instant),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("answered_at", Instant),
    #: "person", "deputy", "superior", or the officer who wrote it down; over which way ("sms", "link", "by hand").
    sa.Column("answered_by", sa.String(64), nullable=False, server_default=""),
    sa.Column("answered_over", sa.String(32), nullable=False, server_default=""),
    #: Question → answer.
    sa.Column("answer", sa.JSON, nullable=False),
    #: "person", "deputy", "superior": whom a step of the ladder has called.
    sa.Column("rang", sa.JSON, nullable=False, server_default="[]"),
    #: What they said that was not understood as an answer, in order.
    sa.Column("unclear", sa.JSON, nullable=False, server_default="[]"),
    sa.UniqueConstraint("warning_id", "person_id"),
    sa.Index("ix_roll_call_due", "next_at"),
    sa.Index("ix_roll_call_person", "person_id"),
)

#: Which messages call for an answer to which warning.
call_message = sa.Table(
    "roll_call_message",
    metadata,
    sa.Column("message_id", Id, primary_key=True, autoincrement=False),
    sa.Column("warning_id", Id, nullable=False, index=True),
)
