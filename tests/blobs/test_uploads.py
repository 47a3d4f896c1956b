"""Uploads: whatever goes wrong on the way, a blob is complete or it is not there (invariant 27)."""

from __future__ import annotations

import pytest

from syncengine.model.errors import Malformed, TooLarge
from syncengine.protocol.limits import MAX_OPEN_UPLOADS
from syncengine.store.blob_errors import BlobDiffers, BlobQuota, BlobUnknown, WrongOffset
from syncengine.store.uploads import Uploader
from tests.blobs.scene import BOUNDS, KEPT_DAYS, PIECE, Place, digest
from tests.support.world import Crash

CONTENT = bytes(range(256)) * (PIECE // 128)  # two pieces
SHORT = CONTENT + b"end"
CRASHES = ("blobs.piece_written", "blobs.piece_named", "blobs.assembled", "blobs.placed",
           "uploads.placed", "uploads.credited")  # fmt: skip


def test_an_upload_piece_by_piece(place: Place) -> None:
    who = place.seat("a")
    upload = place.uploads.begin(who, digest(SHORT), len(SHORT))
    assert (upload.offset, upload.length) == (0, len(SHORT))
    assert place.uploads.begin(who, digest(SHORT), len(SHORT)) == upload, "its answer was lost"
    upload = place.uploads.add(who, upload.id, 0, SHORT[:PIECE], digest(SHORT[:PIECE]))
    assert place.uploads.standing(who, upload.id) == upload
    assert place.complete() == set()
    place.send(who, upload, SHORT)
    assert place.complete() == {(digest(SHORT), who.person)}
    assert place.blobs.read(digest(SHORT), 0, len(SHORT)) == SHORT
    assert list(place.blobs.uploads()) == []
    assert place.uploads.standing(who, upload.id).offset == len(SHORT), "after a lost answer"
    assert place.uploads.begin(who, digest(SHORT), len(SHORT)).offset == len(SHORT)


def test_nobody_learns_from_an_upload_what_others_have(place: Place) -> None:
    """Invariant 9: all bytes have to come, also those that are there; by another seat as well."""
    place.upload(place.seat("a"), SHORT)
    for other in (place.seat("b"), place.seat("a")):
        upload = place.uploads.begin(other, digest(SHORT), len(SHORT))
        assert upload.offset == 0
        place.send(other, upload, SHORT)
    assert {person for _, person in place.complete()} == {
        place.world.people["a"], place.world.people["b"],
    }  # fmt: skip


def test_uploads_of_others_are_not_there(place: Place) -> None:
    who, other = place.seat("a"), place.seat("a")
    upload = place.uploads.begin(who, digest(SHORT), len(SHORT))
    for asker, of in ((other, upload.id), (who, place.world.environment.new_id())):
        with pytest.raises(BlobUnknown):
            place.uploads.standing(asker, of)
        with pytest.raises(BlobUnknown):
            place.uploads.add(asker, of, 0, SHORT[:PIECE], digest(SHORT[:PIECE]))
        with pytest.raises(BlobUnknown):
            place.uploads.cancel(asker, of)
    assert place.uploads.standing(who, upload.id).offset == 0


def test_what_is_refused_changes_nothing(place: Place) -> None:
    who, piece = place.seat("a"), SHORT[:PIECE]
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(Malformed):
            place.uploads.begin(who, wrong, 1)
    with pytest.raises(Malformed):
        place.uploads.begin(who, digest(b""), 0)
    with pytest.raises(TooLarge):
        place.uploads.begin(who, digest(SHORT), BOUNDS.blob + 1)
    upload = place.uploads.begin(who, digest(SHORT), len(SHORT))
    place.uploads.add(who, upload.id, 0, piece, digest(piece))
    for offset in (0, 1, PIECE - 1, PIECE + 1):
        with pytest.raises(WrongOffset) as wrong_offset:
            place.uploads.add(who, upload.id, offset, piece, digest(piece))
        assert wrong_offset.value.data == {"offset": PIECE}
    with pytest.raises(BlobDiffers):
        place.uploads.add(who, upload.id, PIECE, piece, digest(piece + b"?"))
    with pytest.raises(TooLarge):
        place.uploads.add(who, upload.id, PIECE, SHORT, digest(SHORT))
    for small in (b"", b"abc"):
        with pytest.raises(Malformed):
            place.uploads.add(who, upload.id, PIECE, small, digest(small))
    assert place.uploads.standing(who, upload.id).offset == PIECE


def test_another_whole_has_to_come_anew(place: Place) -> None:
    who = place.seat("a")
    upload = place.uploads.begin(who, digest(SHORT), len(SHORT))
    wrong = bytes(len(SHORT))
    with pytest.raises(BlobDiffers) as differs:
        place.send(who, upload, wrong)
    assert differs.value.data == {"whole": True}
    assert place.complete() == set()
    assert list(place.blobs.uploads()) == list(place.blobs.digests()) == []
    place.upload(who, SHORT)


def test_open_uploads_and_unused_bytes_are_bounded(place: Place) -> None:
    who = place.seat("a")
    for number in range(MAX_OPEN_UPLOADS):
        place.uploads.begin(who, digest(bytes([number])), 1)
    with pytest.raises(BlobQuota):
        place.uploads.begin(who, digest(b"one more"), 1)
    assert place.uploads.begin(who, digest(bytes([0])), 1).offset == 0, "one of them still"
    cancelled = place.uploads.begin(who, digest(bytes([1])), 1)
    place.uploads.cancel(who, cancelled.id)
    place.uploads.begin(who, digest(b"one more"), 1)
    place.upload(place.seat("b"), bytes(BOUNDS.blob))
    rest = place.uploads.begin(place.seat("b"), digest(SHORT), BOUNDS.unused - BOUNDS.blob)
    with pytest.raises(BlobQuota):
        place.uploads.begin(place.seat("b"), digest(b"x"), 1)
    assert rest.length == BOUNDS.blob, "one person's seats share it"
    place.uploads.begin(place.seat("boss"), digest(SHORT), BOUNDS.blob)


def test_a_crash_anywhere_costs_no_byte_that_was_answered(place: Place) -> None:
    for number, point in enumerate(CRASHES):
        who, content = place.seat("a"), CONTENT + bytes([number])
        upload = place.uploads.begin(who, digest(content), len(content))
        place.world.server_faults.crash_at = point
        with pytest.raises(Crash):
            place.send(who, upload, content)
        stands = place.uploads.standing(who, upload.id)
        if point not in CRASHES[:2]:
            assert stands.offset == len(content)
        place.send(who, stands, content)
        assert (digest(content), who.person) in place.complete()
        assert place.blobs.read(digest(content), 0, len(content)) == content
        place.uploads.collect(0, 100)
        assert list(place.blobs.uploads()) == []


def test_old_uploads_are_collected(place: Place) -> None:
    who = place.seat("a")
    old = place.uploads.begin(who, digest(SHORT), len(SHORT))
    place.uploads.add(who, old.id, 0, SHORT[:PIECE], digest(SHORT[:PIECE]))
    place.day = KEPT_DAYS
    young = place.uploads.begin(who, digest(CONTENT), len(CONTENT))
    place.uploads.add(who, young.id, 0, CONTENT[:PIECE], digest(CONTENT[:PIECE]))
    place.blobs.add(place.world.environment.new_id(), 0, b"of no upload")
    assert place.uploads.collect(place.now(), 1) == 1
    assert place.uploads.collect(place.now(), 10) == 1
    assert place.uploads.collect(place.now(), 10) == 0
    with pytest.raises(BlobUnknown):
        place.uploads.standing(who, old.id)
    assert list(place.blobs.uploads()) == [young.id]
    place.send(who, place.uploads.standing(who, young.id), CONTENT)


def test_a_user_uploads_as_well(place: Place) -> None:
    user = place.world.environment.new_id()
    place.upload(Uploader(user, user), SHORT)
    assert place.complete() == {(digest(SHORT), user)}
