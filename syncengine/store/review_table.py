"""The table of what waits for the office."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

# What waits for the office (store/reviews.py). body: the operations as they travel; lines: [[place
# of the operation, field number, value at the base, server's, entered]...]; reasons: [[code,
# sentence]...]; base: a version, and of an early checkpoint what that left; judged: the one that
# the work took or was to take; decision: that of the changeset that closed it.
review = sa.Table(
    "review",
    CORE,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("changeset", ID, nullable=False),
    sa.Column("incarnation", ID, nullable=False),
    sa.Column("person", ID, nullable=False),
    sa.Column("principal", ID),
    sa.Column("base", sa.BigInteger, nullable=False),
    sa.Column("behind_part", sa.Integer),
    sa.Column("behind", sa.BigInteger),
    sa.Column("judged", sa.BigInteger, nullable=False),
    sa.Column("edited", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("body", Bytes, nullable=False),
    sa.Column("lines", Bytes, nullable=False),
    sa.Column("reasons", Bytes, nullable=False),
    sa.Column("decided", sa.BigInteger),
    sa.Column("decision", sa.BigInteger),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("review_queue", "kind", "state", "number"),
)
