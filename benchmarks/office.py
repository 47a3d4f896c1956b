"""A database whose slices are measured: its office loads and edits it, and what each write costs is
watched.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from benchmarks.data import SCHEMA, Generator, Sizes, operation
from benchmarks.figures import say
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.database import open_engine, reading
from syncengine.store.migration import migrate
from syncengine.store.store import Store
from syncengine.store.working import batches

OFFICE = Author(Source.OFFICE, None, "bench")
BATCH = 10_000  # rows a changeset while loading
TELL_EVERY = 50_000
WIDTH = 10  # nodes directly below a node
CODE_VALID = 3_600_000_000


@dataclass(frozen=True)
class Cost:
    """What some writing took. longest: seconds that one commit held the lock. rows: written, in
    all tables.
    """

    seconds: float
    commits: int
    longest: float
    statements: int
    rows: int


class Watch:
    """Counts statements and rows of an engine, and times its commits by the environment's hook."""

    def __init__(self, engine: sa.Engine) -> None:
        self.statements = 0
        self.rows = 0
        self.held: list[float] = []
        self._locked = 0.0
        self.committed_at = 0.0  # the last commit, by the machine's monotonic clock
        sa.event.listen(engine, "after_cursor_execute", self._executed)

    def reached(self, point: str) -> None:
        """The environment's hook: the lock is held from `locked` to `committed`."""
        if point == "server.locked":
            self._locked = time.perf_counter()
        elif point == "server.committed":
            self.committed_at = time.monotonic()
            self.held.append(time.perf_counter() - self._locked)

    def cost_of(self, work: Callable[[], object]) -> Cost:
        """Do it, and what it took."""
        self.statements, self.rows, self.held = 0, 0, []
        began = time.perf_counter()
        work()
        seconds = time.perf_counter() - began
        return Cost(seconds, len(self.held), max(self.held), self.statements, self.rows)

    def _executed(
        self,
        _connection: sa.Connection,
        cursor: sa.engine.interfaces.DBAPICursor,
        _statement: str,
        _parameters: object,
        context: sa.engine.interfaces.ExecutionContext | None,
        _many: bool,
    ) -> None:
        self.statements += 1
        if isinstance(context, sa.engine.default.DefaultExecutionContext) and (
            context.isinsert or context.isupdate or context.isdelete
        ):
            self.rows += max(cursor.rowcount, 0)


class Office:
    """A database from the office's side, in the bench's own process."""

    def __init__(self, url: str, sizes: Sizes, now: Callable[[], int] | None = None) -> None:
        engine = open_engine(url)
        migrate(engine, SCHEMA)
        self.watch = Watch(engine)
        environment = Environment(now=now or Environment().now, reached=self.watch.reached)
        self.store = Store(engine, SCHEMA, environment)
        self.generator = Generator(owners=len(sizes.owners))
        self.first_of: dict[bytes, bytes] = {}  # owner -> one of the customers
        self._load(sizes)

    def _load(self, sizes: Sizes) -> None:
        """Owners, markets and customers."""
        self.insert_all(
            [operation("employee", i, _person(n)) for n, i in enumerate(self.generator.owners)]
            + [operation("market", i, _market(n)) for n, i in enumerate(self.generator.markets)]
        )
        waiting: list[Operation] = []
        for number, (row_id, fields) in enumerate(self.generator.customers(sizes), 1):
            waiting.append(operation("customer", row_id, fields))
            owner = fields["owner"]
            assert isinstance(owner, bytes)
            self.first_of.setdefault(owner, row_id)
            if len(waiting) == BATCH or number == sizes.total:
                self.insert_all(waiting)
                waiting = []
            if number % TELL_EVERY == 0:
                say(f"  {number:,} of {sizes.total:,} customers loaded")

    # -- writing

    def insert_all(self, operations: Sequence[Operation]) -> None:
        """Operations in changesets of a sensible size."""
        for some in batches(operations, BATCH):
            self.write(some)

    def insert(self, entity: str, **fields: Stored) -> bytes:
        """A new row."""
        row_id = self.generator.new_id()
        self.write([operation(entity, row_id, fields)])
        return row_id

    def update(self, entity: str, row_id: bytes, **fields: Stored) -> None:
        """An edit of one row."""
        numbered = {SCHEMA.entities[entity].by_name[n].number: v for n, v in fields.items()}
        self.write([Operation(Action.UPDATE, SCHEMA.tags[entity], row_id, numbered)])

    def write(self, operations: Sequence[Operation]) -> None:
        """One changeset. RuntimeError: it had no effect."""
        verdict = self.store.write(OFFICE, operations)
        if verdict.version is None:
            raise RuntimeError(f"the office's changeset had no effect: {verdict}")

    def people(self, parents: Iterator[int | None]) -> list[bytes]:
        """A hierarchy of people: for each, the position of the manager."""
        return self._tree("employee", "manager", _person, parents)

    def markets(self, parents: Iterator[int | None]) -> list[bytes]:
        """A hierarchy of markets: for each, the position of the parent."""
        return self._tree("market", "parent", _market, parents)

    def _tree(
        self,
        entity: str,
        parent: str,
        fields: Callable[[int], dict[str, Stored]],
        parents: Iterator[int | None],
    ) -> list[bytes]:
        ids: list[bytes] = []
        operations = []
        for number, above in enumerate(parents):
            reference = {} if above is None else {parent: ids[above]}
            ids.append(self.generator.new_id())
            operations.append(operation(entity, ids[-1], {**fields(number), **reference}))
        self.insert_all(operations)
        return ids

    def rule(self, condition: Mapping[str, object], *members: bytes) -> bytes:
        """A rule for customers and the audience it is for."""
        audience = self.insert("audience", number="1", name="Audience")
        for member in members:
            self.insert("audience_member", audience=audience, employee=member, below=False)
        return self.insert(
            "rule",
            number="1",
            name="Rule",
            target="customer",
            condition=condition_text(condition),
            audience=audience,
            active=True,
        )

    # -- looking

    def code(self, person: bytes) -> str:
        """A one-time code for a device of that person."""
        return self.store.seats.create_code(person, CODE_VALID)

    def count(self, key: bytes) -> int:
        """How many rows are in the buckets of that key."""
        b = t.bucket.c
        wanted = sa.select(sa.func.coalesce(sa.func.sum(b.count), 0)).where(b.key == key)
        with reading(self.store.engine) as connection:
            return int(connection.execute(wanted).scalar_one())


def condition_text(condition: Mapping[str, object]) -> str:
    """A condition as a rule's row stores it."""
    return json.dumps(condition, sort_keys=True, separators=(",", ":"))


def tree(nodes: int) -> Iterator[int | None]:
    """A hierarchy of one root and `nodes` below it, WIDTH below each: for each its parent's
    position.
    """
    yield None
    for node in range(nodes):
        yield node // WIDTH


def groups(leaders: int, below: int) -> Iterator[int | None]:
    """One head, `leaders` below it, and a tree of `below` under each: the leaders follow the head
    each with the own tree behind.
    """
    yield None
    for leader in range(leaders):
        place = 1 + leader * (below + 1)
        yield 0
        for node in range(below):
            yield place + node // WIDTH


def _person(number: int) -> dict[str, Stored]:
    return {"number": str(number), "active": True}


def _market(number: int) -> dict[str, Stored]:
    return {"number": str(number), "name": f"Market {number}"}
