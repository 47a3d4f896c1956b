"""What a plan is made of: converted records, counts, differences, and the staged operations."""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import msgspec

from server.importer.findings import Finding
from syncengine.model.changeset import Operation
from syncengine.model.fields import Stored
from syncengine.store.bulk_steps import encoded

MAX_SHOWN = 1_000  # differences kept for the eye, and as many new rows
MAX_PAIRS = 2_000  # of people between whom rows change hands


class Record(msgspec.Struct, array_like=True):
    """One converted row for one entity; lookups are still keys."""

    row: int
    key: tuple[Any, ...]
    values: dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """A row that the import changes or makes: field -> (value now, value in the file), in stored
    form.
    """

    entity: str
    key: tuple[Any, ...]
    row: int
    fields: Mapping[str, tuple[Stored, Stored]]


@dataclass
class Counts:
    """What an import does to one entity."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    missing: int = 0
    deactivated: int = 0
    reassigned: int = 0
    existing: int = 0


@dataclass
class Plan:
    """What would happen. `close` drops what is staged; `apply` carries it out.

    handed: (entity, whose it is, whose it becomes) -> rows; beyond MAX_PAIRS under nobody's name.
    rows: of the file, by operation; 0 for a row that it does not have. left_out: findings beyond
    those that are kept.
    """

    name: str
    version: int  # of the clock before anything was compared
    counts: dict[str, Counts] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    made: list[Difference] = field(default_factory=list)
    handed: Counter[tuple[str, Stored, Stored]] = field(default_factory=Counter)
    rows: array[int] = field(default_factory=lambda: array("L"))
    left_out: int = 0
    operations: int = 0
    staged: IO[bytes] | None = None
    _digest: Any = field(default_factory=hashlib.sha256, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it could be applied."""
        return not self.errors

    def add(self, operation: Operation, meant: bytes, row: int) -> None:
        """Stage an operation, for that row of the file. meant: the same whenever it is planned."""
        assert self.staged is not None
        self._digest.update(meant)
        self.rows.append(row)
        packed = encoded(self.operations, operation)
        self.staged.write(len(packed).to_bytes(4, "big") + packed)
        self.operations += 1

    def hand(self, entity: str, now: Stored, then: Stored) -> None:
        """One row goes from somebody to somebody else."""
        pair = (entity, now, then)
        known = pair in self.handed or len(self.handed) < MAX_PAIRS
        self.handed[pair if known else (entity, None, None)] += 1

    @property
    def fingerprint(self) -> bytes:
        """The same for two plans that come to the same."""
        digest: bytes = self._digest.digest()
        return digest

    def staged_operations(self) -> Iterator[bytes]:
        """What is staged, encoded as a bulk change keeps it."""
        assert self.staged is not None
        self.staged.seek(0)
        while head := self.staged.read(4):
            yield self.staged.read(int.from_bytes(head, "big"))

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {
            "file": self.name,
            "ok": self.ok,
            "entities": {name: vars(counts) for name, counts in self.counts.items()},
            "errors": [vars(f) for f in self.errors],
            "warnings": [vars(f) for f in self.warnings],
        }

    def close(self) -> None:
        """Drop what is staged."""
        if self.staged is not None:
            self.staged.close()
