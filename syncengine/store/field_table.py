"""The tables of what entities' fields are in this database."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, Bytes

# The installation's own fields, removed ones included. type: JSON [name, arguments].
custom_field = sa.Table(
    "custom_field",
    CORE,
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
)

# numbers: the fields of an entity's payloads by position, in MessagePack. part: in whose buckets
# its rows are.
layout = sa.Table(
    "layout",
    CORE,
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("numbers", Bytes, nullable=False),
    sa.Column("part", sa.SmallInteger, nullable=False),
)
