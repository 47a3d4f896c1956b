"""The core's tables.

Ids are 16 bytes, times microseconds since 1970 UTC. Migrations create these; a test compares.
"""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store import errand_table as errand_table
from syncengine.store.account_table import account_secret as account_secret
from syncengine.store.account_table import session as session
from syncengine.store.account_table import sign_in_attempt as sign_in_attempt
from syncengine.store.blob_table import blob as blob
from syncengine.store.blob_table import blob_reference as blob_reference
from syncengine.store.blob_table import blob_upload as blob_upload
from syncengine.store.blob_table import blob_uploader as blob_uploader
from syncengine.store.blob_table import blob_waiting as blob_waiting
from syncengine.store.columns import CORE as CORE
from syncengine.store.columns import ID as ID
from syncengine.store.columns import Bytes as Bytes
from syncengine.store.earlier_table import earlier as earlier
from syncengine.store.field_table import custom_field as custom_field
from syncengine.store.field_table import layout as layout
from syncengine.store.module_table import module as module
from syncengine.store.review_table import review as review
from syncengine.store.seat_tables import enrolment_code as enrolment_code
from syncengine.store.seat_tables import incarnation as incarnation
from syncengine.store.seat_tables import seat as seat
from syncengine.store.seat_tables import told as told
from syncengine.store.sync_log_table import sync_log as sync_log

# One row: the clock. Whoever writes locks it first (design: "a write, step by step"). schema: the
# hash of the schema that the database was migrated to.
clock = sa.Table(
    "clock",
    CORE,
    sa.Column("one", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("epoch", ID, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("chain", Bytes(32), nullable=False),
    sa.Column("backed_up", sa.BigInteger, nullable=False),
    sa.Column("secret", Bytes(32), nullable=False),
    # Boundaries in time up to `at` have been passed; the next one is `due`.
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("due", sa.BigInteger),
    sa.Column("schema", Bytes(32)),
    # The highest horizon of a bucket; the first changeset that is kept, 0: all are.
    sa.Column("horizon", sa.BigInteger, nullable=False),
    sa.Column("begins", sa.BigInteger, nullable=False),
)

epoch = sa.Table(
    "epoch",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("parent", ID),
    sa.Column("fork_version", sa.BigInteger, nullable=False),
    sa.Column("started", sa.BigInteger, nullable=False),
)

# horizon: up to there, left records may have been dropped (store/compaction.py).
bucket = sa.Table(
    "bucket",
    CORE,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("key", ID, nullable=False),
    sa.Column("part", sa.SmallInteger, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("sum", sa.BigInteger, nullable=False),
    sa.Column("horizon", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("kind", "key", "part", name="bucket_name"),
)

# One record a (bucket, row), whether the row is there or has left: the feed compacts itself.
# since: the version at which the row first came.
membership = sa.Table(
    "membership",
    CORE,
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("row_id", ID, primary_key=True),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),
    # Covering: the feed reads nothing else of a membership.
    sa.Index("membership_feed", "bucket", "changed", "tag", "row_id", "gone", "since"),
    sa.Index("membership_row", "row_id", "tag"),
    # What compaction looks for, the oldest first.
    sa.Index(
        "membership_left",
        "changed",
        sqlite_where=sa.text("gone = 1"),
        postgresql_where=sa.text("gone"),
    ),
    sqlite_with_rowid=False,
)

# payload: the row as it travels, [version, id, stored values by field number...] in MessagePack.
record = sa.Table(
    "record",
    CORE,
    sa.Column("row_id", ID, primary_key=True),
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("holders", sa.Integer, nullable=False),
    sa.Column("payload", Bytes, nullable=False),
    sqlite_with_rowid=False,
)

# What still has rows to move, and how far that has come: a rule, or an entity whose rows' windows
# have ended (store/unsettled.py).
unsettled = sa.Table(
    "unsettled",
    CORE,
    sa.Column("kind", sa.String(20), primary_key=True),
    sa.Column("key", ID, primary_key=True),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("last", ID, nullable=False),
)

# How many rows of the entity `through` a person owns at a node of a hierarchy or below it
# (store/reach.py).
reach = sa.Table(
    "reach",
    CORE,
    sa.Column("through", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("node", ID, primary_key=True),
    sa.Column("person", ID, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

# The history: one entry a changeset that took effect, chained by hash. edited: when a device's was
# made, as estimated; empty where that is when it was received.
changeset = sa.Table(
    "changeset",
    CORE,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", ID, nullable=False, unique=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("person", ID),
    sa.Column("office_user", ID),
    sa.Column("incarnation", ID),
    sa.Column("sequence", sa.BigInteger),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("device_time", sa.BigInteger),
    sa.Column("edited", sa.BigInteger),
    sa.Column("body_hash", Bytes(32), nullable=False),
    sa.Column("chain", Bytes(32), nullable=False),
    sa.Index(
        "changeset_line",
        "incarnation",
        "sequence",
        sqlite_where=sa.text("incarnation IS NOT NULL"),
        postgresql_where=sa.text("incarnation IS NOT NULL"),
    ),
)

# before, after, losses, entered: MessagePack [[field number, stored value]...]; losses has [number,
# lost, kept]; entered is NULL when all fields are afterwards what was entered.
operation = sa.Table(
    "operation",
    CORE,
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.Integer, nullable=False),
    sa.Column("row_id", ID, nullable=False),
    sa.Column("action", sa.String(10), nullable=False),
    sa.Column("principal", ID),
    sa.Column("incarnation", ID),
    sa.Column("before", Bytes, nullable=False),
    sa.Column("after", Bytes, nullable=False),
    sa.Column("losses", Bytes, nullable=False),
    sa.Column("entered", Bytes),
    sa.Index("operation_row", "tag", "row_id", "version"),
    sqlite_with_rowid=False,
)

# payload: the WireVerdict. body: of refused and quarantined changesets, kept whole.
verdict = sa.Table(
    "verdict",
    CORE,
    sa.Column("incarnation", ID, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("changeset", ID, nullable=False, unique=True),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("decided", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("body_hash", Bytes(32), nullable=False),
    sa.Column("payload", Bytes, nullable=False),
    sa.Column("body", Bytes),
    sqlite_with_rowid=False,
)

# A change too large for one changeset, decided and kept whole. finished: when its last step was
# written.
bulk_change = sa.Table(
    "bulk_change",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("source", sa.String(20), nullable=False),
    sa.Column("person", ID),
    sa.Column("office_user", ID),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("finished", sa.BigInteger),
)

# version: of the step's changeset, 0 when it changed nothing, empty until it is written. body: what
# it is going to write; nothing once it has.
bulk_step = sa.Table(
    "bulk_step",
    CORE,
    sa.Column("bulk_id", ID, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("changeset_id", ID, nullable=False),
    sa.Column("operations", sa.Integer, nullable=False),
    sa.Column("body", Bytes, nullable=False),
    sa.Column("version", sa.BigInteger),
)

# Operations that were refused when their step was to be written, kept whole.
bulk_refused = sa.Table(
    "bulk_refused",
    CORE,
    sa.Column("bulk_id", ID, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("body", Bytes, nullable=False),
)
