"""The clock: one row that gives every changeset its version, and whose lock makes writes serial."""

from __future__ import annotations

import dataclasses
import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.changeset import Base, Behind
from syncengine.model.environment import Environment
from syncengine.model.errors import SchemaDiffers
from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import Schema
from syncengine.store import tables as t

GENESIS = bytes(32)
VERSION_BYTES = 8
CHANNEL = "syncengine_committed"  # PostgreSQL: each commit with a new version is notified there


@dataclass(frozen=True)
class Clock:
    """epoch, version and chain head; `backed_up`: the version of the last backup.

    at: every boundary in time up to this instant has been passed. due: the next one, if any.
    schema: the hash of the schema that the database was migrated to.
    horizon: no bucket lacks left records above it. begins: changesets from there on are kept, and
    operations above it.
    """

    epoch: bytes
    version: int
    chain: bytes
    backed_up: int
    at: int
    due: int | None
    schema: bytes | None
    horizon: int
    begins: int

    def overdue(self, now: int) -> bool:
        """Whether a boundary lies between what has been passed and now."""
        return self.due is not None and self.due <= now

    def require(self, schema: Schema) -> None:
        """SchemaDiffers unless the database is of that schema.

        Payloads have no field names: a process with another schema would read and write them
        shifted. So whoever touches them asks in the same snapshot or under the same lock.
        """
        if self.schema != schema.hash:
            raise SchemaDiffers("The server is being upgraded; please try again soon.")


COLUMNS = tuple(t.clock.c[f.name] for f in dataclasses.fields(Clock))
_READ = sa.select(*COLUMNS)
_LOCK = sa.select(t.clock.c.one).with_for_update()


def read(connection: sa.Connection) -> Clock:
    """The clock in the connection's snapshot."""
    return Clock(*connection.execute(_READ).one())


def lock(connection: sa.Connection) -> Clock:
    """Wait for the clock's lock, hold it until commit, and return the clock as it is then.

    Two statements: under READ COMMITTED a statement that waits for a lock may go on with the
    rows of its own, older snapshot. The read is a statement of its own, begun after the lock was
    granted.
    """
    connection.execute(_LOCK)
    return read(connection)


def chain_next(chain: bytes, version: int, changeset: bytes, body_hash: bytes) -> bytes:
    """The next chain head: SHA-256 over head, version (8 bytes, big endian), id and body's hash."""
    return hashlib.sha256(
        chain + version.to_bytes(VERSION_BYTES, "big") + changeset + body_hash
    ).digest()


@dataclass(frozen=True)
class Verified:
    """How far the chain was found to be right: from version `first`, at which the history begins,
    up to `upto`, of `last` there are. broken: the first version that is not what it should be.
    """

    first: int
    upto: int
    last: int
    broken: int | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to be verified."""
        return self.broken is not None or self.upto == self.last


def verify(connection: sa.Connection, after: int = 0, limit: int | None = None) -> Verified:
    """Compare the stored chain with what it should be (invariant 26), from the version behind
    `after`, which was verified before, on, for at most `limit` versions. A history that begins
    later is verified from its first entry on.
    """
    c, clock = t.changeset.c, read(connection)
    first = clock.begins or 1
    version = max(after, clock.begins)
    known = sa.select(c.chain).where(c.version == version)
    chain = GENESIS if version == 0 else connection.scalar(known)
    if chain is None:
        return Verified(first, version, clock.version, version)
    entries = sa.select(c.version, c.id, c.body_hash, c.chain).order_by(c.version)
    entries = entries.where(c.version > version).limit(limit)
    until = None if limit is None else version + limit
    with connection.execute(entries.execution_options(yield_per=10_000)) as rows:
        for entry in rows:
            chain = chain_next(chain, version + 1, entry.id, entry.body_hash)
            if entry.version != version + 1 or entry.chain != chain:
                return Verified(first, version, clock.version, version + 1)
            version += 1
    if version == until and version < clock.version:
        return Verified(first, version, clock.version)
    right = (clock.version, clock.chain) == (version, chain)
    return Verified(first, version, clock.version, None if right else version + 1)


def broken_at(connection: sa.Connection) -> int | None:
    """The first version at which the stored chain is not what it should be."""
    return verify(connection).broken


def advance(connection: sa.Connection, clock: Clock) -> None:
    """Store the clock's new version and chain head, and how far time has passed.

    On PostgreSQL other processes are notified once this is committed, without another statement.
    """
    statement = sa.update(t.clock).values(
        version=clock.version, chain=clock.chain, at=clock.at, due=clock.due
    )
    if connection.dialect.name == "postgresql":
        connection.execute(statement.returning(sa.func.pg_notify(CHANNEL, ""))).close()
    else:
        connection.execute(statement)


def start(connection: sa.Connection, environment: Environment) -> None:
    """Create the clock of a new database, with its first epoch; nothing when there is one."""
    if connection.execute(sa.select(t.clock.c.one)).first():
        return
    epoch = environment.new_id()
    connection.execute(
        sa.insert(t.clock).values(
            one=1,
            epoch=epoch,
            version=0,
            chain=GENESIS,
            backed_up=0,
            secret=environment.random_bytes(32),
            at=environment.now(),
            due=None,
            horizon=0,
            begins=0,
        )
    )
    connection.execute(
        sa.insert(t.epoch).values(id=epoch, parent=None, fork_version=0, started=environment.now())
    )


def fork(connection: sa.Connection, environment: Environment) -> Clock:
    """Start a new epoch at the present version: what a restore does."""
    present = read(connection)
    epoch = environment.new_id()
    connection.execute(
        sa.insert(t.epoch).values(
            id=epoch, parent=present.epoch, fork_version=present.version, started=environment.now()
        )
    )
    connection.execute(sa.update(t.clock).values(epoch=epoch, backed_up=present.version))
    return read(connection)


def at_or_below(connection: sa.Connection, clock: Clock, epoch: bytes, version: int) -> int | None:
    """What (epoch, version) is in the present history; versions above a fork count as the fork.

    None when `epoch` is no ancestor of the present one. (zero id, 0) is before everything.
    """
    if epoch == ZERO_ID:
        return 0
    if epoch == clock.epoch:
        return min(version, clock.version)
    known = {row.id: row for row in connection.execute(sa.select(t.epoch))}
    here = clock.epoch
    while here != epoch:
        line = known.get(here)
        if line is None or line.parent is None:
            return None
        version = min(version, line.fork_version)
        here = line.parent
    return min(version, clock.version)


def known_base(connection: sa.Connection, clock: Clock, base: Base) -> Base:
    """A base in the present history; unknown histories count as its start."""

    def known(version: int) -> int:
        return at_or_below(connection, clock, base.epoch, version) or 0

    behind = base.behind and Behind(base.behind.part, known(base.behind.version))
    return Base(clock.epoch, known(base.version), behind)
