"""A file's errands: gone on with by another process, written as they were checked or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from server.errands import Runner
from server.importer import brought, works
from server.importer.guessing import guessed
from server.importer.mapping import MappingFile
from server.importer.report import Checked, Imported
from syncengine.store import bulk
from syncengine.store import errands as module
from syncengine.store.errands import Errand, Errands
from tests.accounts.office import Office
from tests.support.world import SCHEMA, Crash, Faults

LINES = ["Number,Name,Owner", *(f"{n},Shop {n},a" for n in range(7))]


class Desk:
    """An administrator with a file that was checked."""

    def __init__(self, url: str, folder: Path) -> None:
        self.office = Office(url, folder)
        self.store, self.time, self.faults = self.office.store, self.office.time, Faults()
        seen = replace(self.store.environment, reached=self.faults.reached)
        self.store.environment = seen
        self.user = self.office.user("anna")
        self.office.role(self.user, administers=True)
        self.errands = Errands(self.store)
        path = folder / "file"
        path.write_text("\n".join([*LINES, ""]), encoding="utf-8")
        self.file = brought.bring(self.store, self.user, "shops.csv", path)
        self.do(works.LOOK, msgspec.msgpack.encode(("", "")))
        self.check = self.do(works.CHECK, msgspec.json.encode(self.mapping()))

    def mapping(self) -> MappingFile:
        seen = works.looked(self.errands, self.file)
        assert seen is not None
        return guessed(SCHEMA, SCHEMA.entities["customer"], seen, (), {})

    def ask(self, kind: str, parameters: bytes) -> bytes:
        self.time.now += 1
        return self.errands.ask(kind, self.user, "shops.csv", self.file, parameters)

    def do(self, kind: str, parameters: bytes) -> Errand:
        asked = self.ask(kind, parameters)
        Runner(self.store, works.WORKS).do_waiting()
        return self.find(asked)

    def find(self, errand: bytes) -> Errand:
        found = self.errands.find(errand)
        assert found is not None
        return found

    def names(self) -> set[str]:
        with self.store.engine.connect() as connection:
            return set(connection.scalars(sa.select(self.store.tables["customer"].c.name)))


@pytest.fixture
def desk(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setattr(bulk, "STEP_OPERATIONS", 3)
    made = Desk(database_url, tmp_path)
    yield made
    made.office.world.close()


def test_the_check_is_what_is_written(desk: Desk) -> None:
    checked = msgspec.msgpack.decode(desk.check.result, type=Checked)
    assert (checked.counts["customer"]["new"], checked.operations, checked.ok) == (7, 7, True)
    written = desk.do(works.WRITE, desk.check.id)
    assert msgspec.msgpack.decode(written.result, type=Imported) == Imported(7, ())
    assert len(desk.names()) == 7
    file = brought.find(desk.store, desk.file)
    assert file is not None
    assert file.left is not None  # it is not needed any more


@pytest.mark.parametrize("point", ["bulk.kept", "bulk.step_written", "bulk.step_noted"])
def test_a_process_that_dies_is_followed_by_another(desk: Desk, point: str) -> None:
    """Invariant 11: what was decided is finished, once, and the result is the same."""
    asked = desk.ask(works.WRITE, desk.check.id)
    desk.faults.crash_at = point
    with pytest.raises(Crash):
        Runner(desk.store, works.WORKS).do_waiting()
    assert Runner(desk.store, works.WORKS).do_waiting() == 0
    desk.time.now += module.LEASE + 1
    assert Runner(desk.store, works.WORKS).do_waiting() == 1
    written = desk.find(asked)
    assert (written.code, len(desk.names())) == ("", 7)
    assert msgspec.msgpack.decode(written.result, type=Imported).operations == 7


def test_what_somebody_changed_since_is_not_overwritten_unseen(desk: Desk) -> None:
    desk.office.world.customer("b", "3")
    refused = desk.do(works.WRITE, desk.check.id)
    assert (refused.code, desk.names()) == ("import.outdated", {"Shop 3"})
    assert brought.find(desk.store, desk.file).left is None  # type: ignore[union-attr]
    again = desk.do(works.CHECK, msgspec.json.encode(desk.mapping()))
    assert desk.do(works.WRITE, again.id).code == ""
    assert len(desk.names()) == 7


def test_rights_are_those_of_the_moment(desk: Desk) -> None:
    user = desk.office.world.environment.new_id()
    asked = desk.errands.ask(works.WRITE, user, "shops.csv", desk.file, desk.check.id)
    Runner(desk.store, works.WORKS).do_waiting()
    assert (desk.find(asked).code, desk.names()) == ("access.denied", set())


def test_another_large_change_is_finished_first(desk: Desk) -> None:
    """One at a time: whoever finds one under way helps."""
    other = desk.office.world.environment.new_id()
    desk.faults.crash_at = "bulk.kept"
    asked = desk.ask(works.WRITE, desk.check.id)
    with pytest.raises(Crash):
        Runner(desk.store, works.WORKS).do_waiting()
    assert not desk.names()
    second = desk.errands.ask(works.WRITE, desk.user, "shops.csv", desk.file, desk.check.id, other)
    Runner(desk.store, works.WORKS).do_waiting()
    # the first one's rows are there now: it was decided, and the second finds new rows
    assert (len(desk.names()), desk.find(second).code) == (7, "import.outdated")
    desk.time.now += module.LEASE + 1
    Runner(desk.store, works.WORKS).do_waiting()
    assert desk.find(asked).code == ""


def test_a_file_that_went_says_so(desk: Desk) -> None:
    brought.put_away(desk.store, desk.file)
    assert desk.do(works.LOOK, msgspec.msgpack.encode(("", ""))).code == "file.left"
