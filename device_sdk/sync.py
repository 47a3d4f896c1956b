"""One sync: push what waits, take what comes, publish; again while something is left to do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from device_sdk.account import Account, raised
from device_sdk.errors import NotConverging, Offline, StoreDamaged
from device_sdk.publish import Differs
from device_sdk.report import Progress, SyncReport, Tally
from device_sdk.unpack import Unpacked, unpack
from device_sdk.wanted import coming_parts, next_parts
from syncengine.model.errors import CheckpointRefused, Malformed, SequenceGap, SyncError
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.limits import PROTOCOL_VERSION
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    EarlyCheckpoint,
    Failure,
    Grants,
    Hello,
    Push,
    Ranges,
    Repair,
    Response,
    Unchanged,
    Verdicts,
    Welcome,
    decode_response,
    encode,
)
from syncengine.protocol.session import RESPONSE, Order, State

if TYPE_CHECKING:
    from device_sdk.store import DeviceStore

PATH = f"/v{PROTOCOL_VERSION}/sync"
MAX_ROUNDS = 1_000  # a push takes 1,000 changesets: a million of them
STAGED_AT_ONCE_ROWS = 500  # writing them takes longer than a sync to disk of their own
MAX_REPAIRS = 3  # first by ranges, then of whole buckets; then everything anew, as often
CLIENT = "device_sdk 0.1"
EXPECTED = re.compile(r"[0-9]{1,18}")


class Sync:
    """One run, made for it and thrown away.

    `lock` guards the store; it is held while something is read or written there and not while the
    network is waited for, so that an app can write during a sync.

    budget_bytes: of bodies, both ways; None: no bound. paused: whether to stop. Both are asked
    before each request, and while an answer is read behind each chunk, so that every request brings
    something: at most a request and a chunk go beyond.
    """

    def __init__(
        self,
        store: DeviceStore,
        account: Account,
        lock: AbstractContextManager[object],
        progress: Callable[[Progress], None] | None = None,
        budget_bytes: int | None = None,
        paused: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._account = account
        self._lock = lock
        self._progress = progress
        self._budget = budget_bytes
        self._paused = paused
        self._stopped = False
        self._tally = Tally()
        self._held: Unpacked | None = None
        self._parts: list[str] = []  # that the present request asks for
        self._repair: list[Repair] = []
        self._repairs = 0
        self._again = False

    def run(self) -> SyncReport:
        """Sync until nothing is left to do; raises what stops it, with all that arrived kept."""
        began = time.perf_counter()
        self._again = True
        while self._again and not self._should_stop():
            if self._tally.rounds == MAX_ROUNDS:
                raise NotConverging("The sync did not come to an end.")
            self._again = False
            self._tally.rounds += 1
            self._round()
        tally = self._tally
        with self._lock:
            version = self._store.version
        return SyncReport(
            version, tally.rounds, tally.sent, tally.verdicts, tally.rows, tally.left,
            tally.bytes_sent, tally.bytes_received, (time.perf_counter() - began) * 1000,
            tuple(sorted(tally.repaired)), not (self._again or self._stopped),
        )  # fmt: skip

    def _left(self) -> int | None:
        """Bytes that the budget still has; None: it is open."""
        spent = self._tally.bytes_sent + self._tally.bytes_received
        return None if self._budget is None else self._budget - spent

    def _should_stop(self) -> bool:
        left = self._left()
        return self._paused() or (left is not None and left <= 0)

    def _round(self) -> None:
        with self._lock:
            changesets, more = self._store.outbox.unanswered(self._left())
            hello = self._hello(self._store.outbox.count_unanswered() - len(changesets))
        self._again = more
        body = frame(encode(hello))
        if changesets:
            body += frame(encode(Push(changesets)))
        self._tally.bytes_sent += len(body)
        try:
            self._exchange(body, len(changesets))
        except SequenceGap as gap:
            self._go_back(gap)
        except CheckpointRefused:
            if hello.checkpoint is None and not hello.cursors:
                raise
            self._begin_anew()
        except Differs as difference:
            self._plan_repair(difference.repairs)

    def _hello(self, waiting: int) -> Hello:
        store = self._store
        cursors = store.incoming.cursors()
        self._parts = next_parts(store.database, store.schema)
        return Hello(
            protocol=PROTOCOL_VERSION,
            incarnation=store.incarnation,
            schema_hash=store.schema.hash,
            checkpoint=store.token,
            epoch=store.pull_epoch if cursors else ZERO_ID,
            cursors=cursors,
            repair=self._repair,
            parts=self._parts,
            modules=sorted(store.made_for.items()),
            client=CLIENT,
            early=True,
            waiting=waiting,
        )

    def _exchange(self, body: bytes, changesets: int) -> None:
        """One request; its answer is taken message by message, also when it breaks off."""
        self._store.environment.reached("device.mid_send")
        order = Order(RESPONSE)
        with self._account.post(PATH, body) as response:
            try:
                self._read(response.pieces, order, changesets)
            except SyncError:
                self._stage_held()
                raise
        self._stage_held()
        if order.state is not State.DONE and not self._stopped:
            raise Offline("The answer was cut off; the next sync goes on from here.")

    def _read(self, pieces: Iterator[bytes], order: Order, changesets: int) -> None:
        """The messages of an answer, to its end or until the sync is to stop. A chunk is kept whole
        and then is the time to stop: so that however small the budget, the next sync is further on.
        """
        for messages in self._messages(pieces):
            chunks = 0
            for message in messages:
                order.see(message)
                chunks += isinstance(message, Chunk)
                with self._lock:
                    self._take(message, changesets)
            if chunks and order.state is not State.DONE and self._should_stop():
                self._stopped = True
                return

    def _take(self, message: Response, changesets: int) -> None:
        if not isinstance(message, Checkpoint | EarlyCheckpoint):
            self._stage_held()
        match message:
            case Welcome():
                self._welcome(message, changesets)
            case Verdicts():
                self._verdicts(message)
            case Grants():
                self._store.granted(message)
            case Ranges():
                self._store.void(message)
            case Chunk():
                self._receive(unpack(message))
            case Checkpoint() | EarlyCheckpoint():
                self._publish(message)
                self._again |= isinstance(message, EarlyCheckpoint)
            case Unchanged():
                self._store.unchanged()
            case Failure():
                raise raised(message)

    def _messages(self, pieces: Iterator[bytes]) -> Iterator[Iterator[Response]]:
        """Those that each piece of the answer completes."""
        reader = FrameReader(2**62)  # a stream has no end known beforehand; each frame is bounded
        for piece in pieces:
            self._tally.bytes_received += len(piece)
            yield (decode_response(data) for data in reader.feed(piece))
        try:
            reader.finish()
        except Malformed:
            raise Offline("The answer was cut off; the next sync goes on from here.") from None

    def _welcome(self, message: Welcome, changesets: int) -> None:
        store = self._store
        if message.version < store.newest(message.epoch) or store.is_in_other_words(message):
            raise Offline("An old answer arrived once more; the next sync asks anew.")
        if message.expected > store.outbox.next_sequence():
            detail = "The server has answered work that this store forgot. It has to be rebuilt."
            raise StoreDamaged(detail)
        self._tally.sent += changesets
        self._repair = []
        self._store.welcome(message)
        if self._store.reopen(message.expected):
            self._again = True

    def _verdicts(self, message: Verdicts) -> None:
        self._store.environment.reached("device.answered")
        self._store.answered(message.verdicts)
        for verdict in message.verdicts:
            count = self._tally.verdicts.get(verdict.outcome, 0)
            self._tally.verdicts[verdict.outcome] = count + 1

    def _receive(self, chunk: Unpacked) -> None:
        """Stage a large chunk at once; hold a small one back until the next message: perhaps it
        goes with the checkpoint, and both take one sync to disk.
        """
        self._held = chunk
        tally = self._tally
        tally.rows, tally.left = tally.rows + chunk.rows, tally.left + chunk.left
        if self._progress is not None:
            self._progress(Progress(tally.rows, tally.bytes_received))
        if chunk.rows >= STAGED_AT_ONCE_ROWS:
            self._stage_held()

    def _stage_held(self) -> None:
        """Make the chunk durable that was held back."""
        if self._held is None:
            return
        with self._lock:
            self._store.stage(self._held)
        self._held = None
        self._store.environment.reached("device.chunk_staged")

    def _publish(self, checkpoint: Checkpoint | EarlyCheckpoint) -> None:
        self._store.environment.reached("device.before_publish")
        try:
            self._store.publish(checkpoint, self._held, self._parts)
        except Differs:
            self._stage_held()
            raise
        self._held = None
        self._again |= bool(coming_parts(self._store.database, self._store.schema))
        self._store.environment.reached("device.after_publish")

    def _go_back(self, gap: SequenceGap) -> None:
        """The server lost answers that it gave: it was restored from a backup."""
        expected = str(gap.data.get("expected"))
        if not EXPECTED.fullmatch(expected):
            raise gap
        with self._lock:
            reopened = self._store.reopen(int(expected))
        if not reopened:
            raise gap
        self._again = True

    def _begin_anew(self) -> None:
        """The server wants neither checkpoint nor cursors of ours."""
        with self._lock:
            self._store.start_over()
        self._again = True

    def _plan_repair(self, repairs: list[Repair]) -> None:
        """Ask for what differs in these buckets; when that does not help for all of them, then for
        everything.
        """
        buckets = [r.bucket for r in repairs]
        self._tally.repaired.update(buckets)
        self._repairs += 1
        if self._repairs > 2 * MAX_REPAIRS:
            raise NotConverging("What arrived does not add up, even anew.", buckets=buckets)
        if self._repairs > 1:
            repairs = [Repair(bucket, 0, []) for bucket in buckets]
        with self._lock:
            if self._repairs > MAX_REPAIRS:
                self._store.start_over()
            else:
                self._store.repair(repairs)
                self._repair = repairs
        self._again = True
