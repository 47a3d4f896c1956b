"""Custom fields from the configuration file to the importer and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from server.compose import load_schema, open_store
from server.importer import MappingInvalid, apply_plan, load_mapping, plan_import
from server.settings import load_settings
from syncengine.model.custom import InvalidField
from syncengine.model.fields import Decimal, Enum, Reference
from syncengine.store.database import reading
from tests.server.cli import Cli

FIELDS = """
[[custom_field]]
entity = "customer"
name = "x_class"
number = 151
type = "enum"
values = ["A", "B"]
device = "write"

[[custom_field]]
entity = "customer"
name = "x_credit"
number = 152
type = "decimal"
scale = 1

[[custom_field]]
entity = "customer"
name = "x_depot"
number = 153
type = "reference"
refers_to = "customer"
dangling = true
"""
REMOVED = FIELDS.replace("number = 151", "number = 151\nremoved = true")

MAPPING = """
file = "customers.csv"
[[output]]
entity = "customer"
key = ["number"]
[output.fields]
number = { column = "No" }
name = { column = "Name" }
active = { value = true }
x_class = { column = "Class", words = { "1" = "A" } }
x_credit = { column = "Credit", decimal = "," }
"""


def configured(folder: Path, text: str = FIELDS) -> Path:
    """A settings file that names a file of fields, beside it."""
    (folder / "fields.toml").write_text(text)
    file = folder / "settings.toml"
    database = f"sqlite:///{folder / 'server.db'}"
    file.write_text(f'custom_fields = "fields.toml"\ndatabase = "{database}"\n')
    return file


def test_fields_are_read_with_their_types(tmp_path: Path) -> None:
    schema = load_schema(load_settings(configured(tmp_path), {}))
    fields = schema.entities["customer"].fields[-3:]
    assert [f.type for f in fields] == [
        Enum(("A", "B")),
        Decimal(1),
        Reference("customer", dangling=True),
    ]
    assert [str(f.device) for f in fields] == ["write", "read", "read"]
    (tmp_path / "fields.toml").write_text(REMOVED)
    schema = load_schema(load_settings(configured(tmp_path, REMOVED), {}))
    assert [f.name for f in schema.entities["customer"].removed] == ["x_class"]


def test_a_field_declares_its_conflict_rule(tmp_path: Path) -> None:
    """One that does not fit the type is refused by name."""
    text = FIELDS.replace("scale = 1", 'scale = 1\nconflict = "counter"')
    fields = load_schema(load_settings(configured(tmp_path, text), {})).entities["customer"].fields
    assert {f.name: str(f.conflict) for f in fields}["x_credit"] == "counter"
    wrong = text.replace("scale = 1", "").replace('"decimal"', '"date"')
    with pytest.raises(InvalidField, match=r"customer\.x_credit \(152\): .* rule counter"):
        load_schema(load_settings(configured(tmp_path, wrong), {}))


@pytest.mark.parametrize(
    ("wrong", "right", "names"),
    [
        ('type = "enum"', 'type = "choice"', "customer.x_class: there is no type choice"),
        ("scale = 1", "limit = 1", "customer.x_credit: the type decimal takes no limit"),
        ("number = 152", 'number = "152"', "customer.x_credit: Expected `int`"),
        ("number = 152", "number = 20", r"customer.x_credit \(20\): numbers of custom fields"),
        ("number = 152", "number = 151", "x_class has this number already"),
        ('"customer"\nname = "x_class"', '"shop"\nname = "x_class"', "there is no entity shop"),
        ('device = "write"', 'device = "maybe"', "customer.x_class: Invalid enum value"),
        ('device = "write"', "required = true", "customer.x_class: Object contains unknown field"),
    ],
)
def test_a_wrong_declaration_is_named_and_changes_nothing(
    cli: Cli, tmp_path: Path, wrong: str, right: str, names: str
) -> None:
    file = configured(tmp_path, FIELDS.replace(wrong, right, 1))
    with pytest.raises(InvalidField, match=names):
        load_schema(load_settings(file, {}))
    told = cli("migrate", "--config", str(file))
    assert (told.status, told.err.endswith("[field.invalid]\n")) == (1, True)
    assert not (tmp_path / "server.db").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[[", "fields.invalid"),
        ("[field]", "fields.invalid"),
        ("field = " + "[" * 1_000, "fields.invalid"),
        ("field = " + "9" * 5_000, "fields.invalid"),
        (None, "fields.unreadable"),
    ],
    ids=["cut", "other", "deep", "digits", "missing"],
)
def test_a_file_that_is_none(cli: Cli, tmp_path: Path, text: str | None, code: str) -> None:
    file = configured(tmp_path, text or "")
    if text is None:
        (tmp_path / "fields.toml").unlink()
    assert cli("fields", "--config", str(file)).err.endswith(f"[{code}]\n")


def test_a_mapping_names_custom_fields_like_others(tmp_path: Path) -> None:
    settings = load_settings(configured(tmp_path), {})
    (tmp_path / "mapping.toml").write_text(MAPPING)
    file = tmp_path / "customers.csv"
    file.write_text('No,Name,Class,Credit\n1,One,1,"12,5"\n2,Two,B,\n')
    with open_store(settings, migrated=True) as store:
        mapping = load_mapping(tmp_path / "mapping.toml", store.schema)
        plan = plan_import(store, file, mapping)
        assert plan.errors == []
        apply_plan(store, plan, confirmed=True)
        plan.close()
        c = store.tables["customer"].c
        with reading(store.engine) as connection:
            rows = connection.execute(sa.select(c.x_class, c.x_credit).order_by(c.number)).all()
        assert [tuple(row) for row in rows] == [("A", 125), ("B", None)]
        file.write_text("No,Name,Class,Credit\n1,One,C,\n")
        plan = plan_import(store, file, mapping)
        assert [e.column for e in plan.errors] == ["Class"]
        plan.close()
    schema = load_schema(load_settings(configured(tmp_path, REMOVED), {}))
    with pytest.raises(MappingInvalid, match="no field x_class"):
        load_mapping(tmp_path / "mapping.toml", schema)


def test_the_command_lists_fields_with_their_origin(cli: Cli, tmp_path: Path) -> None:
    file = str(configured(tmp_path, REMOVED))
    listed = cli("fields", "customer", "--config", file, "--json").data
    assert [one["number"] for one in listed] == [*range(1, 20), 151, 152, 153]
    assert listed[0]["origin"] == "masterdata"
    assert listed[-3] == {
        "entity": "customer", "number": 151, "field": "x_class", "type": "enum",
        "arguments": {"values": ["A", "B"]}, "origin": "custom", "device": "write",
        "required": False, "removed": True,
    }  # fmt: skip
    shown = cli("fields", "--config", file).out
    assert "enum (A, B)" in shown
    assert "employee" in shown
    assert cli("fields", "shop", "--config", file).err.endswith("[entity.unknown]\n")


def test_a_database_of_other_fields_has_to_be_migrated(cli: Cli, tmp_path: Path) -> None:
    file = str(configured(tmp_path))
    assert cli("migrate", "--config", file).status == 0
    assert cli("doctor", "--config", file).status == 0
    told = cli("doctor", "--database", f"sqlite:///{tmp_path / 'server.db'}")
    assert told.err.endswith("[database.not_migrated]\n")
    told = cli("migrate", "--database", f"sqlite:///{tmp_path / 'server.db'}")
    assert "customer.x_class (151): it is installed" in told.err
    configured(tmp_path, REMOVED)
    assert cli("doctor", "--config", file).status == 1
    assert cli("migrate", "--config", file).status == 0
    assert cli("doctor", "--config", file).status == 0
