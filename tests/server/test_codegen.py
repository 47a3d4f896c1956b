"""Generated row classes: strictly typed, and equal to what a device has."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from device_sdk.codegen import generate
from tests.server.cli import Cli
from tests.support.upgrades import CLASS, with_fields
from tests.support.world import INSTALLED, SCHEMA, World

APP = """
import datetime as dt
from uuid import UUID
from device_sdk import Device
from generated import Contact, ContactValues, Customer

def work(device: Device) -> str | None:
    for shop in device.rows(Customer, "city=?", ["Graz"]):
        owner: UUID | None = shop.owner
        active: bool = shop.active
        values: ContactValues = {{"name": "Eva", "active": True, "customer": shop.id}}
        with device.changeset() as changes:
            changes.insert("contact", **values)
    found = device.get(Contact, "x")
    return {read} if found else None
"""


def load(text: str, folder: Path) -> ModuleType:
    file = folder / "generated.py"
    file.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("generated", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_rows_come_as_the_generated_class(world: World, tmp_path: Path) -> None:
    made = load(generate(SCHEMA), tmp_path)
    world.customer("a", "1", city="Graz")
    with world.enrol("a") as device:
        device.sync()
        (shop,) = device.rows(made.Customer, "city=?", ["Graz"])
        assert type(shop) is made.Customer
        assert (shop.number, shop.city, shop.latitude) == ("1", "Graz", None)
        assert device.get(made.Customer, shop.id) == shop
        assert set(made.Customer.__annotations__) - {"ENTITY"} == set(shop)
        with device.changeset() as changes:
            changes.insert(
                "contact", **made.ContactValues(customer=shop.id, name="Eva", active=True)
            )
        assert [c.name for c in device.rows(made.Contact)] == ["Eva"]


@pytest.mark.parametrize(("read", "fails"), [("found.role", False), ("found.active", True)])
def test_a_type_checker_knows_the_fields(tmp_path: Path, read: str, fails: bool) -> None:
    (tmp_path / "generated.py").write_text(generate(SCHEMA), encoding="utf-8")
    (tmp_path / "app.py").write_text(APP.format(read=read), encoding="utf-8")
    root = Path(__file__).parents[2]
    cache = str(root / ".mypy_cache" / "app")
    options = ("--strict", "--config-file=", "--follow-imports=silent")  # the app's errors alone
    told = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "app.py"],
        cwd=tmp_path,
        env={
            "MYPYPATH": str(root),
            "PATH": "/usr/bin:/bin",
            "MYPY_CACHE_DIR": cache,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode != 0) is fails, told.stdout + told.stderr
    assert not fails or "app.py" in told.stdout


def test_custom_fields_are_in_it_and_a_schema_gives_one_text() -> None:
    schema = with_fields(CLASS)
    assert "loyalty_class: Literal['A', 'B'] | None" in generate(schema)
    assert generate(schema) == generate(schema)
    assert schema.hash.hex()[:16] in generate(schema)


def test_the_command(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "rows.py"
    assert cli("device", "codegen", str(file)).status == 0
    assert file.read_text(encoding="utf-8") == generate(INSTALLED)
    told = cli("device", "codegen", str(tmp_path / "no" / "rows.py"))
    assert told.err.endswith("[codegen.file]\n")
