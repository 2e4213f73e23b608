"""The tables of people, addresses, subscriptions, groups and consent. `metadata` is the whole service's."""

from collections.abc import Sequence

import sqlalchemy as sa

from subscribers.append_only import STATEMENTS

#: Constraint names are fixed so that migrations can name them on every database.
metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: BIGINT everywhere; INTEGER on SQLite, where only that gives a rowid alias.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Aware UTC times are stored as microseconds since 1970: compact, sortable and the same on both databases.
Instant = sa.BigInteger()
#: A division code, compared byte by byte whatever language the database was made for.
Code = sa.String(12).with_variant(sa.String(12, collation="C"), "postgresql")

_NOT_AT_ONCE = sa.text("frequency != 'at_once'")
_QUIET = sa.text("quiet_from IS NOT NULL")

subscriber = sa.Table(
    "subscriber",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("language", sa.String(16), nullable=False, server_default="zh"),
    #: "first" = one message of a broadcast, on the first of their addresses that its channels reach; "all" = on each.
    sa.Column("preference", sa.String(8), nullable=False, server_default="first"),
    #: `subscribers.choices.Frequency`.
    sa.Column("frequency", sa.String(8), nullable=False, server_default="at_once"),
    #: Local hour of the digest.
    sa.Column("digest_hour", sa.SmallInteger, nullable=False, server_default="8"),
    #: Quiet hours in minutes after local midnight; NULL = none.
    sa.Column("quiet_from", sa.SmallInteger),
    sa.Column("quiet_until", sa.SmallInteger),
    #: Least severity of warnings that quiet hours do not hold.
    sa.Column("urgent", sa.SmallInteger, nullable=False, server_default="1"),
    #: Encrypted display name; NULL if none was given.
    sa.Column("name", sa.LargeBinary),
    sa.Column("created_at", Instant, nullable=False),
    sa.Index("ix_subscriber_not_at_once", "id", sqlite_where=_NOT_AT_ONCE, postgresql_where=_NOT_AT_ONCE),
    sa.Index("ix_subscriber_quiet", "urgent", "id", sqlite_where=_QUIET, postgresql_where=_QUIET),
    # Numbers are never given out again: packed batches and links in sent messages outlive the person that they name.
    sqlite_autoincrement=True,
)

#: Who wants digests, or warnings only; who has quiet hours. In the very words of the partial indexes.
NOT_AT_ONCE: sa.ColumnElement[bool] = subscriber.c.frequency != sa.literal_column("'at_once'")
WANTS_QUIET: sa.ColumnElement[bool] = subscriber.c.quiet_from.is_not(None)

#: People who turned out to be one: what was put aside under the number that is gone belongs to the other.
merged = sa.Table(
    "merged",
    metadata,
    sa.Column("gone", Id, primary_key=True, autoincrement=False),
    sa.Column("into_id", Id, nullable=False, index=True),
    #: Which merge it was, counted from 1: whoever keeps the number of the newest knows later which came after it.
    sa.Column("serial", Id, nullable=False, server_default="0", index=True),
)

address = sa.Table(
    "address",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("subscriber_id", Id, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False),
    #: "email", "phone", "openid" … (`channels.channel.Kind.address`).
    sa.Column("kind", sa.String(16), nullable=False),
    #: 0 for people who want all channels; 1, 2, 3 … in order of choice for people who want the first that works.
    sa.Column("rank", sa.SmallInteger, nullable=False, server_default="0"),
    #: 0 open; 1 not yet confirmed by its owner; 2 suppressed. Follows from the consent ledger and `suppression`.
    sa.Column("standing", sa.SmallInteger, nullable=False, server_default="1"),
    #: AES-256-GCM, see `subscribers.keys`.
    sa.Column("value", sa.LargeBinary, nullable=False),
    #: Keyed blind index of the normalised value (16 bytes): equal addresses have equal fingerprints.
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),
    #: What staff may see of it ("138****8000").
    sa.Column("hint", sa.String(64), nullable=False, server_default=""),
    sa.UniqueConstraint("fingerprint", "kind"),
    sa.Index("ix_address_of", "subscriber_id", "rank", "kind", "standing", "id"),
    sqlite_autoincrement=True,
)

#: Addresses that their owners gave up or lost to somebody else: batches and deliveries still go by their numbers.
former_address = sa.Table(
    "former_address",
    metadata,
    #: Its number while it was one; nothing else is kept of it.
    sa.Column("id", Id, primary_key=True, autoincrement=False),
    sa.Column("subscriber_id", Id, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), nullable=False, index=True),
    #: As it was.
    sa.Column("rank", sa.SmallInteger, nullable=False),
    #: Number of the address that stands in its place now; NULL = none does.
    sa.Column("successor_id", Id),
)

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("domain", sa.String(32), primary_key=True),
    sa.Column("subscriber_id", Id, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    #: Division code without trailing zeros.
    sa.Column("area", Code, primary_key=True),
    #: Least severity (`subscribers.topic.Severity`); 0 = everything.
    sa.Column("least", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Index("ix_subscription_subscriber_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

#: Agreements to notices of single templates, as the provider reports them (WeChat's 订阅通知).
agreement = sa.Table(
    "agreement",
    metadata,
    sa.Column("address_id", Id, sa.ForeignKey("address.id", ondelete="CASCADE"), primary_key=True),
    #: Name of the channel in the settings.
    sa.Column("channel", sa.String(64), primary_key=True),
    #: The provider's id of the template.
    sa.Column("template", sa.String(64), primary_key=True),
    #: How often its owner agreed, and how many notices went out on that.
    sa.Column("accepted", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    #: 1 = the last thing that its owner said is no.
    sa.Column("refused", sa.SmallInteger, nullable=False),
    #: When something was last said.
    sa.Column("at", Instant, nullable=False),
)

group = sa.Table(
    "recipient_group",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    #: The department that keeps it; nobody outside of it sees it.
    sa.Column("department", sa.String(64), nullable=False, server_default=""),
    #: What it may be used for (个人信息保护法 Art. 6, 17); "" = imported before it was asked for.
    sa.Column("purpose", sa.String(200), nullable=False, server_default=""),
    #: "consent", "statutory" or "emergency" (个人信息保护法 Art. 13): an emergency group gets warnings only.
    sa.Column("basis", sa.String(16), nullable=False),
    #: From then on nobody is written to because of it; NULL = no end was stated.
    sa.Column("ends_at", Instant),
    #: Why its warnings come even to whoever said 退订, and whom to ask; "" = a 退订 ends them as well.
    sa.Column("duty", sa.String(300), nullable=False, server_default=""),
    #: What the columns of its files mean where that was stated, as a JSON object: heading → meaning.
    sa.Column("mapping", sa.Text, nullable=False, server_default="{}"),
    #: Slot names of the columns by whose values people may be selected, as a JSON list.
    sa.Column("selectable", sa.Text, nullable=False, server_default="[]"),
    #: Digest of the last imported file (SHA-256), its time and who imported it.
    sa.Column("digest", sa.LargeBinary),
    sa.Column("imported_at", Instant),
    sa.Column("imported_by", sa.String(64)),
    #: The list's further columns as a JSON object, slot name → heading in the file: what templates may use.
    sa.Column("columns", sa.Text, nullable=False, server_default="{}"),
    sqlite_autoincrement=True,
)

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("group_id", Id, sa.ForeignKey("recipient_group.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("subscriber_id", Id, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    #: The row's further columns, for slots: encrypted JSON object of strings; NULL if there are none.
    sa.Column("columns", sa.LargeBinary),
    sa.Index("ix_membership_subscriber_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

#: Who left a list when it was imported anew, and when he last did: some are known from lists alone.
departure = sa.Table(
    "departure",
    metadata,
    sa.Column(
        "subscriber_id",
        Id,
        sa.ForeignKey("subscriber.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("at", Instant, nullable=False, index=True),
)

#: Where people live, coarsely, see `subscribers.position`.
position = sa.Table(
    "position",
    metadata,
    sa.Column("subscriber_id", Id, sa.ForeignKey("subscriber.id", ondelete="CASCADE"), primary_key=True),
    #: The list that gives it; 0 = the person.
    sa.Column("group_id", Id, primary_key=True),
    #: Thousandths of a degree, WGS 84.
    sa.Column("latitude", sa.Integer, nullable=False),
    sa.Column("longitude", sa.Integer, nullable=False),
    sa.Index("ix_position_group_id", "group_id"),
    sqlite_with_rowid=False,
)

#: What selectable columns say of members, as keyed fingerprints: equal values are found, and none can be read.
member_attribute = sa.Table(
    "member_attribute",
    metadata,
    sa.Column("group_id", Id, primary_key=True),
    #: Fingerprint of list, column and value (16 bytes).
    sa.Column("fingerprint", sa.LargeBinary, primary_key=True),
    sa.Column("subscriber_id", Id, primary_key=True),
    # It is the membership's: it goes where that goes, and with it.
    sa.ForeignKeyConstraint(
        ["group_id", "subscriber_id"],
        ["membership.group_id", "membership.subscriber_id"],
        name="fk_member_attribute_membership",
        ondelete="CASCADE",
        onupdate="CASCADE",
    ),
    sa.Index("ix_member_attribute_of", "group_id", "subscriber_id"),
    sqlite_with_rowid=False,
)

#: The words that people were shown when they agreed, each text once.
wording = sa.Table(
    "wording",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: SHA-256 of the text.
    sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
)

#: Append-only: every giving, confirming, refusing and ending of consent, with its source and time.
consent = sa.Table(
    "consent",
    metadata,
    sa.Column("id", Id, primary_key=True),
    #: The person is named by the address's fingerprint, which outlives an erasure.
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, index=True),
    sa.Column("kind", sa.String(16), nullable=False),
    #: "given", "confirmed", "imported", "ended", "suppressed", "restored", "corrected", "erased", "lapsed".
    sa.Column("act", sa.String(16), nullable=False),
    #: Where it came from: "sign-up page", "group 低保户", "sms TD", "550 5.1.1", "operator wang".
    sa.Column("source", sa.String(200), nullable=False),
    #: What it covers: "education 360403", a list's legal basis ("statutory"); "" = everything.
    sa.Column("about", sa.String(64), nullable=False, server_default=""),
    #: The words shown, a number of `wording`; NULL where nothing was shown (lists, receipts).
    sa.Column("wording_id", Id),
    sa.Column("at", Instant, nullable=False),
)

#: Addresses that must not be written to, by fingerprint, so that it holds for people who are erased or imported again.
suppression = sa.Table(
    "suppression",
    metadata,
    sa.Column("fingerprint", sa.LargeBinary, primary_key=True),
    sa.Column("kind", sa.String(16), primary_key=True),
    #: Why, in words free of personal data ("mailbox unknown (550 5.1.1)", "退订").
    sa.Column("reason", sa.String(200), nullable=False),
    #: Where the reason is the owner's will: why the address cannot be reached besides; "" = it can, as far as is known.
    sa.Column("dead", sa.String(200), nullable=False, server_default=""),
    sa.Column("source", sa.String(200), nullable=False),
    sa.Column("at", Instant, nullable=False),
)

#: Sign-ups whose address waits for its owner's word; nobody of `subscriber` yet, and nothing but the confirmation is
#: sent to them.
sign_up = sa.Table(
    "sign_up",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),
    #: The address, encrypted; and its fingerprint, as in `address`. Before a scan tells it: "", and that of the scene.
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False, index=True),
    #: What was chosen and the words shown, encrypted JSON: it says what somebody wants to hear.
    sa.Column("wishes", sa.LargeBinary, nullable=False),
    #: `subscribers.sign_up.State`.
    sa.Column("state", sa.String(12), nullable=False),
    #: Codes that were tried.
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("created_at", Instant, nullable=False),
    #: Until when it may be confirmed.
    sa.Column("expires", Instant, nullable=False, index=True),
    # Numbers are never given out again: links and codes are made of them.
    sqlite_autoincrement=True,
)


@sa.event.listens_for(metadata, "after_create")
def _keep_the_ledger(_: sa.MetaData, connection: sa.Connection, *, tables: Sequence[sa.Table], **__: object) -> None:
    if consent in tables:
        for statement in STATEMENTS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
