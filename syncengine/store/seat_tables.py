"""The tables of devices: seats, their stores, what these were told, and codes for new ones."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

seat = sa.Table(
    "seat",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("person", ID, nullable=False),
    sa.Column("device", sa.Text, nullable=False),
    sa.Column("public_key", Bytes(32), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),  # active | locked
    sa.Column("enrolled", sa.BigInteger, nullable=False),
)

# acked_*: the last published checkpoint that the store has proved to hold; acked_early: what it has
# of a later version by an early one, packed (store/late.py). answers_from: the first
# sequence whose verdict is kept (store/answers.py). told_until: the highest version of a record in
# `told` that was dropped. seen: when it last asked, to the quarter of an hour where nothing else
# had to be noted. waiting: changesets that it then had and did not send; empty: it does not say.
incarnation = sa.Table(
    "incarnation",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("seat", ID, sa.ForeignKey("seat.id"), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),  # active | fenced
    sa.Column("next_sequence", sa.BigInteger, nullable=False),
    sa.Column("answers_from", sa.BigInteger, nullable=False),
    sa.Column("told_until", sa.BigInteger, nullable=False),
    sa.Column("acked_version", sa.BigInteger, nullable=False),
    sa.Column("acked_at", sa.BigInteger, nullable=False),
    sa.Column("acked_buckets", Bytes, nullable=False),
    sa.Column("acked_early", Bytes),
    sa.Column("seen", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("waiting", sa.Integer),
    sa.Index("incarnation_seat", "seat"),
)

# What a store was told: one record an answer that changed what the store may hold. buckets: those
# it covered; base, base_buckets, base_early: as acked_* then. told_at is empty when the answer
# broke off before its checkpoint, proved_at until a later request showed it.
told = sa.Table(
    "told",
    CORE,
    sa.Column("incarnation", ID, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("buckets", Bytes, nullable=False),
    sa.Column("base", sa.BigInteger, nullable=False),
    sa.Column("base_buckets", Bytes, nullable=False),
    sa.Column("base_early", Bytes),
    sa.Column("told_at", sa.BigInteger),
    sa.Column("proved_at", sa.BigInteger),
    sqlite_with_rowid=False,
)

enrolment_code = sa.Table(
    "enrolment_code",
    CORE,
    sa.Column("hash", Bytes(32), primary_key=True),
    sa.Column("person", ID, nullable=False),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("seat", ID),  # once used
)
