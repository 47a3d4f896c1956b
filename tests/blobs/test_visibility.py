"""A blob is visible through the rows of the slice, and only through these: random owners, levels
and substitutions, against what a naive device holds after a sync (invariants 7, 9, 10).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.blob_errors import BlobUnknown
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Uploader
from tests.blobs.scene import Place, digest
from tests.support.leaving import substitution
from tests.support.wire import NaiveDevice, codes

CONTENTS = (b"1", b"22", b"333")
PEOPLE = ("boss", "a", "b")
Step = tuple[int, str | None, bytes | None, bool]
steps = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from([*PEOPLE, None]),
        st.sampled_from([*CONTENTS, None]), st.booleans(),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, list[bytes]]]:
    """A place with four customers and three blobs, of an uploader whom nobody knows."""
    folder: Path = tmp_path_factory.mktemp("visibility")
    place = Place(f"sqlite:///{folder / 'server.db'}", folder)
    nobody = Uploader(place.world.environment.new_id(), place.world.environment.new_id())
    for content in CONTENTS:
        place.upload(nobody, content)
    yield place, [place.world.customer(None, str(n)) for n in range(4)]
    place.world.close()


def holds(device: NaiveDevice, blob: bytes) -> bool:
    """Whether a row that the device holds refers to it."""
    return any(blob in record for record in device.records.values())


def write(place: Place, rows: list[bytes], steps: list[Step]) -> None:
    """Nobody's customers without photos first, then what the steps say."""
    for row in rows:
        place.world.update("customer", row, owner=None, photo=None, sign=None)
    for number, owner, content, is_sign in steps:
        values: dict[str, Stored] = {"owner": place.world.people[owner] if owner else None}
        values["sign" if is_sign else "photo"] = digest(content) if content else None
        place.world.update("customer", rows[number], **values)


def read(downloads: Downloads, person: bytes, blob: bytes) -> bytes | None:
    """What the person gets."""
    try:
        return downloads.read(person, blob, 0, 99)
    except BlobUnknown:
        return None


@given(steps=steps, substituted=st.booleans())
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_a_device_holds_is_what_it_may_read_and_name(
    stage: tuple[Place, list[bytes]], steps: list[Step], substituted: bool
) -> None:
    place, rows = stage
    world, downloads = place.world, Downloads(place.world.store, place.blobs)
    write(place, rows, steps)
    made = [world.operation(Action.DELETE, "substitution", substitution(world, "a", "b"))]
    if not substituted:
        world.write([made.pop()])
    for name in PEOPLE:
        device, person = NaiveDevice(world, name), world.people[name]
        device.sync()
        for content in (*CONTENTS, b"never was"):
            seen = holds(device, digest(content))
            assert read(downloads, person, digest(content)) == (content if seen else None)
            note = device.insert("note", author=person, text="x", photo=digest(content))
            (verdict,) = device.push(device.changeset(note))
            assert codes(verdict) == (set() if seen else {"blob.unknown"})
            if seen:
                made.append(world.operation(Action.DELETE, "note", note.row_id))
    if made:
        world.write(made)


def test_a_revoked_row_takes_its_blob_along(place: Place) -> None:
    """Also from whoever uploaded it; and a substitute has it for as long as they substitute."""
    world, downloads = place.world, Downloads(place.world.store, place.blobs)
    blob = place.upload(place.seat("b"), b"photo")
    row = world.customer("a", "1", photo=blob)
    a, b = world.people["a"], world.people["b"]
    assert downloads.read(a, blob, 1, 2) == b"ho"
    with pytest.raises(BlobUnknown):
        downloads.length(b, blob)
    number = substitution(world, "a", "b")
    assert downloads.length(b, blob) == 5
    world.update("substitution", number, active=False)
    with pytest.raises(BlobUnknown):
        downloads.read(b, blob, 0, 5)
    world.update("customer", row, owner=None)
    with pytest.raises(BlobUnknown):
        downloads.read(a, blob, 0, 5)
