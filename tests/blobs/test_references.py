"""Who may refer to which blob, and what is on record of it: invariants 9 and 27."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.changeset import Outcome
from syncengine.model.entity import Action
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.blob_references import blob_columns
from syncengine.store.database import reading, writing
from syncengine.store.doctor import doctor
from syncengine.store.review_queue import accept
from syncengine.store.reviews import Kind
from syncengine.store.uploads import Uploader
from tests.accounts.office import Office
from tests.blobs.scene import SCHEMA, WITHOUT_SIGN, Place, digest
from tests.support.wire import NaiveDevice, codes

CONTENT = b"a photo"


@pytest.fixture
def device(place: Place) -> NaiveDevice:
    """One of `a`, which holds its slice."""
    made = NaiveDevice(place.world, "a")
    made.sync()
    return made


def references(place: Place) -> set[tuple[int, bytes, int, bytes]]:
    """What is on record, which is what the rows say."""
    store, of_rows = place.world.store, set()
    with reading(store.engine) as connection:
        for tag, number, table, column in blob_columns(store.schema, store.tables):
            for row_id, found in connection.execute(sa.select(table.c.id, column)):
                if found is not None:
                    of_rows.add((tag, row_id, number, found))
        r = t.blob_reference.c
        rows = connection.execute(sa.select(r.tag, r.row_id, r.field, r.digest))
        noted = {(row.tag, row.row_id, row.field, row.digest) for row in rows}
    assert noted == of_rows
    return noted


def test_only_a_blob_that_is_complete_shows_in_a_row(device: NaiveDevice, place: Place) -> None:
    """One answer for what is missing, incomplete or somebody else's."""
    mine = place.world.customer("a", "1")
    device.sync()
    foreign = place.upload(place.seat("b"), b"foreign")
    half = place.uploads.begin(Uploader(device.seat.id, device.seat.person), digest(CONTENT), 7)
    for wrong in (digest(b"never was"), half.digest, foreign):
        (verdict,) = device.push(device.changeset(device.update("customer", mine, photo=wrong)))
        assert (verdict.outcome, codes(verdict)) == ("rejected", {"blob.unknown"})
        assert [o.field for o in verdict.objections] == ["photo"]
    assert place.photo(mine) is None
    place.upload_by(device, CONTENT)
    (verdict,) = device.push(
        device.changeset(device.update("customer", mine, photo=digest(CONTENT)))
    )
    assert verdict.outcome == "accepted"
    assert place.photo(mine) == digest(CONTENT)
    assert len(references(place)) == 1


def test_whoever_sees_a_row_may_refer_to_its_blob(device: NaiveDevice, place: Place) -> None:
    """Without a byte uploaded; as long as the row is seen."""
    world = place.world
    blob = place.upload(place.seat("b"), CONTENT)
    theirs = world.customer("b", "2", photo=blob)
    mine = world.customer("a", "1", photo=blob)
    device.sync()
    (verdict,) = device.push(device.changeset(device.update("customer", mine, sign=blob)))
    assert verdict.outcome == "accepted"
    world.update("customer", mine, photo=None, sign=None)
    device.sync()
    (verdict,) = device.push(device.changeset(device.update("customer", mine, sign=blob)))
    assert codes(verdict) == {"blob.unknown"}, "another's row refers to it still"
    assert place.photo(theirs) == blob


def test_a_changeset_and_those_behind_it_in_one_push(device: NaiveDevice, place: Place) -> None:
    """What one of them refers to, another person's may see in the same commit."""
    mine = place.world.customer("a", "1")
    device.sync()
    blob = place.upload_by(device, CONTENT)
    verdicts = device.push(
        device.changeset(device.update("customer", mine, photo=blob, phone="1")),
        device.changeset(device.update("customer", mine, sign=digest(b"never was"))),
        device.changeset(device.update("customer", mine, sign=blob)),
    )
    assert [v.outcome for v in verdicts] == ["accepted", "rejected", "accepted"]
    assert len(references(place)) == 2


def test_references_follow_their_rows(place: Place) -> None:
    world = place.world
    one, two = (place.upload(place.seat("a"), content) for content in (b"one", b"two"))
    rows = [world.customer("a", str(n), photo=one) for n in range(3)]
    world.update("customer", rows[0], photo=two, sign=one)
    world.update("customer", rows[1], photo=None)
    world.write([world.operation(Action.DELETE, "customer", rows[2])])
    assert {(row, found) for _, row, _, found in references(place)} == {
        (rows[0], two), (rows[0], one),
    }  # fmt: skip
    assert doctor(world.store, blobs=place.blobs).findings == []


def test_late_work_waits_with_its_blob(device: NaiveDevice, place: Place) -> None:
    """The office puts it into effect long after, and the blob is there still."""
    world = place.world
    mine = world.customer("a", "1")
    device.sync()
    device.sync()
    world.update("customer", mine, owner=world.people["b"])
    blob = place.upload_by(device, CONTENT)
    (verdict,) = device.push(device.changeset(device.update("customer", mine, photo=blob)))
    assert verdict.outcome == "quarantined"
    place.day = 100
    assert place.collect() == 0
    accept(world.store, Kind.QUARANTINE, 1)
    assert place.photo(mine) == blob
    world.update("customer", mine, photo=None)
    place.day = 105
    assert place.collect() == 0, "kept for the full time since"
    place.day = 111
    assert place.collect() == 1


def test_a_field_that_is_removed_refers_to_nothing(place: Place) -> None:
    world = place.world
    kept, dropped = place.upload(place.seat("a"), b"kept"), place.upload(place.seat("a"), b"gone")
    row = world.customer("a", "1", photo=kept, sign=dropped)
    place.day = 100
    world.install(WITHOUT_SIGN)
    assert {(found, of) for _, found, _, of in references(place)} == {(row, kept)}
    assert place.collect() == 0, "kept for the full time since"
    place.day = 111
    assert place.collect() == 1


def test_the_doctor_names_what_is_wrong_and_heals_the_record(place: Place) -> None:
    world = place.world
    kept, lost, spoilt = (place.upload(place.seat("a"), c) for c in (b"kept", b"lost", b"spoilt"))
    rows = {blob: world.customer("a", blob.hex()[:8], photo=blob) for blob in (kept, lost, spoilt)}
    r = t.blob_reference.c
    with writing(world.store.engine) as connection:
        connection.execute(sa.delete(t.blob_reference).where(r.row_id == rows[kept]))
        stray = {"tag": 1, "row_id": world.environment.new_id(), "field": 1, "digest": kept}
        connection.execute(sa.insert(t.blob_reference), [stray])
    place.blobs.delete(lost)
    (spoilt_file,) = Path(world.folder / "blobs").rglob(spoilt.hex())
    spoilt_file.write_bytes(b"other!")
    found = " ".join(doctor(world.store, blobs=place.blobs).findings)
    assert "which is not on record" in found
    assert "and does not" in found
    assert f"blob {lost.hex()} is missing" in found
    assert f"blob {spoilt.hex()} has other bytes" in found
    assert doctor(world.store, heal=True).healed
    assert len(references(place)) == 3
    assert len(doctor(world.store, blobs=place.blobs).findings) == 2


def test_what_a_user_may_refer_to(database_url: str, tmp_path: Path) -> None:
    """An upload of their own, or a row that they may view; the operator, whatever is complete."""
    office = Office(database_url, tmp_path, SCHEMA)
    world = office.world
    place = Place(database_url, tmp_path, world)
    blob = place.upload(place.seat("b"), CONTENT)
    shown, hidden = world.customer("a", "1"), world.customer("b", "2", photo=blob)
    user = office.user("limited", limit="a")
    office.role(user, customer="view edit")
    edit = world.operation(Action.UPDATE, "customer", shown, photo=blob)
    refused = office.write(user, edit)
    assert {o.code for o in refused.objections} == {"blob.unknown"}
    other = world.operation(Action.UPDATE, "customer", shown, photo=digest(b"never was"))
    assert office.write(user, other).objections == refused.objections
    place.upload(Uploader(user, user), CONTENT)
    assert office.write(user, edit).outcome is Outcome.ACCEPTED
    wide = office.user("wide")
    office.role(wide, customer="view edit")
    sign = world.operation(Action.UPDATE, "customer", hidden, sign=blob)
    assert office.write(wide, sign).outcome is Outcome.ACCEPTED
    operator = Author(Source.OFFICE, None, "operator")
    assert world.store.write(operator, [other]).outcome is Outcome.REJECTED
    world.close()
