"""What a row looked like at a changeset's base: read back from the history of the fields.

A seat's own accepted changesets belong to the base of its later ones, so it never conflicts with
itself. They do as they were entered: the device shows that, not what it was merged to, until it
pulls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgpack
import sqlalchemy as sa

from conflict_rules.decided import is_choice
from conflict_rules.later_edit import estimated
from syncengine.model.changeset import Base
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.steps import Fields, carried
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.judgement import Applied
from syncengine.store.working import Key, Values, batches


@dataclass(frozen=True)
class Change:
    """One operation on a row, as far as it matters for a base. edited: when it was made."""

    version: int
    edited: int
    incarnation: bytes | None
    action: Action
    before: Fields
    after: Fields
    entered: Fields


@dataclass
class Basis:
    """The changes of the rows that a commit works on, oldest first, as far back as it needs.

    Fields that became others since are these (steps.py): a base is in today's words. began: when
    the bases came into being. begins: the clock's; earlier: when rows were changed last until then.
    """

    connection: sa.Connection
    schema: Schema
    begins: int = 0
    changes: dict[Key, list[Change]] = field(default_factory=dict)
    earlier: dict[Key, int] = field(default_factory=dict)
    began: dict[int, int] = field(default_factory=dict)

    def load_times(self, bases: Iterable[int]) -> None:
        """Bring in when these versions were written."""
        c = t.changeset.c
        for some in batches(sorted(bases), KEYS_PER_STATEMENT):
            rows = self.connection.execute(
                sa.select(c.version, c.received).where(c.version.in_(some))
            )
            self.began.update((row.version, row.received) for row in rows)

    def edited(self, device_time: int, base: int, received: int) -> int:
        """When a changeset was made, as estimated. A base that no version has is the beginning."""
        return estimated(device_time, self.began.get(base, 0), received)

    def load(self, keys: Iterable[Key], above: int) -> None:
        """Bring in what happened to `keys` above version `above`."""
        keys = set(keys)
        if above < self.begins:
            known = earlier_of(self.connection, keys)
            self.earlier.update((key, row.version) for key, row in known.items())
        by_tag: dict[int, list[bytes]] = {}
        for tag, row_id in keys:
            by_tag.setdefault(tag, []).append(row_id)
        o, c = t.operation.c, t.changeset.c
        edited = sa.func.coalesce(c.edited, c.received)
        wanted = sa.select(
            o.version, edited, o.row_id, o.incarnation, o.action, o.before, o.after, o.entered
        ).join(t.changeset, c.version == o.version)
        steps = [step for module in self.schema.modules for step in module.steps or ()]
        for tag, row_ids in by_tag.items():
            entity = self.schema.by_tag[tag]
            of_entity = [step for step in steps if step.entity == entity.name]
            for some in batches(row_ids, KEYS_PER_STATEMENT):
                rows = self.connection.execute(
                    wanted.where(o.tag == tag, o.row_id.in_(some), o.version > above).order_by(
                        o.version, o.position
                    )
                )
                for version, made, row_id, incarnation, action, before, after, entered in rows:
                    change = Change(
                        version,
                        made,
                        incarnation,
                        Action(action),
                        *(
                            carried(of_entity, entity, unpack_fields(packed) if packed else {})
                            for packed in (before, after, entered)
                        ),
                    )
                    self.changes.setdefault((tag, row_id), []).append(change)

    def add(self, version: int, edited: int, incarnation: bytes | None, applied: Applied) -> None:
        """Note what a changeset of this very commit did."""
        before, after = applied.before, applied.after
        change = Change(
            version, edited, incarnation, applied.action, before, after, applied.entered
        )
        self.changes.setdefault((applied.tag, applied.row_id), []).append(change)


@dataclass(frozen=True)
class BaseView:
    """What a changeset of `incarnation` was made on: its base and its own work since, up to version
    `judged`, which the changeset took or was to take.
    """

    basis: Basis
    schema: Schema
    base: Base
    incarnation: bytes
    judged: int

    def values(self, key: Key, now: Values) -> Values:
        """The row as its author saw it, given its values now."""
        found: dict[int, Stored] = {}
        for change in self._since(key):
            if self._is_own(change):
                # Of a row that the own edit brought back, only what was entered is the own work.
                found |= {n: v for n, v in change.after.items() if n in change.before}
                found |= change.entered
            else:
                for number, value in change.before.items():
                    found.setdefault(number, value)
        fields = self.schema.by_tag[key[0]].fields
        return tuple(found.get(f.number, now[place]) for place, f in enumerate(fields))

    def seen(self, key: Key, version: int) -> bool:
        """Whether that version of a row is in the base."""
        return version <= self._base(key)

    def unknown(self, key: Key) -> bool:
        """Whether it is no longer on record what happened to the row since."""
        return self._base(key) < self.basis.earlier.get(key, 0)

    def edited(self, key: Key, number: int) -> int:
        """When the server's value of a field was entered; 0 when that was before the base."""
        times = [change.edited for change in self._since(key) if number in change.after]
        return times[-1] if times else 0

    def deleted(self, key: Key) -> Values | None:
        """The last values of a row that was deleted after the base."""
        changes = self._since(key)
        if not changes or changes[-1].action is not Action.DELETE:
            return None
        fields = self.schema.by_tag[key[0]].fields
        return tuple(changes[-1].before.get(f.number) for f in fields)

    def made(self, key: Key) -> bool:
        """Whether the own work made the row, after the base."""
        return any(self._is_own(c) and c.action is Action.INSERT for c in self._since(key))

    def _is_own(self, change: Change) -> bool:
        return change.incarnation == self.incarnation and change.version < self.judged

    def _since(self, key: Key) -> list[Change]:
        base = self._base(key)
        return [c for c in self.basis.changes.get(key, ()) if c.version > base]

    def _base(self, key: Key) -> int:
        return self.base.of(self.schema.by_tag[key[0]].part.number)


@dataclass(frozen=True)
class DecidedView:
    """What the office decides on: where a rule only chooses, and where the office has typed a
    value, what is there now, so that what it decided for stands; else the view of who did the work.
    """

    view: BaseView
    typed: frozenset[tuple[Key, int]]

    def values(self, key: Key, now: Values) -> Values:
        """The row, given its values now."""
        seen = self.view.values(key, now)
        fields = self.view.schema.by_tag[key[0]].fields
        return tuple(
            now[place] if is_choice(f.conflict) or (key, f.number) in self.typed else seen[place]
            for place, f in enumerate(fields)
        )

    def seen(self, key: Key, version: int) -> bool:
        """The office has seen what is there."""
        return True

    def unknown(self, key: Key) -> bool:
        """The office has seen what was entered, and what is there."""
        return False

    def edited(self, key: Key, number: int) -> int:
        """As BaseView."""
        return self.view.edited(key, number)

    def deleted(self, key: Key) -> Values | None:
        """As BaseView."""
        return self.view.deleted(key)

    def made(self, key: Key) -> bool:
        """As BaseView."""
        return self.view.made(key)


def earlier_of(connection: sa.Connection, keys: set[Key]) -> dict[Key, Any]:
    """What is kept of rows from before the history begins; of those that were changed then."""
    found: dict[Key, Any] = {}
    e = t.earlier.c
    for some in batches(sorted({row_id for _, row_id in keys}), KEYS_PER_STATEMENT):
        for row in connection.execute(sa.select(t.earlier).where(e.row_id.in_(some))):
            found[row.tag, row.row_id] = row
    return {key: row for key, row in found.items() if key in keys}


def pack_fields(fields: dict[int, Stored]) -> bytes:
    """[[field number, stored value]...], ascending."""
    packed: bytes = msgpack.packb(
        [list(item) for item in sorted(fields.items())], use_bin_type=True
    )
    return packed


def unpack_fields(packed: bytes) -> dict[int, Stored]:
    """The reverse of pack_fields."""
    return dict(msgpack.unpackb(packed, raw=False))
