"""A large outbox of a version before."""

from __future__ import annotations

from pathlib import Path

from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH
from syncengine.store.doctor import doctor
from tests.support.statements import statements
from tests.support.world import World
from tests.versions.module import SCHEMAS
from tests.versions.test_servers import ONE

MANY = 10_000


def test_an_outbox_of_10000_changesets_is_taken(tmp_path: Path) -> None:
    """In pushes of 1,000, each in a bounded number of statements; nothing but its own words."""
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, schema=SCHEMAS[1])
    with world.enrol("a", made_for=ONE) as device, world.enrol("b") as other:
        device.sync()
        with device._store.database.transaction():  # one sync to disk: how it is made is no matter
            for n in range(MANY):
                with device.changeset() as changes:
                    changes.insert("visit", person=f"Ada Number {n}")
        world.install(SCHEMAS[2])
        with statements(world.store.engine) as sent:
            report = device.sync()
        assert report.verdicts == {"accepted": MANY}
        assert report.rounds == MANY // MAX_CHANGESETS_PER_PUSH
        assert len(sent) < 100 * report.rounds
        assert device.pending() == 0
        other.sync()
        seen = {(r["first"], r["last"], r["rank"]) for r in other.rows("visit")}
        assert seen == {("Ada", f"Number {n}", 1) for n in range(MANY)}
    assert doctor(world.store).findings == []
    world.close()
