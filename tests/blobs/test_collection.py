"""Collecting: what nothing refers to goes after its time, and nothing else ever does (invariant
27); random uploads, writes, days and crashes against a naive record of them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from server.jobs import Jobs
from syncengine.model.changeset import Outcome
from syncengine.model.entity import Action
from syncengine.store import tables as t
from syncengine.store.backup import backup, restore
from syncengine.store.blob_collection import Collector
from syncengine.store.compaction import Retention
from syncengine.store.database import open_engine, reading
from syncengine.store.doctor import doctor
from syncengine.store.store import Store
from tests.blobs.scene import KEPT_DAYS, SCHEMA, Place, digest
from tests.support.machine import run_machine
from tests.support.world import DAY, Crash

CRASHES = ("blobs.doomed", "blobs.deleted")


def test_what_nothing_refers_to_goes_after_its_time(place: Place) -> None:
    used, unused = place.upload(place.seat("a"), b"used"), place.upload(place.seat("a"), b"not")
    row = place.world.customer("a", "1", photo=used)
    place.day = KEPT_DAYS
    assert place.collect() == 0
    place.day += 1
    assert place.collect() == 1
    assert list(place.blobs.digests()) == [used]
    place.world.update("customer", row, photo=None)
    place.day += KEPT_DAYS
    assert place.collect() == 0, "its time began when it lost its last reference"
    place.day += 1
    assert place.collect() == 1
    assert list(place.blobs.digests()) == []
    verdict = place.world.update("customer", row, photo=unused)
    assert verdict.outcome is Outcome.REJECTED


def test_a_doomed_blob_that_is_uploaded_again_is_sound(place: Place) -> None:
    who = place.seat("a")
    blob = place.upload(who, b"again")
    place.day = KEPT_DAYS + 1
    place.world.server_faults.crash_at = "blobs.doomed"
    with pytest.raises(Crash):
        place.collect()
    assert place.world.update("customer", place.world.customer("a", "1"), photo=blob).objections
    place.upload(who, b"again")
    assert place.collect() == 0
    row = place.world.customer("a", "2", photo=blob)
    assert place.photo(row) == blob
    assert doctor(place.world.store, blobs=place.blobs).findings == []


@pytest.mark.parametrize("point", ["blobs.placed", "uploads.placed"])
def test_an_upload_ends_while_its_blob_is_collected(place: Place, point: str) -> None:
    """The bytes that it has just put in place go with the old blob: it puts them there again."""
    blob = place.upload(place.seat("a"), b"again")
    place.day = KEPT_DAYS + 1
    gone: list[int] = []

    def collect(reached: str) -> None:
        if reached == point and not gone:
            gone.append(0)
            gone.append(place.collect())

    place.faults.meanwhile = collect
    place.upload(place.seat("b"), b"again")
    assert gone == [0, 1]
    row = place.world.customer("a", "1", photo=blob)
    assert place.photo(row) == blob
    assert doctor(place.world.store, blobs=place.blobs).findings == []


def test_a_restored_server_keeps_what_it_does_not_know_for_a_while(
    place: Place, tmp_path: Path
) -> None:
    """And a backup within that time finds all that its rows refer to."""
    world = place.world
    old = place.upload(place.seat("a"), b"old")
    row = world.customer("a", "1", photo=old)
    backup(world.store, tmp_path / "file")
    new = place.upload(place.seat("a"), b"new")
    world.update("customer", row, photo=new)
    place.day = KEPT_DAYS
    place.collect()
    engine = open_engine(f"sqlite:///{tmp_path / 'restored.db'}")
    restore(tmp_path / "file", engine, SCHEMA, world.environment)
    store = Store(engine, SCHEMA, world.environment)
    assert doctor(store, blobs=place.blobs).findings == []
    collector = Collector(store, place.blobs, place.uploads, KEPT_DAYS * DAY)
    assert collector.collect(10) == 0
    assert set(place.blobs.digests()) == {old, new}
    place.day += KEPT_DAYS + 1
    assert collector.collect(10) == 1
    assert set(place.blobs.digests()) == {old}
    engine.dispose()


def test_a_job_does_it(place: Place) -> None:
    place.upload(place.seat("a"), b"unused")
    place.day = KEPT_DAYS + 1
    collector = Collector(place.world.store, place.blobs, place.uploads, KEPT_DAYS * DAY)
    Jobs(place.world.store, Retention(0, 0), collector=collector).run("blobs")
    assert list(place.blobs.digests()) == []


class Walk(RuleBasedStateMachine):
    """Three customers, five contents; `since` is when nothing came to need a blob any more."""

    contents = st.sampled_from([b"1", b"22", b"333", b"4444", b"55555"])
    rows = st.integers(0, 2)
    fields = st.sampled_from(["photo", "sign"])

    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        path = Path(self.folder.name)
        self.place = Place(f"sqlite:///{path / 'server.db'}", path)
        self.who = self.place.seat("a")
        self.ids = [self.place.world.customer("a", str(n)) for n in range(3)]
        self.values: dict[tuple[int, str], bytes] = {}
        self.there: dict[bytes, int] = {}

    def teardown(self) -> None:
        self.place.world.close()
        self.folder.cleanup()

    def unused(self, content: bytes) -> bool:
        return content not in self.values.values()

    @rule(content=contents)
    def upload(self, content: bytes) -> None:
        self.place.upload(self.who, content)
        self.there[content] = self.place.day

    @rule(row=rows, field=fields, content=st.one_of(st.none(), contents))
    def write(self, row: int, field: str, content: bytes | None) -> None:
        value = digest(content) if content is not None else None
        verdict = self.place.world.update("customer", self.ids[row], **{field: value})
        if content is not None and content not in self.there:
            assert {o.code for o in verdict.objections} == {"blob.unknown"}
            return
        assert verdict.outcome is Outcome.ACCEPTED
        was = self.values.pop((row, field), None)
        if content is not None:
            self.values[row, field] = content
        if was is not None and was != content:
            self.there[was] = self.place.day

    @rule(row=rows)
    def delete(self, row: int) -> None:
        world = self.place.world
        world.write([world.operation(Action.DELETE, "customer", self.ids[row])])
        self.ids[row] = world.customer("a", str(row))
        for key in [key for key in self.values if key[0] == row]:
            self.there[self.values.pop(key)] = self.place.day

    @rule(days=st.integers(1, KEPT_DAYS + 1))
    def wait(self, days: int) -> None:
        self.place.day += days

    @rule(crash=st.sampled_from([None, *CRASHES]))
    def collect(self, crash: str | None) -> None:
        self.place.world.server_faults.crash_at = crash
        due = {
            content for content, since in self.there.items()
            if self.unused(content) and since < self.place.day - KEPT_DAYS
        }  # fmt: skip
        try:
            self.place.collect()
        except Crash:
            pass
        else:
            assert not {digest(c) for c in due} & set(self.place.blobs.digests())
        self.place.world.server_faults.crash_at = None
        for content in due:
            del self.there[content]

    @invariant()
    def whole(self) -> None:
        """Every reference has its bytes; what is not due is there."""
        if not hasattr(self, "there"):
            return
        for content in [*self.values.values(), *self.there]:
            assert self.place.blobs.read(digest(content), 0, 99) == content
        r = t.blob_reference.c
        with reading(self.place.world.store.engine) as connection:
            noted = {tuple(row) for row in connection.execute(sa.select(r.row_id, r.digest))}
        assert noted == {(self.ids[row], digest(c)) for (row, _), c in self.values.items()}


def test_random_walks() -> None:
    run_machine(Walk, examples=6, steps=20)
