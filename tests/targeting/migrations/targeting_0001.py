"""The module's tables, as it declares them."""

from __future__ import annotations

from alembic import op

from syncengine.store.entity_tables import entity_tables
from tests.targeting.module import SCHEMA, TARGETING

revision = "targeting_0001"
down_revision = None
branch_labels = ("targeting",)
depends_on = ("masterdata_0001",)


def upgrade() -> None:
    tables = entity_tables(SCHEMA)
    for entity in TARGETING.entities:
        tables[entity.name].create(op.get_bind())
