"""Messages with their counters, the queue (batches) and the ledger (deliveries)."""

import sqlalchemy as sa

from subscribers.tables import Id, Instant, metadata

#: Only waiting batches are in the claim index, so that a claim costs the same beside a million finished ones.
_WAITING = sa.text("state = 'waiting'")

message = sa.Table(
    "message",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("broadcast_id", Id, sa.ForeignKey("broadcast.id"), nullable=False),
    #: `pusher.deliver.message_store.MessageState`: whether its batches may be worked on.
    sa.Column("state", sa.String(16), nullable=False, server_default="open"),
    sa.Column("lane", sa.String(16), nullable=False),
    sa.Column("expires", Instant, nullable=False),
    #: Groups whose columns fill its slots: a list of their numbers.
    sa.Column("groups", sa.JSON, nullable=False),
    #: 1 = it follows a warning and goes to those who got that, also where they have refused since.
    sa.Column("to_refused", sa.SmallInteger, nullable=False, server_default="0"),
    #: 1 = it is a warning that members of those of its groups that outweigh a 退订 get all the same.
    sa.Column("by_duty", sa.SmallInteger, nullable=False, server_default="0"),
    #: 1 = what is due goes out into quiet hours: a warning (its fan-out has decided who waits), or an answer.
    sa.Column("at_once", sa.SmallInteger, nullable=False, server_default="0"),
    #: Hours in which what waited may begin ("08:00-20:00", +08:00); NULL = any.
    sa.Column("hours", sa.String(11)),
    #: Name of the channel in the settings.
    sa.Column("channel", sa.String(64), nullable=False),
    #: Kind of address that the channel reaches ("email"; "public").
    sa.Column("address_kind", sa.String(16), nullable=False),
    #: The rendered words (parts, fields, template of a `channels.message.Message`): what is sent, and the audit copy.
    sa.Column("content", sa.JSON, nullable=False),
    # Counters, kept with the message so that no progress bar counts a million rows. `pusher.deliver.state` says which
    # state of a delivery counts where.
    *(
        sa.Column(name, sa.Integer, nullable=False, server_default="0")
        for name in (
            "planned",
            "sent",
            "delivered",
            "bounced",
            "failed",
            "in_doubt",
            "expired",
            "suppressed",
            "cancelled",
            "retrying",
        )
    ),
    #: How many of the planned had quiet hours when it was planned, and get it after these.
    sa.Column("held", sa.Integer, nullable=False, server_default="0"),
    #: When its first recipients were queued.
    sa.Column("queued_at", Instant),
    sa.Column("first_sent_at", Instant),
    #: When half of the planned, and 95 % of them, had been taken by the provider.
    sa.Column("half_sent_at", Instant),
    sa.Column("most_sent_at", Instant),
    sa.Column("last_sent_at", Instant),
    #: Why it is parked (the channel's technical failure), and how often in a row; cleared by the next success.
    sa.Column("problem", sa.String(300)),
    sa.Column("parkings", sa.Integer, nullable=False, server_default="0"),
    sa.Column("parked_until", Instant),
    sa.UniqueConstraint("broadcast_id", "channel"),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("message_id", Id, sa.ForeignKey("message.id"), nullable=False, index=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("lane", sa.String(16), nullable=False),
    #: `pusher.deliver.batch.BatchState`.
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("due", Instant, nullable=False),
    #: Which try this is, from 1.
    sa.Column("attempt", sa.SmallInteger, nullable=False, server_default="1"),
    #: Address numbers in order, 8 bytes each, big-endian.
    sa.Column("recipients", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    #: How many recipients, from the front, the ledger knows the outcome of.
    sa.Column("recorded", sa.Integer, nullable=False, server_default="0"),
    #: How many, from the front, may have been handed to the channel; between `recorded` and this they are in doubt.
    sa.Column("started", sa.Integer, nullable=False, server_default="0"),
    #: Who works on it, which claim that is (so that a late worker notices that it was replaced), and until when.
    sa.Column("worker", sa.String(64)),
    sa.Column("claim", sa.Integer, nullable=False, server_default="0"),
    sa.Column("lease_until", Instant),
    sa.Index("ix_batch_to_claim", "channel", "lane", "due", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
    sa.Index(
        "ix_batch_claimed",
        "lease_until",
        sqlite_where=sa.text("state = 'claimed'"),
        postgresql_where=sa.text("state = 'claimed'"),
    ),
)

#: PostgreSQL would try to compress the recipients, which costs thirty times as much as storing them.
UNCOMPRESSED = "ALTER TABLE batch ALTER COLUMN recipients SET STORAGE EXTERNAL"
sa.event.listen(
    batch,
    "after_create",
    sa.DDL(UNCOMPRESSED).execute_if(dialect="postgresql"),  # type: ignore[no-untyped-call]
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("message_id", Id, primary_key=True),
    #: 0 = a public place.
    sa.Column("address_id", Id, primary_key=True),
    #: `pusher.deliver.state.DeliveryState`.
    sa.Column("state", sa.SmallInteger, nullable=False),
    #: Tries so far.
    sa.Column("attempt", sa.SmallInteger, nullable=False),
    #: 1 if a crash or time-out ever left it unknown whether it had gone out.
    sa.Column("doubted", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("code", sa.String(64), nullable=False, server_default=""),
    sa.Column("detail", sa.String(200), nullable=False, server_default=""),
    sa.Column("provider_id", sa.String(80)),
    #: Of the last change.
    sa.Column("at", Instant, nullable=False),
    sa.Index(
        "ix_delivery_provider_id",
        "provider_id",
        sqlite_where=sa.text("provider_id IS NOT NULL"),
        postgresql_where=sa.text("provider_id IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)

#: Receipts that came before the delivery they speak of was recorded; matched when it is, see `pusher.deliver.receipts`.
early_receipt = sa.Table(
    "early_receipt",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: Names of the channel that reported and of the failovers that it is a member of.
    sa.Column("channels", sa.JSON, nullable=False),
    sa.Column("provider_id", sa.String(80), index=True),
    sa.Column("delivery_key", sa.String(64), index=True),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("detail", sa.String(200), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("arrived_at", Instant, nullable=False),
    #: `channels.receipt.Receipt.suppresses`.
    sa.Column("suppresses", sa.SmallInteger, nullable=False, server_default="1"),
)

#: Deliveries that ended without reaching their person, until the person's next address is looked for; see
#: `pusher.plan.fall_back`.
unreached = sa.Table(
    "unreached",
    metadata,
    sa.Column("message_id", Id, primary_key=True),
    sa.Column("address_id", Id, primary_key=True),
    sqlite_with_rowid=False,
)

#: Files that go with an item, where a channel carries files.
item_file = sa.Table(
    "item_file",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("item_id", Id, sa.ForeignKey("item.id", ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("name", sa.String(80), nullable=False),
    #: Media type.
    sa.Column("type", sa.String(100), nullable=False),
    #: SHA-256 of the content.
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

#: Days on which mails to an address came back that may arrive another time; see `pusher.deliver.soft_bounces`.
soft_bounce = sa.Table(
    "soft_bounce",
    metadata,
    sa.Column("address_id", Id, primary_key=True),
    #: Days since 1970, +08:00.
    sa.Column("day", sa.Integer, primary_key=True),
    sqlite_with_rowid=False,
)

#: Telephone numbers that nothing has reached since; see `pusher.deliver.silence`.
silent_number = sa.Table(
    "silent_number",
    metadata,
    sa.Column("address_id", Id, sa.ForeignKey("address.id", ondelete="CASCADE"), primary_key=True),
    #: The first and the last failure in a row.
    sa.Column("first", Instant, nullable=False),
    sa.Column("last", Instant, nullable=False),
)

#: Sends to single numbers, for channels that limit them; see `pusher.deliver.caps`.
number_use = sa.Table(
    "number_use",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("address_id", Id, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_number_use_of", "channel", "address_id", "at"),
)

#: What a provider has pushed already, so that a repeated push changes nothing.
seen_event = sa.Table(
    "seen_event",
    metadata,
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("event_id", sa.String(120), primary_key=True),
    sa.Column("at", Instant, nullable=False),
)

#: Short-lived secrets of channels shared by all processes, encrypted (`channels.channel.TokenStore`).
token = sa.Table(
    "token",
    metadata,
    sa.Column("name", sa.String(120), primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("expires", Instant, nullable=False),
)

#: Processes that share the work, for status and for sharing a provider's rate among them.
worker = sa.Table(
    "worker",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("seen_at", Instant, nullable=False),
)
