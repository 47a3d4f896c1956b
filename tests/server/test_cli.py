"""The commands as people and scripts meet them: output, exit status, one sentence on failure."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from server.compose import open_store
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from tests.server.cli import Cli
from tests.server.conftest import CUSTOMER, EMPLOYEE, IMPORT, Served, Start, fill
from tests.server.wire import enrol
from tests.support.prepared import prepare
from tests.support.world import INSTALLED


@pytest.fixture
def filled(database_url: str) -> str:
    """A database with two employees, the second of them the first one's designated substitute."""
    settings = load_settings(None, {}, database=database_url)
    prepare(database_url, INSTALLED)
    with open_store(settings, migrated=True) as store:
        people, _ = fill(store)
        stands_in = Operation(Action.UPDATE, EMPLOYEE, people["279"], {6: people["276"]})
        store.write(IMPORT, [stands_in])
    return database_url


def test_help_needs_no_database_library() -> None:
    code = (
        "import sys, server.cli.run as r\n"
        "heavy = {'sqlalchemy', 'starlette', 'uvicorn', 'alembic', 'psycopg', 'apsw'}\n"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_help_and_usage(cli: Cli) -> None:
    top = cli("--help")
    assert top.status == 0
    for name in ("demo", "serve", "migrate", "import", "explain", "preview", "purged", "substitute",
                 "handover", "device", "history", "doctor", "backup", "restore",
                 "bench"):  # fmt: skip
        assert name in top.out
        assert cli(name, "--help").status == 0
    assert cli("bench", "slices", "--help").status == 0
    assert cli("nonsense").status == 2
    assert cli("explain").status == 2


def test_migrate_creates_and_repeats(cli: Cli, database_url: str) -> None:
    for _ in range(2):
        done = cli("migrate", "--database", database_url, "--json")
        assert done.status == 0
        assert isinstance(done.data, dict)
        assert done.data["version"] == 0


def test_device_enrol_list_lock_release(cli: Cli, start: Start, database_url: str) -> None:
    served: Served = start()
    at = ("--database", database_url)
    code = cli("device", "enrol", "279", *at, "--json").data
    assert isinstance(code, dict)
    device = enrol(served.client, code["code"], "tablet of 279")
    listed = cli("device", "list", *at, "--json").data
    assert isinstance(listed, list)
    assert [(d["employee"], d["name"], d["state"], d["seen"]) for d in listed] == [
        ("279", "tablet of 279", "active", None)
    ]
    assert listed[0]["device"] == to_text(device.seat)
    assert cli("device", "lock", listed[0]["device"], *at).status == 0
    assert device.sync().status == 403
    table = cli("device", "list", *at).out
    assert "locked" in table
    assert listed[0]["device"] in table
    assert cli("device", "release", listed[0]["device"], *at).status == 0
    assert device.sync().status == 200


def test_substitute_defaults_to_the_designated_one(cli: Cli, filled: str) -> None:
    at = ("--database", filled)
    on = cli("substitute", "on", "279", *at, "--json").data
    assert isinstance(on, dict)
    version = on.pop("version")
    assert on == {
        "ok": True, "absent": "279", "substitutes": ["276"], "active": True, "changed": True,
    }  # fmt: skip
    again = cli("substitute", "on", "279", "276", *at)
    assert again.out == "276 substitutes already for 279.\n"
    assert cli("substitute", "off", "279", *at).out == "276 no longer substitutes for 279.\n"
    assert cli("substitute", "off", "279", *at).out == "Nobody was substituting for 279.\n"
    back = cli("substitute", "on", "279", *at, "--json").data
    assert isinstance(back, dict)
    assert back["version"] == version + 2, "the row is switched, none is added"


def test_single_customers_are_lent_beside_the_designated_substitute(cli: Cli, filled: str) -> None:
    at = ("--database", filled)
    lend = ("substitute", "on", "279", "276", *at)
    assert cli(*lend).out == "276 now substitutes for 279.\n"
    one, two = ("--customer", "2790"), ("--customer", "2791")
    assert cli(*lend, *one, *one, "--preview").status == 0
    assert cli(*lend, *one, *one).out == "276 now substitutes for 279.\n"
    assert cli(*lend, *one).out == "276 substitutes already for 279.\n"
    assert cli(*lend, *one, *two).out == "276 now substitutes for 279.\n"
    listed = cli("substitute", "list", *at, "--json").data["substitutions"]
    assert [line["customers"] for line in listed] == [None, ["2790", "2791"]]
    table = cli("substitute", "list", *at).out
    assert "2790, 2791" in table
    assert "all" in table
    assert "[substitution.foreign]" in cli(*lend, "--customer", "2760").err
    assert "[row.unknown]" in cli(*lend, "--customer", "999").err
    assert cli("substitute", "off", "279", *at).out == "276 no longer substitutes for 279.\n"
    cli(*lend, *two)
    listed = cli("substitute", "list", *at, "--json").data["substitutions"]
    assert [line["customers"] for line in listed] == [["2791"]], "not the list of before"


def test_purged_shows_the_way_of_a_revocation(cli: Cli, start: Start, database_url: str) -> None:
    served: Served = start()
    at = ("--database", database_url)
    device = served.device("279")
    device.sync()
    taken = Operation(Action.UPDATE, CUSTOMER, served.customers["2791"], {3: None})
    version = served.store.write(IMPORT, [taken]).version
    asked = (("--row", "customer:2791"), ("--version", str(version)))
    for state in ("not told", "told", "confirmed"):
        for what in asked:
            (line,) = cli("purged", *what, *at, "--json").data
            assert (line["device"], line["employee"]) == (to_text(device.seat), "279")
            assert (line["state"], line["rows"], line["version"]) == (state, 1, version)
            assert (line["told_at"] is None) is (state == "not told")
            assert (line["confirmed_at"] is None) is (state != "confirmed")
        table = cli("purged", *asked[0], *at).out
        assert line["device"] in table
        assert state in table
        assert device.sync().status == 200
    nothing = cli("purged", "--row", "customer:2792", *at)
    assert nothing.out == "No device had any of it, or all of them may still hold it.\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("substitute", "on", "276"), "substitution.nobody"),
        (("substitute", "on", "279", "279"), "substitution.self"),
        (("substitute", "on", "999"), "person.unknown"),
        (("purged",), "purged.what"),
        (("purged", "--row", "customer:1", "--version", "1"), "purged.what"),
        (("purged", "--row", "customer:1"), "row.unknown"),
        (("purged", "--version", "99"), "version.unknown"),
        (("device", "enrol", "999"), "person.unknown"),
        (("device", "lock", "tablet"), "device.unknown"),
        (("device", "lock", "01a20d64-05ed-7f9d-85fe-8b906e7bd358"), "device.unknown"),
    ],
)
def test_refusals_are_one_sentence_with_a_code(
    cli: Cli, filled: str, words: tuple[str, ...], code: str
) -> None:
    told = cli(*words, "--database", filled)
    assert (told.status, told.out) == (1, "")
    assert told.err.startswith("syncengine: ")
    assert told.err.endswith(f"[{code}]\n")
    assert told.err.count("\n") == 1
    scripted = json.loads(cli(*words, "--database", filled, "--json").err)
    assert scripted["error"]["code"] == code


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite:///nowhere/to/be/found.db", "database.missing"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/none", "database.unreachable"),
        ("nonsense", "database.invalid"),
        ("oracle://x/y", "database.invalid"),
    ],
)
def test_databases_that_are_not_there(cli: Cli, url: str, code: str) -> None:
    told = cli("device", "list", "--database", url)
    assert (told.status, told.out) == (1, "")
    assert told.err.endswith(f"[{code}]\n")


def test_a_database_without_tables(cli: Cli, database_url: str, tmp_path: object) -> None:
    if database_url.startswith("sqlite"):
        open(database_url.removeprefix("sqlite:///"), "wb").close()
    told = cli("device", "list", "--database", database_url)
    assert (
        told.err
        == "syncengine: The database needs `syncengine migrate` first. [database.not_migrated]\n"
    )
