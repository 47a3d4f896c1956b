"""The engine's store on one database: the one write path, pulls, seats."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from syncengine.model.changeset import Operation, Verdict
from syncengine.model.environment import Environment
from syncengine.model.errors import (
    TooLarge,
    UpgradeRequired,
)
from syncengine.model.manifest import Schema
from syncengine.model.wording import Wording, Wordings
from syncengine.protocol.changesets import (
    check_values,
    verdict_messages,
)
from syncengine.protocol.limits import (
    MAX_CHANGESETS_PER_PUSH,
    MAX_OFFICE_OPERATIONS,
    PROTOCOL_VERSION,
)
from syncengine.protocol.messages import (
    Hello,
    Signed,
    Struct,
    Unchanged,
    Welcome,
)
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.author import (
    Author,
    DecisionJob,
    DeviceJob,
    Expected,
    OfficeJob,
    RestJob,
    TimeJob,
)
from syncengine.store.checkpoints import Held, unseal
from syncengine.store.database import reading
from syncengine.store.entity_tables import entity_tables
from syncengine.store.pull import Pull
from syncengine.store.reworded import reworded
from syncengine.store.seats import Seat, Seats
from syncengine.store.signals import Signals
from syncengine.store.snapshots import Snapshots
from syncengine.store.submissions import read_submission
from syncengine.store.told import noted
from syncengine.store.unsettled import causes
from syncengine.store.visit import Visit, look_up
from syncengine.store.writer import Writer


@dataclass(frozen=True)
class Status:
    """Where a database stands."""

    epoch: bytes
    version: int
    backed_up: int


class Store:
    """What the composition roots use. Safe to call from several threads.

    SchemaDiffers: the database was not migrated to `schema`. InvalidSchema: a module's steps do not
    fit what it declares. replica: of the database, where pulls read as long as it is not behind;
    replica_failed is told when it does not answer.
    """

    def __init__(
        self,
        engine: sa.Engine,
        schema: Schema,
        environment: Environment,
        replica: sa.Engine | None = None,
        replica_failed: Callable[[Exception], None] = lambda _: None,
    ) -> None:
        self.engine = engine
        self.snapshots = Snapshots(engine, replica, environment.now, replica_failed)
        self.schema = schema
        self.environment = environment
        self.wordings = Wordings(schema)
        self.tables = entity_tables(schema)
        self.seats = Seats(engine, schema, self.tables, environment)
        self.signals = Signals()
        self._writer = Writer(engine, schema, self.tables, environment, self.signals)
        with reading(engine) as connection:
            clocks.read(connection).require(schema)
            self.secret: bytes = connection.execute(sa.select(t.clock.c.secret)).scalar_one()

    def status(self) -> Status:
        """Epoch, version and last backup; SchemaDiffers when another server has taken over."""
        with reading(self.engine) as connection:
            clock = clocks.read(connection)
            clock.require(self.schema)
        return Status(clock.epoch, clock.version, clock.backed_up)

    # -- writing

    def write(
        self,
        author: Author,
        operations: Sequence[Operation],
        changeset_id: bytes | None = None,
        asked: bytes | None = None,
        expected: Expected | None = None,
    ) -> Verdict:
        """A changeset of the office, an import or a job; refused ones change nothing.

        The same `changeset_id` again gets the same verdict. One that changes nothing has no
        version; only with `asked`, the hash of the request, its verdict is kept, too. `expected`:
        refused (row.changed, key.taken) unless that is so at the moment of the commit.
        """
        job = self.office_job(author, operations, changeset_id)
        job.asked, job.expected = asked, expected
        self._writer.submit(job)
        return job.answer[0]

    def decide(self, job: DecisionJob) -> None:
        """The office's decision on what waits; ReviewUnknown, ReviewDecided."""
        self._writer.submit(job)

    def office_job(
        self, author: Author, operations: Sequence[Operation], changeset_id: bytes | None = None
    ) -> OfficeJob:
        """What `write` submits, its bounds and values checked: TooLarge, InvalidValue,
        SchemaUnknown.
        """
        if not 1 <= len(operations) <= MAX_OFFICE_OPERATIONS:
            raise TooLarge(f"1 to {MAX_OFFICE_OPERATIONS} operations", limit=MAX_OFFICE_OPERATIONS)
        for operation in operations:
            check_values(self.schema.by_tag[operation.tag], operation.action, operation.fields)
        return OfficeJob.of(author, changeset_id or self.environment.new_id(), operations)

    def pass_time(self) -> None:
        """Let the boundaries in time that lie behind take effect: substitutions begin and end.

        Every write, and every pull that finds one overdue, does so first; a job does it to the
        minute.
        """
        self._writer.submit(TimeJob())

    def settle_rest(self) -> int:
        """Finish what still has rows to move, commit by commit; how many that took.

        A job does it, too: without it, a rule that moves many rows stays in progress.
        """
        commits = 0
        while True:
            job = RestJob()
            self._writer.submit(job)
            if not job.found:
                return commits
            commits += 1

    def unsettled(self) -> int:
        """How many large rules and ended windows still have rows to move."""
        with reading(self.engine) as connection:
            return len(causes(connection))

    def is_overdue(self) -> bool:
        """Whether `pass_time` has something to do."""
        with reading(self.engine) as connection:
            return clocks.read(connection).overdue(self.environment.now())

    def push(
        self,
        seat: Seat,
        incarnation: bytes,
        changesets: Sequence[Signed],
        handed_in: bool = False,
    ) -> list[Verdict]:
        """The verdicts on a seat's changesets, in order and in their words; durable when this
        returns. UpgradeRequired: one is in words that are not read here; those before it count.
        handed_in: from a file (DeviceJob).
        """
        if len(changesets) > MAX_CHANGESETS_PER_PUSH:
            raise TooLarge(
                f"at most {MAX_CHANGESETS_PER_PUSH} changesets a push",
                limit=MAX_CHANGESETS_PER_PUSH,
            )
        key = Ed25519PublicKey.from_public_bytes(seat.public_key)
        submissions = [
            read_submission(signed, key, seat, incarnation, self.wordings) for signed in changesets
        ]
        self.environment.reached("server.decoded")
        job = DeviceJob(incarnation, seat.person, submissions, handed_in)
        self._writer.submit(job)
        return [s.wording.told(v, s.written) for s, v in zip(submissions, job.answer, strict=True)]

    # -- a sync

    def sync(self, seat: Seat, hello: Hello, changesets: Sequence[Signed]) -> Iterator[Struct]:
        """The messages of a response, Welcome first, in the words of the modules' versions that the
        client is made for. Request errors are raised before the first one.
        """
        if hello.protocol != PROTOCOL_VERSION:
            raise UpgradeRequired(
                "This version of the app is no longer supported.", speaks=PROTOCOL_VERSION
            )
        try:
            wording = self.wordings.of(dict(hello.modules))
        except UpgradeRequired:
            self.status()  # an app of the version that has taken over is none too new
            raise
        held = None
        if hello.checkpoint is not None:
            held = unseal(hello.checkpoint, self.secret, hello.incarnation)
        visit = look_up(self.engine, self.schema, seat, hello, held, self.environment.now())
        if visit.clock.overdue(self.environment.now()):
            self.pass_time()
            visit = look_up(self.engine, self.schema, seat, hello, held, self.environment.now())
        verdicts = self.push(seat, hello.incarnation, changesets) if changesets else []
        return self._respond(seat, hello, wording, held, visit, verdicts)

    def _respond(
        self,
        seat: Seat,
        hello: Hello,
        wording: Wording,
        held: Held | None,
        visit: Visit,
        verdicts: list[Verdict],
    ) -> Iterator[Struct]:
        restart = held is not None and not visit.current
        yield Welcome(
            epoch=visit.clock.epoch,
            version=visit.clock.version,
            restart=restart,
            schema=None if hello.schema_hash == wording.schema.hash else wording.schema.data,
            server_time=self.environment.now(),
            expected=verdicts[-1].sequence + 1 if verdicts else visit.next_sequence,
            # A refusal takes no version: one decided at the backup's own may have come after it.
            covered=max(visit.clock.backed_up - 1, 0),
        )
        yield from verdict_messages(verdicts)
        if self._is_unchanged(hello, held, visit, verdicts):
            yield Unchanged()
            return
        pull = Pull(
            self.snapshots,
            self.schema,
            self.tables,
            self.secret,
            seat.person,
            hello.incarnation,
            held if visit.current else None,
            visit.cursors,
            hello.repair,
            self.environment.now,
            self.pass_time,
            self.schema.parts_for(hello.parts),
            hello.early,
        )
        yield from reworded(noted(pull, visit.proved, self.environment), wording)

    def _is_unchanged(
        self, hello: Hello, held: Held | None, visit: Visit, verdicts: list[Verdict]
    ) -> bool:
        """Whether the checkpoint in Hello is still the last word, seen before anything else is
        read.
        """
        if verdicts or hello.repair or hello.cursors or held is None or not visit.current:
            return False
        same = held.parts == self.schema.parts_for(hello.parts)
        return same and held.left is None and held.version == visit.clock.version
