"""Bytes flipped, pages blanked, files cut, wherever: what can be read arrives once, the rest is
named, and the slice is the server's. Invariants 2, 3, 5, 10.

What may be lost is worked out of the sound store by SQLite's own account of which page has what.
"""

from __future__ import annotations

import copy
import shutil
import struct
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from device_sdk import Device
from device_sdk.database import fetch
from device_sdk.pages import FRAME_HEAD, PAGE_BYTES, WAL_HEAD
from device_sdk.swap import FILE
from syncengine.model.changeset import Changeset, Outcome
from syncengine.model.entity import Action
from syncengine.protocol.changesets import decode_envelope, read_changeset
from tests.device.damage import due, held
from tests.device.fake import SCHEMA, Fake
from tests.device.wreck import die

ANSWERED, MADE = 25, 80
REFUSED = {4, 11, 18}
META = 2  # the page of the table `meta`, which knows how many changesets were made
EXAMPLES = 25


def judge(changeset: Changeset) -> Outcome:
    """What deletes nothing that is there, has no effect: as the server has it."""
    if any(o.action is Action.DELETE for o in changeset.operations):
        return Outcome.REJECTED
    return Outcome.QUARANTINED if changeset.sequence in REFUSED else Outcome.ACCEPTED


class Store:
    """A closed one, whole. pages: which changesets have something on a page."""

    def __init__(
        self, folder: Path, fake: Fake, bodies: dict[int, Changeset], pages: dict[int, set[int]]
    ) -> None:
        self.folder, self.fake, self.bodies, self.pages = folder, fake, bodies, pages


@pytest.fixture(scope="module", params=["closed", "killed"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A slice, answered, quarantined and waiting work, short and long; all in the file, or the
    newer half in the -wal.
    """
    fake = Fake()
    fake.judge = judge
    folder = tmp_path_factory.mktemp("whole") / "store"
    rows = [fake.customer(str(n)) for n in range(60)]
    with Device.enrol(folder, fake, "code", "tablet") as device:
        device.sync()
        for n in range(1, MADE // 2):
            _work(device, n, rows)
            if n == ANSWERED:
                device.sync()
    device = Device.open(folder, fake)
    for n in range(MADE // 2, MADE + 1):
        _work(device, n, rows)
    db = device._store.database.connection
    bodies = {
        sequence: read_changeset(decode_envelope(body), SCHEMA)
        for sequence, body in fetch(db, "SELECT sequence, body FROM outbox")
    }
    pages = _pages(device)
    if request.param == "closed":
        device.close()
    else:
        die(device, folder)
    return Store(folder, fake, bodies, pages)


def _work(device: Device, n: int, rows: list[bytes]) -> None:
    with device.changeset() as changes:
        for _ in range(n % 4 + 1):
            changes.insert("note", author=device.person, text=str(n) * (900 if n % 9 == 0 else 1))
        changes.update("customer", rows[n % len(rows)], phone=str(n))


def _pages(device: Device) -> dict[int, set[int]]:
    """By SQLite: the leaves of the table `outbox` in order, with how many records each has, and
    below these the pages of records that go on elsewhere.
    """
    db = device._store.database.connection
    listed = fetch(
        db, "SELECT pageno, path, pagetype, ncell FROM dbstat WHERE name='outbox' ORDER BY path"
    )
    sequences = [s for (s,) in fetch(db, "SELECT sequence FROM outbox ORDER BY sequence")]
    found: dict[int, set[int]] = {}
    on_leaf: dict[str, list[int]] = {}
    for page, path, kind, cells in listed:
        if kind == "leaf":
            on_leaf[path], sequences = sequences[:cells], sequences[cells:]
            found[page] = set(on_leaf[path])
    for page, path, kind, _ in listed:
        if kind == "overflow":
            leaf, _, cell = path.partition("+")[0].rpartition("/")
            found[page] = {on_leaf[leaf + "/"][int(cell, 16)]}
    return found


@dataclass(frozen=True)
class Blow:
    """To a part of a file, as shares of its length, which is not known beforehand."""

    wal: bool
    kind: str
    where: float
    bit: int


blows = st.lists(
    st.builds(
        Blow,
        st.booleans(),
        st.sampled_from(["flip", "flip", "flip", "blank", "blank", "noise", "cut"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 7),
    ),
    min_size=1,
    max_size=6,
)


def _strike(folder: Path, blow: Blow) -> set[int]:
    """The numbers of the pages that were hit, those of frames of the -wal likewise. Its last frame
    says that the commit came to its end, and so counts for the page that knows how many there were.
    """
    file = folder / (FILE + "-wal" if blow.wal else FILE)
    raw = bytearray(file.read_bytes()) if file.exists() else bytearray()
    if not raw:
        return set()
    head, unit = (WAL_HEAD, FRAME_HEAD + PAGE_BYTES) if blow.wal else (0, PAGE_BYTES)
    at = int(blow.where * len(raw))
    begin = max(0, at - (at - head) % unit)
    hit = range(begin, min(begin + unit, len(raw)))
    if blow.kind == "flip":
        raw[at] ^= 1 << blow.bit
    elif blow.kind == "cut":
        hit = range(begin, len(raw))
    else:
        fill = bytes if blow.kind == "blank" else (lambda n: bytes(i * 37 % 256 for i in range(n)))
        raw[begin : begin + unit] = fill(len(hit))
    whole = file.read_bytes()
    file.write_bytes(raw[:begin] if blow.kind == "cut" else raw)
    if not blow.wal:
        return {place // PAGE_BYTES + 1 for place in hit[::PAGE_BYTES]}
    pages = {
        struct.unpack_from(">I", whole, place)[0]
        for place in range(max(begin, head), hit.stop, unit)
        if place + unit <= len(whole)
    }
    return pages | {META} if hit.stop == len(whole) else pages


@settings(max_examples=EXAMPLES, deadline=None)
@given(struck=blows)
def test_what_can_be_read_arrives_once_and_the_rest_is_named(
    store: Store, struck: list[Blow]
) -> None:
    fake = copy.deepcopy(store.fake)
    with TemporaryDirectory() as made:
        folder = Path(made) / "store"
        shutil.copytree(store.folder, folder)
        hit = set[int]().union(*(_strike(folder, blow) for blow in struck))
        rebuilt = Device.rebuild(folder, fake)
        with Device.open(folder, fake) as device:
            already = len(fake.requests)
            device.sync()
            pushed = [c for r in fake.requests[already:] for c in r.pushed]
            inbox = {item.sequence for item in device.inbox()}
            assert device.pending() == 0
            assert held(device) == due(fake)
            assert device.verify().sound
    at_risk = set[int]().union(*(store.pages.get(page, set()) for page in hit))
    _check(store, pushed, {w.sequence for w in rebuilt.lost}, at_risk, META in hit)
    assert inbox & REFUSED >= REFUSED - at_risk


def _check(
    store: Store, pushed: list[Changeset], named: set[int], at_risk: set[int], forgetful: bool
) -> None:
    """forgetful: the store may not know any more how many changesets there were."""
    pending = set(range(ANSWERED + 1, MADE + 1))
    whole = {c.sequence for c in pushed if c == store.bodies.get(c.sequence)}
    fillers = {c.sequence for c in pushed} - whole
    assert len(pushed) == len({c.sequence for c in pushed}), "each once"
    lost = pending - whole
    event(f"lost: {len(lost)}")
    assert lost <= at_risk, "what no blow has hit arrives"
    assert fillers == named <= lost
    last = max(whole, default=ANSWERED)
    assert forgetful or named == lost
    assert all(sequence > last for sequence in lost - named), "no gap"
