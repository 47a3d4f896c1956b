"""Columns of what is new and renamed; their values are the engine's matter."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from syncengine.store.entity_tables import entity_tables
from tests.versions.module import SCHEMAS

revision = "tours_0002"
down_revision = "tours_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE tours_visit RENAME COLUMN tel TO phone")
    for name, kind in (("first", sa.Text()), ("last", sa.Text()), ("rank", sa.BigInteger())):
        op.add_column("tours_visit", sa.Column(name, kind))
    entity_tables(SCHEMAS[2])["stop"].create(op.get_bind())
