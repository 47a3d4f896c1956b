"""Schemas of one installation at different times: with custom fields, with a newer module."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest

from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from syncengine.model.custom import CustomField, extended
from syncengine.model.entity import DeviceRight, Field
from syncengine.model.fields import Enum, Integer, Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module

CLASS = Field(151, "loyalty_class", Enum(("A", "B")), device=DeviceRight.WRITE)
VISITS = Field(152, "visits", Integer(0), device=DeviceRight.WRITE)
WEBSITE = Field(20, "website", Text(200), device=DeviceRight.WRITE)

MIGRATION = """
import sqlalchemy as sa
from alembic import op

revision = "masterdata_0099"
down_revision = "masterdata_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("masterdata_customer", sa.Column("website", sa.Text(), nullable=True))
"""


def with_fields(*fields: Field, removed: tuple[Field, ...] = ()) -> Schema:
    """Master data with these fields of the customer."""
    return grown(MASTERDATA, *fields, removed=removed)


def grown(module: Module, *fields: Field, removed: tuple[Field, ...] = ()) -> Schema:
    """The module with these fields of the customer, beside the office's."""
    active = [CustomField("customer", field) for field in fields]
    gone = [CustomField("customer", field, removed=True) for field in removed]
    return extended([module, OFFICE], [*active, *gone])


def newer_module(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Module:
    """Master data as a later release has it: a customer's website appended, with a migration."""
    package = folder / "later_masterdata"
    package.mkdir()
    (package / "__init__.py").touch()
    for old in Path("modules/masterdata/migrations").glob("masterdata_*.py"):
        (package / old.name).write_text(old.read_text(encoding="utf-8"), encoding="utf-8")
    (package / "masterdata_0099.py").write_text(MIGRATION, encoding="utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, package.name, raising=False)  # of a test before, in its folder
    entities = tuple(
        dataclasses.replace(e, fields=(*e.fields, WEBSITE)) if e.name == "customer" else e
        for e in MASTERDATA.entities
    )
    return dataclasses.replace(MASTERDATA, entities=entities, migrations="later_masterdata:")
