"""The module's tables, as it declares them."""

from __future__ import annotations

from alembic import op

from syncengine.store.entity_tables import entity_tables
from tests.questionnaires.module import SCHEMA, SURVEYS

revision = "surveys_0001"
down_revision = None
branch_labels = ("surveys",)
depends_on = ("masterdata_0001",)


def upgrade() -> None:
    tables = entity_tables(SCHEMA)
    for entity in SURVEYS.entities:
        tables[entity.name].create(op.get_bind())
