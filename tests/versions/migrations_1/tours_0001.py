"""The module's tables, as its first version declares them."""

from __future__ import annotations

from alembic import op

from syncengine.store.entity_tables import entity_tables
from tests.versions.module import SCHEMAS, TOURS_1

revision = "tours_0001"
down_revision = None
branch_labels = ("tours",)
depends_on = ("masterdata_0001",)


def upgrade() -> None:
    tables = entity_tables(SCHEMAS[1])
    for entity in TOURS_1.entities:
        tables[entity.name].create(op.get_bind())
