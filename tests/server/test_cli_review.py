"""Deciding what waits, as a person at a terminal does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.cli import Cli, Result
from tests.support.wire import NaiveDevice
from tests.support.world import INSTALLED, World


@dataclass
class Office:
    """A database with a late edit of a customer's phone and owner in quarantine."""

    world: World
    customer: bytes
    cli: Cli

    def __call__(self, *words: str) -> Result:
        """`syncengine quarantine ...`"""
        return self.cli("quarantine", *words, "--database", self.world.url)


@pytest.fixture
def office(cli: Cli, tmp_path: Path) -> Iterator[Office]:
    """That both databases are alike is tested in the store."""
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, schema=INSTALLED)
    device = NaiveDevice(world, "a")
    customer = world.customer("a", "292", phone="old")
    device.sync()
    device.sync()
    world.update("customer", customer, owner=world.people["b"], phone="office")
    (verdict,) = device.push(device.changeset(device.update("customer", customer, phone="late")))
    assert verdict.outcome == "quarantined"
    yield Office(world, customer, cli)
    world.close()


def phone(office: Office) -> object:
    table = office.world.store.tables["customer"]
    with office.world.store.engine.connect() as connection:
        return connection.execute(table.select()).mappings().one()["phone"]


def test_it_is_listed_and_shown(office: Office) -> None:
    told = office("list").out
    assert "customer:292" in told
    assert "[late.quarantined]" in told
    listed = office("list", "--json").data
    assert listed["count"] == 1
    assert listed["entries"][0]["actor"] == "a"
    told = office("show", "1").out
    for word in ("Done by a at ", "phone", "old", "office", "late", "quarantine accept 1"):
        assert word in told
    (value,) = office("show", "1", "--json").data["values"]
    assert (value["base"], value["server"], value["device"]) == ("old", "office", "late")
    assert office("list", "--decided").out == "Nothing has been decided yet.\n"


def test_accepted_it_counts_and_is_decided_once(office: Office) -> None:
    assert office("accept", "1").out.startswith("1 accepted, as version ")
    assert phone(office) == "late"
    for words in (
        ("accept", "1"),
        ("reject", "1", "--reason", "x"),
        ("edit", "1", "--set", "phone="),
    ):
        told = office(*words)
        assert (told.status, told.err.endswith("[review.decided]\n")) == (1, True)
    assert office("list").out == "Nothing waits.\n"
    assert "Was accepted at " in office("show", "1").out
    entries = office.cli("history", "customer:292", "--database", office.world.url).out
    assert "a (quarantine 1 accepted): update customer" in entries


def test_rejected_it_leaves_things_as_they_are(office: Office) -> None:
    assert office("reject", "1").status == 2  # a reason is asked for
    assert office("reject", "1", "--reason", "moved", "--json").data["decision"] == "rejected"
    assert phone(office) == "office"
    assert office("list", "--decided", "--json").data["entries"][0]["reason"] == "moved"


def test_edited_it_takes_effect_with_other_values(office: Office) -> None:
    """Rows by their numbers, empty for nothing; what is not clear changes nothing."""
    for wrong, code in (
        ("phone", "review.set"), ("2:phone=1", "review.set"), ("x:phone=1", "review.set"),
        ("fone=1", "change.invalid"), ("owner=nobody", "row.unknown"),
        ("active=maybe", "change.invalid"), ("name=", "value.invalid"),
    ):  # fmt: skip
        told = office("edit", "1", "--set", wrong)
        assert (told.status, told.err.endswith(f"[{code}]\n")) == (1, True), told.err
    done = office("edit", "1", "--set", "phone=0123", "--set", "1:owner=a", "--set", "active=false")
    assert done.status == 0, done.err
    table = office.world.store.tables["customer"]
    with office.world.store.engine.connect() as connection:
        row = connection.execute(table.select()).mappings().one()
    assert (row["phone"], row["active"]) == ("0123", False)
    assert row["owner"] == office.world.people["a"]


def test_what_is_not_there_or_of_the_other_kind_is_said(office: Office) -> None:
    assert office("show", "7").err.endswith("[review.unknown]\n")
    told = office.cli("conflicts", "accept", "1", "--database", office.world.url).err
    assert told.endswith("`quarantine show 1` shows what it is. [review.unknown]\n")
