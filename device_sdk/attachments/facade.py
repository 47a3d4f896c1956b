"""What an app does with attachments, and their part in a sync."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from device_sdk.account import Account
from device_sdk.attaching import FOLDER
from device_sdk.attachments.carrier import Carrier, code_of
from device_sdk.attachments.ledger import Ledger
from device_sdk.attachments.vault import CHUNK, AttachmentDamaged, Vault
from device_sdk.outbox import MAX_SEQUENCE
from device_sdk.report import SyncReport
from device_sdk.store import DeviceStore
from syncengine.model.errors import Advice, SyncError, TooLarge

FRESH = 24 * 3600 * 1_000_000  # microseconds for which one stays that nothing names yet
SENT_LASTS = 12 * 3600 * 1_000_000  # the server keeps what no row refers to for days, not for ever
SMALL_BYTES = 256 * 1024  # comes before all larger ones
FETCHED_AT_ONCE = 8 * 2**20
MAX_DOWNLOADS = 500  # begun in one sync
LATER = "blob."  # of codes: this one does not work now, others may


class NotHere(SyncError):
    """The attachment is not on this device: a sync brings it, or `fetch`."""

    code = "device.attachment_not_here"
    advice = Advice.RETRY


@dataclass(frozen=True)
class AttachmentsReport:
    """Of the last sync. refused: those that the server does not take, by hash."""

    uploaded: int
    downloaded: int
    evicted: int
    refused: tuple[bytes, ...]


class Attachments:
    """Of one device, made by it. quota_bytes: how much is kept here besides what has to be;
    download_bytes: how much one sync brings at most. flags: entity -> its yes/no field that says of
    each row whether its attachments are kept here; without, they come when they are asked for. An
    app may set all of these at any time.
    """

    def __init__(
        self,
        store: DeviceStore,
        secret: bytes,
        account: Account,
        lock: AbstractContextManager[object],
    ) -> None:
        environment = store.environment
        self.quota_bytes = 500 * 2**20
        self.download_bytes = 50 * 2**20
        self.flags: dict[str, str] = {}
        self.report = AttachmentsReport(0, 0, 0, ())
        self._store = store
        self._lock = lock
        folder = store.database.path.parent / FOLDER
        self._vault = Vault(folder, secret, environment.random_bytes, environment.reached)
        self._carrier = Carrier(account, self._vault)
        self._confirmed: dict[bytes, int] = {}  # when the server has, to this process
        self._refused: set[bytes] = set()
        with lock:
            self._ledger = Ledger(store)
            self._adopt()
            store.outbox.attaching = True
            self._hold()

    # -- for the app

    def attach(self, source: Path | str | BinaryIO) -> bytes:
        """Keep a file, encrypted and durable: the value for a row's field. What names it is sent
        when the server has it whole, and so is later work.
        """
        if isinstance(source, Path | str):
            with Path(source).open("rb") as file:
                return self._attach(file)
        return self._attach(source)

    def _attach(self, file: BinaryIO) -> bytes:
        digest, length = self._vault.put(iter(lambda: file.read(CHUNK), b""))
        if not length:
            self._vault.remove(digest)
            raise ValueError("an attachment has at least one byte")
        with self._lock:
            self._ledger.add(digest, length, fresh=True)
            self._confirmed.pop(digest, None)
            self._hold()
        return digest

    def is_here(self, digest: bytes) -> bool:
        """Whether it can be read without the network."""
        with self._lock:
            return digest in self._ledger.here()

    def read(self, digest: bytes, start: int = 0) -> Iterator[bytes]:
        """The content from `start` on, in pieces; NotHere, AttachmentDamaged."""
        with self._lock:
            if digest not in self._ledger.here():
                raise NotHere("This attachment is not on this device.")
            self._ledger.touch(digest)
        return self._vault.read(digest, start)

    def keep(self, digest: bytes, kept: bool = True) -> None:
        """Keep it offline: it comes first and is not evicted, as long as a row refers to it."""
        with self._lock:
            self._ledger.keep(digest, kept)

    def fetch(self, digest: bytes) -> None:
        """Bring one now; NotHere when no row of the slice refers to it, Offline."""
        while not self.is_here(digest):
            if self._download(digest, FETCHED_AT_ONCE) is None:
                raise NotHere("The server does not give this attachment to this device.")

    # -- within a sync

    def around(self, sync: Callable[[], SyncReport], stop: Callable[[], bool]) -> SyncReport:
        """A sync, the uploads that work waits for and a sync of that work; then purge, downloads
        and eviction. stop: whether to leave it at the sync.
        """
        with self._lock:
            self._hold()
        report = sync()
        uploaded = 0
        if report.complete and not stop():
            held = self._store.outbox.hold
            uploaded = self._upload(stop)
            if self._store.outbox.hold > held:
                report = sync()
        self._purge()
        downloaded = self._bring(stop) if report.complete else 0
        refused = tuple(sorted(self._refused))
        self.report = AttachmentsReport(uploaded, downloaded, self._evict(), refused)
        return report

    def _hold(self) -> None:
        """Let nothing be sent that names what the server may not have, nor what comes behind it.
        An attachment that nothing names yet holds the changesets that are still to be made.
        """
        outbox, ledger = self._store.outbox, self._ledger
        if outbox.reopened:  # the server was restored: it may have lost what it confirmed
            outbox.reopened = False
            self._confirmed.clear()
        first, fresh = MAX_SEQUENCE, self._fresh()
        for digest in ledger.here().keys() - self._sent() - self._refused:
            waiting = ledger.first_waiting(digest)
            if waiting is None and digest in fresh:
                waiting = outbox.next_sequence()
            first = min(first, MAX_SEQUENCE if waiting is None else waiting)
        outbox.hold = first

    def _sent(self) -> set[bytes]:
        """What the server has, as far as it said so lately; begun again, one costs no byte."""
        now = self._store.environment.now()
        return {d for d, at in self._confirmed.items() if 0 <= now - at < SENT_LASTS}

    def _fresh(self) -> set[bytes]:
        return self._ledger.fresh(self._store.environment.now() - FRESH)

    def _upload(self, stop: Callable[[], bool]) -> int:
        """Small ones first; how many. Offline ends it, and what was uploaded counts."""
        with self._lock:
            self._hold()
            fresh, ledger = self._fresh(), self._ledger
            done_with = self._sent() | self._refused
            waiting = [
                (length, digest)
                for digest, length in ledger.here().items()
                if digest not in done_with
                and (digest in fresh or ledger.first_waiting(digest) is not None)
            ]
        done = 0
        try:
            for length, digest in sorted(waiting):
                if stop():
                    break
                done += self._uploaded(digest, length)
        finally:
            with self._lock:
                self._hold()
        return done

    def _uploaded(self, digest: bytes, length: int) -> bool:
        try:
            self._carrier.upload(digest, length)
        except SyncError as error:
            if code_of(error) == TooLarge.code:
                self._refused.add(digest)  # so is what names it, which is then in the inbox
            elif not code_of(error).startswith(LATER):
                raise
            return False
        except (FileNotFoundError, AttachmentDamaged):
            self._refused.add(digest)
            return False
        self._confirmed[digest] = self._store.environment.now()
        self._store.environment.reached("attachments.uploaded")
        return True

    def _purge(self) -> None:
        """What neither rows of the slice nor own work refer to leaves, as rows do (invariant 8)."""
        with self._lock:
            rows, fresh, ledger = self._ledger.of_rows(), self._fresh(), self._ledger
            for digest in ledger.here().keys() | ledger.evicted() | ledger.kept():
                if digest in rows or ledger.of_images(digest) or ledger.of_work(digest):
                    ledger.named(digest)
                elif digest not in fresh:
                    self._vault.remove(digest)
                    self._store.environment.reached("attachments.removed")
                    ledger.drop(digest)
            self._vault.drop_parts(rows)

    def _bring(self, stop: Callable[[], bool]) -> int:
        """Those to be kept first, then all small ones, then the larger ones by their length; how
        many came. Those that were evicted come when they are asked for.
        """
        with self._lock:
            ledger = self._ledger
            kept = ledger.kept() | ledger.flagged(self.flags)
            wanted = ledger.of_rows(self.flags) - ledger.evicted() | kept & ledger.of_rows()
            wanted -= ledger.here().keys()
        begun = self._carrier.bytes_received
        lengths: dict[bytes, int] = {}
        order = sorted(wanted, key=lambda digest: (digest not in kept, digest))[:MAX_DOWNLOADS]

        def room() -> int:
            return 0 if stop() else self.download_bytes - self._carrier.bytes_received + begun

        came = 0
        for digest in order:
            if room() <= 0:
                return came
            length = self._download(digest, min(SMALL_BYTES, room()))
            came += length is not None and self._vault.has(digest)
            if length is not None and not self._vault.has(digest):
                lengths[digest] = length
        for digest in sorted(lengths, key=lambda digest: (digest not in kept, lengths[digest])):
            if room() <= 0:
                return came
            self._download(digest, room())
            came += self._vault.has(digest)
        return came

    def _download(self, digest: bytes, most: int) -> int | None:
        """Its length; None when this seat does not get it."""
        length = self._carrier.download(digest, most)
        if self._vault.has(digest) and length is not None:
            with self._lock:
                self._ledger.add(digest, length, fresh=False)
        return length

    def _evict(self) -> int:
        """Make room: what was not used for longest goes, but for what is to be kept, and for own
        work, which may have to be uploaded again.
        """
        with self._lock:
            here, ledger = self._ledger.here(), self._ledger
            spared = ledger.kept() | ledger.flagged(self.flags) | self._fresh()
            over, gone = sum(here.values()) - self.quota_bytes, 0
            for digest, length in here.items():
                if over <= 0:
                    break
                if digest in spared or self._ledger.of_work(digest):
                    continue
                self._vault.remove(digest)
                self._store.environment.reached("attachments.removed")
                self._ledger.evict(digest)
                over, gone = over - length, gone + 1
        return gone

    def _adopt(self) -> None:
        """Bring ledger and files together again, after a crash or a rebuild: a file that own work
        names is an attachment, any other one comes again if need be.
        """
        here = self._ledger.here()
        for digest in [digest for digest in here if not self._vault.has(digest)]:
            self._ledger.evict(digest)
        for path in self._vault.strays(here):
            found = self._vault.examined(path)
            if found is not None and self._ledger.of_work(found[0]):
                self._ledger.add(*found, fresh=False)
            elif found is not None:
                self._vault.remove(found[0])
