"""The module's tables, as it declares them."""

from __future__ import annotations

from alembic import op

from syncengine.store.entity_tables import entity_tables
from tests.lifecycles.module import LIFECYCLES, SCHEMA

revision = "lifecycles_0001"
down_revision = None
branch_labels = ("lifecycles",)
depends_on = ("masterdata_0001",)


def upgrade() -> None:
    tables = entity_tables(SCHEMA)
    for entity in LIFECYCLES.entities:
        tables[entity.name].create(op.get_bind())
