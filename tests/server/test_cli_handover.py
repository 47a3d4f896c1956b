"""`handover` as people and scripts meet it."""

from __future__ import annotations

import pytest

from server import handover
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.store import preview as previews
from tests.server.cli import Cli
from tests.server.conftest import EMPLOYEE, IMPORT, Served, Start
from tests.server.wire import Device

At = tuple[str, str]


@pytest.fixture
def served(start: Start) -> Served:
    """279 and 276 with three customers each."""
    return start()


@pytest.fixture
def devices(served: Served) -> dict[str, Device]:
    """One for each."""
    return {number: served.device(number) for number in served.people}


@pytest.fixture
def at(served: Served, database_url: str) -> At:
    return ("--database", database_url)


def test_preview_hand_over_and_again(
    cli: Cli, served: Served, devices: dict[str, Device], at: At
) -> None:
    before = served.store.status()
    words = ("handover", "279", "276", *at)
    told = cli(*words, "--preview", "--json")
    assert told.status == 0, told.err
    parts = [
        {"entity": "customer", "field": "owner", "fate": "successor", "rows": 3},
        {"entity": "employee", "field": "active", "fate": "ends", "rows": 1},
    ]
    assert (told.data["parts"], told.data["preview"]["outcome"]) == (parts, "accepted")
    effects = {d["employee"]: (d["gained"], d["lost"]) for d in told.data["preview"]["devices"]}
    assert effects == {"279": (0, 3), "276": (3, 0)}
    table = cli(*words, "--preview", "--lock").out
    for said in ("What would go from 279 to 276", "the successor", "gained", "would be locked"):
        assert said in table
    assert served.store.status() == before
    done = cli(*words, "--json").data
    assert (done["ok"], done["parts"], done["versions"]) == (True, parts, [before.version + 1])
    (device,) = done["devices"]
    assert (device["device"], device["state"]) == (to_text(devices["279"].seat), "not synced since")
    again = cli(*words)
    assert again.out.startswith("Nothing is left to hand over from 279 to 276.\n")
    assert "with --lock at last" in again.out
    assert cli(*words, "--preview", "--json").data["preview"]["outcome"] is None
    assert served.store.status().version == before.version + 1


def test_lock_turns_the_devices_away(cli: Cli, devices: dict[str, Device], at: At) -> None:
    told = cli("handover", "279", "276", "--lock", *at)
    assert told.status == 0, told.err
    assert "locked" in told.out
    assert "at last" not in told.out
    assert devices["279"].sync().status == 403
    assert devices["276"].sync().status == 200


def test_below_goes_to_the_manager(cli: Cli, served: Served, at: At) -> None:
    ids = {number: served.store.environment.new_id() for number in ("280", "281")}
    add = [
        Operation(Action.INSERT, EMPLOYEE, ids["280"], {1: "280", 7: True}),
        Operation(
            Action.INSERT, EMPLOYEE, ids["281"], {1: "281", 5: served.people["279"], 7: True}
        ),
        Operation(Action.UPDATE, EMPLOYEE, served.people["279"], {5: ids["280"]}),
    ]
    served.store.write(IMPORT, add)
    told = cli("handover", "279", "276", "--below", "manager", *at)
    assert "the leaver's manager" in told.out
    assert cli("handover", "279", "276", "--below", "nobody", *at).status == 2


def test_beyond_the_bound_of_a_preview(
    cli: Cli, devices: dict[str, Device], at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "DEFAULT_LIMITS", previews.Limits(operations=1))
    words = ("handover", "279", "276", "--preview", *at)
    told = cli(*words)
    assert told.status == 0
    assert "No preview of devices: A preview takes at most 1 operations, these are 4." in told.out
    assert cli(*words, "--json").data["preview"]["error"]["code"] == "preview.too_large"


@pytest.mark.parametrize(
    ("leaver", "successor", "code"),
    [
        ("279", "279", "handover.same"),
        ("279", "999", "person.unknown"),
        ("999", "279", "person.unknown"),
        ("276", "279", "handover.inactive"),
    ],
)
def test_what_cannot_be_gets_one_sentence(
    cli: Cli, served: Served, at: At, leaver: str, successor: str, code: str
) -> None:
    handover.hand_over(
        served.store, handover.plan(served.store, served.people["279"], served.people["276"])
    )
    told = cli("handover", leaver, successor, *at)
    assert (told.status, told.out) == (1, "")
    assert told.err.endswith(f"[{code}]\n")
