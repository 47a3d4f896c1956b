"""Lives with attachments: the office's files and people's photos, in pieces, kept, evicted, and
collected when nobody refers to them any more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from unittest.mock import patch

from device_sdk.attachments import carrier, facade, vault
from syncengine.store import uploads
from syncengine.store.blob_collection import Collector
from syncengine.store.blob_errors import BlobUnknown
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Bounds, Uploader, Uploads
from tests.simulation import ledger
from tests.simulation.carrying import Way
from tests.simulation.early import PartedLife
from tests.simulation.faults import COLLECTED, Crash, Fault
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.witness import real
from tests.support.world import DAY

PIECE = 64  # bytes of an attachment in one request, see small_pieces
SEALED = 32  # bytes of an attachment that a device seals together
LARGEST = 300  # bytes of a blob
NARROW, WIDE = 250, 10**6  # bytes that somebody may have uploaded that nothing refers to
KEPT = 10 * DAY  # what nobody refers to
SIZES = (1, 30, 65, 100, 129, 200)  # of some the last piece is a single byte
OFFICE = bytes(15) + b"\x01"  # as an uploader
MANY = 100  # batches


def digest_of(content: bytes) -> bytes:
    """By which it goes."""
    return hashlib.sha256(content).digest()


@contextmanager
def small_pieces() -> Iterator[None]:
    """Attachments of some bytes travel in several pieces, each way, and are sealed in several."""
    with (
        patch.object(carrier, "MAX_PIECE_BYTES", PIECE),
        patch.object(uploads, "MAX_PIECE_BYTES", PIECE),
        patch.object(uploads, "MIN_PIECE_BYTES", PIECE // 2),
        patch.object(facade, "SMALL_BYTES", PIECE),
        patch.object(vault, "CHUNK", SEALED),
        patch.object(vault, "SEALED", SEALED + 16),
    ):
        yield


class AttachedLife(PartedLife):
    """What is common to devices and servers. contents: all that ever was, by hash."""

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self.contents: dict[bytes, bytes] = {}
        self.room = WIDE
        self._used: dict[bytes, int] = {}  # when the servers had a reason last to keep it
        self._backed_up = 0
        super().__init__(seed, kind)

    def _open(self) -> None:
        super()._open()
        self._carried()

    def _enrol_at(self, number: int, who: str) -> None:
        super()._enrol_at(number, who)
        network = real(self.seats[number]).network
        network.way = Way(
            network.server, self.blobs, self.bounds, self._restart, self.counts
        )  # fmt: skip

    @property
    def blobs(self) -> BlobFolder:
        """The servers' own."""
        return BlobFolder(Path(self.folder.name) / "blobs", lambda point: self.hook.reached(point))

    def bounds(self) -> Bounds:
        """Of uploads, as they are now."""
        return Bounds(LARGEST, self.room)

    # -- contents

    def content(self, random: Random) -> bytes:
        """Of a new photo, or one that there is already."""
        if self.contents and random.random() < 0.3:
            return random.choice(list(self.contents.values()))
        size = random.choice(SIZES) if random.random() < 0.95 else LARGEST + 1
        made = random.randbytes(size)
        self.contents[digest_of(made)] = made
        return made

    def file(self, random: Random) -> bytes:
        """The hash of a file that the office has uploaded."""
        content = self.content(random)[:LARGEST]
        digest = digest_of(content)
        self.contents[digest] = content
        way = Uploads(self.world.store, self.blobs, Bounds(LARGEST, WIDE))
        who = Uploader(OFFICE, OFFICE)
        upload = way.begin(who, digest, len(content))
        while upload.offset < upload.length:
            piece = content[upload.offset : upload.offset + PIECE]
            upload = way.add(who, upload.id, upload.offset, piece, digest_of(piece))
        return digest

    # -- acts

    def narrow(self, is_narrow: bool) -> None:
        """People may upload little ahead of their work, or much."""
        self.room = NARROW if is_narrow else WIDE

    def collect(self, days: int, at: int) -> None:
        """After some days the servers drop what nobody refers to any more, maybe with a crash on
        the way. The last backup is no older than what is kept.
        """
        self._carried()  # what came in this very act, at its time
        self.now += days * DAY
        if self._backed_up and self.now - self._backed_up >= KEPT:
            self.back_up()
        self._carried()
        before = set(self.blobs.digests())
        if at < len(COLLECTED):
            self.hook.arm(Fault("server_crash", at=COLLECTED[at]))
        try:
            self._collect()
        except Crash:
            self._restart()
            self._collect()
        finally:
            self.hook.disarm()
        gone = before - set(self.blobs.digests())
        early = {d.hex()[:8] for d in gone if self.now - self._used.get(d, 0) < KEPT}
        assert not early, f"collected before its time: {early}"
        self.counts["collected"] += len(gone)
        self.sound()

    def _collect(self) -> None:
        store = self.world.store
        way = Uploads(store, self.blobs, self.bounds())
        Collector(store, self.blobs, way, KEPT).collect(MANY)

    def pry(self, who: str, drawn: int) -> None:
        """A client asks for attachments, of rows that its person has and of others."""
        random, seen = Random(f"pry {drawn}"), self.visible(who)
        downloads = Downloads(random.choice(self.servers), self.blobs)
        for digest in [*self.contents, random.randbytes(32)]:
            try:
                content = downloads.read(self.world.people[who], digest, 0, LARGEST)
            except BlobUnknown:
                assert digest not in seen, f"{who} does not get what a row refers to"
                continue
            assert digest in seen, f"{who} gets what no row refers to that they have"
            assert content == self.contents[digest], "other bytes"
        self.counts["pried"] += 1

    def visible(self, who: str) -> set[bytes]:
        """What the rows refer to that somebody may have now."""
        return set()

    # -- what holds at any time

    def end_act(self) -> None:
        super().end_act()
        if self.kind.attaches:
            self._carried()
            self.sound()

    def sound(self) -> None:
        """What rows refer to is there, every byte of it (invariant 27)."""
        for digest in ledger.references(self.world.store):
            there = self.blobs.read(digest, 0, LARGEST + 1)
            assert there is not None, f"a row refers to {digest.hex()[:8]}, which is not there"
            assert there == self.contents.get(digest), f"other bytes for {digest.hex()[:8]}"

    def _carried(self) -> None:
        """Note what there is a reason for to keep: rows that refer to it, and that it has come."""
        there = set(self.blobs.digests())
        for digest in ledger.references(self.world.store) | (there - self._used.keys()):
            self._used[digest] = self.now

    def back_up(self) -> None:
        super().back_up()
        self._backed_up = self.now

    def restore_server(self) -> None:
        """What came later is known to nobody any more: it is kept, and may go."""
        super().restore_server()
        self._used = dict.fromkeys(self.blobs.digests(), 0)
        self._carried()

    def settle(self) -> None:
        """In the end nothing is kept but what rows refer to, or work that waits for the office."""
        if not self.kind.attaches:
            super().settle()
            return
        self.room = WIDE
        super().settle()
        for _ in range(2):
            self.collect(KEPT // DAY + 1, len(COLLECTED))
        kept = ledger.references(self.world.store) | ledger.waiting_blobs(self.world.store)
        stray = set(self.blobs.digests()) - kept
        assert not stray, f"kept, and nobody refers to it: {len(stray)}"
