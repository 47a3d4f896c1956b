"""The table of the modules that this database was migrated with."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, Bytes

# data: the module as it travels (model/schema_data.py), the installation's own fields included.
# package: where its declarations came from. migration: the last one of its own, where it has some.
module = sa.Table(
    "module",
    CORE,
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("package", sa.Text, nullable=False),
    sa.Column("migration", sa.Text),
    sa.Column("data", Bytes, nullable=False),
)
