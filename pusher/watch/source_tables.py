"""The table of sources: what the watcher remembers of each between two looks."""

import sqlalchemy as sa

from subscribers.tables import Instant, metadata

source = sa.Table(
    "source",
    metadata,
    #: As in the settings.
    sa.Column("name", sa.String(64), primary_key=True),
    #: Address that all this is known of: under another one it is another source.
    sa.Column("url", sa.Text, nullable=False),
    #: What the server gave to ask with whether its page has changed; "" if nothing.
    sa.Column("etag", sa.Text, nullable=False, server_default=""),
    sa.Column("last_modified", sa.Text, nullable=False, server_default=""),
    #: When it is due; NULL = at once.
    sa.Column("next_look", Instant),
    sa.Column("last_look", Instant),
    #: Last look that could be read; NULL = never yet.
    sa.Column("last_success", Instant),
    #: When something new was found last; after the first look the newest date of its rows.
    sa.Column("last_new", Instant),
    #: Seconds between two new things, as observed; NULL = not known yet.
    sa.Column("usual_gap", sa.Float),
    #: Looks that failed since the last success.
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    #: Whether its first look has been stored.
    sa.Column("is_learnt", sa.Boolean, nullable=False, server_default=sa.false()),
    #: Rows of the last page that had any.
    sa.Column("row_count", sa.Integer, nullable=False, server_default="0"),
    #: What is wrong with it, in one sentence; "" if nothing is.
    sa.Column("problem", sa.Text, nullable=False, server_default=""),
    #: "ok", "silent" or "broken".
    sa.Column("verdict", sa.String(8), nullable=False, server_default="ok"),
    #: Since when it is silent or broken; NULL if it is not.
    sa.Column("alarm_since", Instant),
    #: JSON object, digest of a row's key → digest of its title and date at the last look.
    sa.Column("marks", sa.Text, nullable=False, server_default="{}"),
    #: JSON object, key or address of a row → how often its article could not be read.
    sa.Column("tries", sa.Text, nullable=False, server_default="{}"),
)
