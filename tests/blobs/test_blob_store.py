"""The acceptance suite of the port: whatever keeps the bytes has to pass it (invariant 27)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from syncengine.model.errors import Busy
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore
from tests.blobs.conftest import Open
from tests.blobs.s3 import Service
from tests.blobs.scene import digest
from tests.support.machine import run_machine
from tests.support.world import Crash, Faults

UPLOAD, OTHER = bytes([1]) * 16, bytes([2]) * 16
CRASHES = ("blobs.piece_written", "blobs.piece_named", "blobs.assembled", "blobs.placed")


def whole(blobs: BlobStore, content: bytes) -> bytes | None:
    """What is read of the blob with that content, piece by piece."""
    found = b""
    while (piece := blobs.read(digest(content), len(found), 3)) != b"":
        if piece is None:
            return None
        found += piece
    return found


def upload_all(blobs: BlobStore, content: bytes) -> None:
    for at in range(0, len(content), 2):
        assert blobs.add(UPLOAD, at, content[at : at + 2])
    assert blobs.finish(UPLOAD, digest(content))


def test_pieces_become_a_blob(blobs: BlobStore) -> None:
    assert blobs.add(UPLOAD, 0, b"abcd")
    assert blobs.size(UPLOAD) == 4
    assert blobs.add(UPLOAD, 4, b"efg")
    assert list(blobs.uploads()) == [UPLOAD]
    assert whole(blobs, b"abcdefg") is None
    assert blobs.finish(UPLOAD, digest(b"abcdefg"))
    assert whole(blobs, b"abcdefg") == b"abcdefg"
    assert list(blobs.digests()) == [digest(b"abcdefg")]
    assert blobs.finish(UPLOAD, digest(b"abcdefg")), "repeated, as its answer was lost"
    blobs.discard(UPLOAD)
    assert (blobs.size(UPLOAD), list(blobs.uploads())) == (0, [])
    assert whole(blobs, b"abcdefg") == b"abcdefg"


def test_ranges(blobs: BlobStore) -> None:
    content = bytes(range(100))
    blobs.add(UPLOAD, 0, content)
    blobs.finish(UPLOAD, digest(content))
    assert blobs.read(digest(content), 10, 5) == content[10:15]
    assert blobs.read(digest(content), 98, 50) == content[98:]
    assert blobs.read(digest(content), 0, 0) == b""
    assert blobs.read(digest(b"never was"), 0, 0) is None


@pytest.mark.parametrize("offset", [0, 1, 3, 5, 2**40])
def test_a_wrong_offset_changes_nothing(blobs: BlobStore, offset: int) -> None:
    blobs.add(UPLOAD, 0, b"ab")
    blobs.add(UPLOAD, 2, b"cd")
    assert not blobs.add(UPLOAD, offset, b"xxxxxxxx")
    assert blobs.finish(UPLOAD, digest(b"abcd"))


def test_another_hash_makes_no_blob(blobs: BlobStore) -> None:
    blobs.add(UPLOAD, 0, b"ab")
    assert not blobs.finish(UPLOAD, digest(b"ac"))
    assert list(blobs.digests()) == []
    assert blobs.size(UPLOAD) == 2


def test_stored_once_whoever_uploads_it(blobs: BlobStore) -> None:
    for upload in (UPLOAD, OTHER):
        blobs.add(upload, 0, b"logo")
        assert blobs.finish(upload, digest(b"logo"))
    assert list(blobs.digests()) == [digest(b"logo")]


def test_what_is_removed_is_gone_and_may_come_again(blobs: BlobStore) -> None:
    blobs.discard(OTHER)
    blobs.delete(digest(b"never was"))
    for _ in range(2):
        blobs.add(UPLOAD, 0, b"x")
        blobs.finish(UPLOAD, digest(b"x"))
        blobs.discard(UPLOAD)
        blobs.delete(digest(b"x"))
        assert blobs.read(digest(b"x"), 0, 1) is None
    assert list(blobs.digests()) == list(blobs.uploads()) == []


def test_of_two_writers_at_one_offset_one_wins(open_blobs: Open) -> None:
    """Both have seen the same end before either of them writes."""
    meeting = threading.Barrier(2, timeout=10)

    def together(point: str) -> None:
        if point == "blobs.piece_written":
            meeting.wait()

    won: dict[bytes, bool] = {}

    def write(piece: bytes) -> None:
        won[piece] = open_blobs(together).add(UPLOAD, 0, piece)

    writers = [threading.Thread(target=write, args=(piece,)) for piece in (b"one", b"second")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (winner,) = [piece for piece, it_won in won.items() if it_won]
    assert open_blobs(lambda _: None).finish(UPLOAD, digest(winner))


@pytest.mark.parametrize("point", CRASHES)
def test_a_crash_leaves_all_or_nothing(open_blobs: Open, point: str) -> None:
    """Whatever the point, going on where the store says that it stands comes to the whole blob."""
    faults = Faults(crash_at=point, skip=1 if "piece" in point else 0)
    content = b"abcdef"
    with pytest.raises(Crash):
        upload_all(open_blobs(faults.reached), content)
    blobs = open_blobs(lambda _: None)
    at = blobs.size(UPLOAD)
    assert at in range(0, 7, 2)
    assert list(blobs.digests()) in ([], [digest(content)])
    if at < len(content):
        assert blobs.add(UPLOAD, at, content[at:])
    assert blobs.finish(UPLOAD, digest(content))
    assert whole(blobs, content) == content
    blobs.discard(UPLOAD)
    assert list(blobs.uploads()) == []


class Walk(RuleBasedStateMachine):
    """Random calls with crashes, against a dict of bytes."""

    uploads = st.sampled_from([UPLOAD, OTHER])

    @initialize()
    def begin(self) -> None:
        self.place = TemporaryDirectory()
        self.faults = Faults()
        self.blobs = self.opened()
        self.pieces: dict[bytes, bytes] = {}
        self.stored: set[bytes] = set()

    def opened(self) -> BlobStore:
        """A store that nothing is in."""
        raise NotImplementedError

    def teardown(self) -> None:
        self.place.cleanup()

    @rule(upload=uploads, piece=st.binary(min_size=1, max_size=4), off=st.integers(-1, 1),
          crash=st.sampled_from([None, *CRASHES[:2]]))  # fmt: skip
    def add(self, upload: bytes, piece: bytes, off: int, crash: str | None) -> None:
        there = self.pieces.get(upload, b"")
        self.faults.crash_at = crash
        try:
            added = self.blobs.add(upload, max(len(there) + off, 0), piece)
        except Crash:
            added = self.blobs.size(upload) > len(there)
        else:
            assert added == (max(len(there) + off, 0) == len(there))
        self.faults.crash_at = None
        if added:
            self.pieces[upload] = there + piece

    @rule(upload=uploads, right=st.booleans(), crash=st.sampled_from([None, *CRASHES[2:]]))
    def finish(self, upload: bytes, right: bool, crash: str | None) -> None:
        content = self.pieces.get(upload)
        if not content:
            return
        wanted = digest(content) if right else digest(content + b"?")
        self.faults.crash_at = crash
        try:
            assert self.blobs.finish(upload, wanted) == right
        except Crash:
            assert right
        if wanted in set(self.blobs.digests()):
            self.stored.add(content)
        self.faults.crash_at = None

    @rule(upload=uploads)
    def discard(self, upload: bytes) -> None:
        self.blobs.discard(upload)
        self.pieces.pop(upload, None)

    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        if self.stored:
            content = data.draw(st.sampled_from(sorted(self.stored)))
            self.blobs.delete(digest(content))
            self.stored.remove(content)

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "stored"):
            return
        for upload in (UPLOAD, OTHER):
            assert self.blobs.size(upload) == len(self.pieces.get(upload, b""))
        assert {d: self.blobs.read(d, 0, 999) for d in self.blobs.digests()} == {
            digest(content): content for content in self.stored
        }
        assert set(self.blobs.uploads()) >= {u for u, p in self.pieces.items() if p}


def test_random_calls_and_crashes_in_a_folder() -> None:
    class InFolder(Walk):
        def opened(self) -> BlobStore:
            return BlobFolder(Path(self.place.name), self.faults.reached)

    run_machine(InFolder, examples=20, steps=20)


def test_random_calls_and_crashes_in_a_bucket(s3: Service) -> None:
    class InBucket(Walk):
        def opened(self) -> BlobStore:
            return s3.open(s3.new_bucket(), self.faults.reached)

    run_machine(InBucket, examples=10, steps=12)


def test_a_service_that_does_not_answer_is_busy(s3: Service) -> None:
    """Devices come again. Nobody listens at that port."""
    nobody = Service("http://127.0.0.1:9").open("attachments", lambda _point: None)
    nowhere = s3.open("no-such-bucket", lambda _point: None)
    asked: list[Callable[[], object]] = [
        lambda: nowhere.size(UPLOAD),
        lambda: nobody.add(UPLOAD, 0, b"x"),
        lambda: nobody.read(digest(b"x"), 0, 1),
    ]
    for ask in asked:
        with pytest.raises(Busy, match="does not answer as it should"):
            ask()
