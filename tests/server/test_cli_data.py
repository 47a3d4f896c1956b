"""The commands that read and write data: import, explain, history, doctor, backup and restore."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.compose import open_store
from server.demo.delivery import DATA, deliver
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import tables as t
from syncengine.store.compaction import KINDS
from syncengine.store.database import reading, writing
from tests.server.cli import Cli
from tests.server.conftest import Start
from tests.support.world import DAY, OFFICE

STORES = 701


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the demo's files imported."""
    file = tmp_path_factory.mktemp("imported") / "server.db"
    settings = load_settings(None, {}, database=f"sqlite:///{file}")
    with open_store(settings, migrated=True) as store:
        deliver(store)
    return file


@pytest.fixture
def at(imported: Path, tmp_path: Path) -> tuple[str, str]:
    """Options for a copy of that database; that both kinds are alike is tested elsewhere."""
    shutil.copy(imported, tmp_path / "server.db")
    return ("--database", f"sqlite:///{tmp_path / 'server.db'}")


def version(cli: Cli, at: tuple[str, str]) -> int:
    found: int = cli("migrate", *at, "--json").data["version"]
    return found


def test_import_again_changes_nothing(cli: Cli, at: tuple[str, str]) -> None:
    before = version(cli, at)
    again = cli("import", str(DATA / "stores.xlsx"), *at, "--json")
    assert again.status == 0
    counts = again.data[0]["entities"]["customer"]
    assert (counts["unchanged"], counts["new"], again.data[0]["written"]) == (STORES, 0, 0)
    assert version(cli, at) == before


def test_import_with_an_error_changes_nothing(
    cli: Cli, at: tuple[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "substitutes.csv"
    file.write_text("BusinessEntityID,SubstituteID\n274,276\n275,999\n")
    before = version(cli, at)
    told = cli("import", str(file), *at)
    assert told.status == 1
    assert "row 3" in told.out
    assert cli("import", str(file), *at, "--json").data[0]["errors"][0]["row"] == 3
    assert version(cli, at) == before


def test_dry_run_shows_the_difference(cli: Cli, at: tuple[str, str], tmp_path: Path) -> None:
    file = tmp_path / "territories.csv"
    text = (DATA / "territories.csv").read_text().replace("Northwest", "Far Northwest")
    file.write_text(text)
    before = version(cli, at)
    told = cli("import", str(file), *at, "--dry-run")
    assert told.status == 0
    assert "'Northwest' -> 'Far Northwest'" in told.out
    assert version(cli, at) == before
    assert cli("import", str(file), *at).status == 0
    assert version(cli, at) == before + 1


def test_import_that_hands_most_customers_over_asks(
    cli: Cli, at: tuple[str, str], tmp_path: Path
) -> None:
    mapping = tmp_path / "owners.toml"
    mapping.write_text(
        'file = "owners.csv"\n[[output]]\nentity = "customer"\nkey = ["number"]\nmode = "update"\n'
        '[output.fields]\nnumber = { column = "N" }\nowner = { column = "O", lookup = "number" }\n'
    )
    owned = [c["after"]["number"] for c in cli("history", "customer", "--limit", "10000", *at,
                                               "--json").data]  # fmt: skip
    file = tmp_path / "owners.csv"
    file.write_text("N,O\n" + "".join(f"{number},284\n" for number in owned))
    words = ("import", str(file), "--mapping", str(mapping), *at)
    before = version(cli, at)
    told = cli(*words)
    assert told.status == 1
    assert "[import.confirmation_needed]" in told.err
    assert str(STORES) in told.err
    assert version(cli, at) == before
    assert cli(*words, "--yes").status == 0
    assert version(cli, at) > before


def test_import_of_what_is_not_there_or_not_mapped(
    cli: Cli, at: tuple[str, str], tmp_path: Path
) -> None:
    (tmp_path / "unknown.csv").write_text("a,b\n")
    for name in ("unknown.csv", "missing.csv", "."):
        told = cli("import", str(tmp_path / name), *at)
        assert told.status == 1
        assert told.err.endswith("[import.no_mapping]\n")


def test_explain_follows_the_switch(cli: Cli, at: tuple[str, str]) -> None:
    words = ("explain", "--device", "276", "--row", "customer:292", *at, "--json")
    assert cli(*words).data["held"] is False
    assert cli("substitute", "on", "279", "276", *at).status == 0
    assert cli(*words).data["held"] is True
    told = cli(*words[:-1]).out
    assert told.startswith("The device of 276 holds customer:292.")
    assert "276 substitutes 279" in told
    for row, code in (
        ("customer:0", "row.unknown"), ("shop:1", "row.unknown"), ("customer", "row.invalid"),
        ("note:1", "row.invalid"),
    ):  # fmt: skip
        told = cli("explain", "--device", "276", "--row", row, *at).err
        assert told.endswith(f"[{code}]\n")


def test_explain_as_of_a_version_or_an_instant(cli: Cli, at: tuple[str, str]) -> None:
    words = ("explain", "--device", "276", "--row", "customer:292", *at)
    switched = cli("substitute", "on", "279", "276", *at, "--json").data["version"]
    cli("substitute", "off", "279", *at)
    assert cli(*words, "--json").data["held"] is False
    then = cli(*words, "--version", str(switched), "--json").data
    assert (then["held"], then["version"]) == (True, switched)
    told = cli(*words, "--at", then["instant"]).out
    assert told.startswith("At version ")
    told = cli(*words, "--version", str(switched)).out
    assert told.startswith(f"At version {switched}, ")
    assert "the device of 276 held customer:292.\n" in told
    for options, code in (
        (("--version", "0"), "version.unknown"), (("--version", "99999"), "version.unknown"),
        (("--at", "2001-01-01"), "version.unknown"), (("--at", "tomorrow"), "date.invalid"),
        (("--version", "1", "--at", "2026-01-01"), "explain.when"),
    ):  # fmt: skip
        assert cli(*words, *options).err.endswith(f"[{code}]\n")


def test_history_of_a_row_and_of_a_kind(cli: Cli, at: tuple[str, str]) -> None:
    entries = cli("history", "customer:292", *at, "--json").data
    assert [e["action"] for e in entries] == ["insert"]
    assert entries[0]["after"]["number"] == "292"
    assert len(cli("history", "customer", "--limit", "5", *at, "--json").data) == 5
    assert "number: '292'" in cli("history", "customer:292", *at).out
    assert cli("history", *at).err.endswith("[history.what]\n")
    assert cli("history", "--refused", *at, "--json").data == []


def test_doctor_finds_and_heals(cli: Cli, at: tuple[str, str]) -> None:
    assert cli("doctor", *at, "--json").data == {"ok": True, "healed": False, "findings": []}
    settings = load_settings(None, {}, database=at[1])
    with open_store(settings) as store, store.engine.begin() as connection:
        connection.execute(sa.update(t.bucket).values(sum=t.bucket.c.sum - 1))
    ill = cli("doctor", *at)
    assert ill.status == 1
    assert "wrong checksum" in ill.out
    assert cli("doctor", "--heal", *at).status == 0
    assert cli("doctor", *at).out == "Everything is as it should be.\n"


def test_backup_and_restore(cli: Cli, start: Start, database_url: str, tmp_path: Path) -> None:
    served = start()
    device = served.device("279")
    device.sync()
    file, at = tmp_path / "backup", ("--database", database_url)
    saved = cli("backup", str(file), *at, "--json")
    assert saved.status == 0
    assert saved.data["version"] == served.store.status().version
    assert cli("backup", str(file), *at).err.endswith("[backup.exists]\n")
    fresh = ("--database", f"sqlite:///{tmp_path / 'restored.db'}")
    restored = cli("restore", str(file), *fresh, "--json").data
    assert restored["version"] == saved.data["version"]
    assert restored["epoch"] != served.store.status().epoch.hex()
    assert cli("restore", str(file), *fresh).err.endswith("[backup.unusable]\n")
    assert cli("doctor", *fresh).status == 0
    assert cli("restore", str(tmp_path / "none"), *fresh).err.endswith("[backup.missing]\n")
    file.write_bytes(file.read_bytes()[:-20])
    other = ("--database", f"sqlite:///{tmp_path / 'other.db'}")
    assert cli("restore", str(file), *other).err.endswith("[backup.unusable]\n")


def test_compact_says_how_much_and_drops_it(cli: Cli, at: tuple[str, str]) -> None:
    """What left by a change that was 200 days ago."""
    with open_store(load_settings(None, {}, database=at[1])) as store:
        customer = store.tables["customer"].c
        with reading(store.engine) as connection:
            row = connection.scalar(sa.select(customer.id).where(customer.owner.is_not(None)))
        assert row is not None
        tag, entity = store.schema.tags["customer"], store.schema.entities["customer"]
        moved = Operation(Action.UPDATE, tag, row, {entity.by_name["owner"].number: None})
        store.write(OFFICE, [moved])
        with writing(store.engine) as connection:
            old = t.changeset.c.received - 200 * DAY
            connection.execute(sa.update(t.changeset).values(received=old))
    found = cli("compact", *at, "--dry-run", "--json").data
    assert found["left_records"] > 0
    assert found["dropped"] is False
    assert f"left records: {found['left_records']} dropped" in cli("compact", *at).out
    again = cli("compact", *at, "--json").data
    assert again.pop("dropped") is True
    assert len(again) == len(KINDS)
    assert not any(again.values())
