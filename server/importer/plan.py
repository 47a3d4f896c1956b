"""Planning an import: the whole file is read, checked, compared and staged; nothing is changed.

Two passes. The first converts every row into a temporary file and collects the keys. The second
resolves lookups and compares with the rows there are, both in batches, and stages the operations.
Memory holds the keys, never the rows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import msgspec

from server.importer.compare import Comparer, Difference
from server.importer.convert import convert, warn_of_spreadsheets
from server.importer.findings import FileRefused, Finding, Findings
from server.importer.mapping import Mapping, Target
from server.importer.readers import Cell, read_rows
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Reference, Stored
from syncengine.protocol.changesets import ACTIONS
from syncengine.store.store import Store

BATCH = 1_000
MAX_SHOWN = 1_000  # differences kept for the eye

Progress = Callable[[str, int], None]  # what is being done, and how many rows of it


def no_progress(_what: str, _rows: int) -> None:
    """For callers that do not watch."""


class Record(msgspec.Struct, array_like=True):
    """One converted row for one entity; lookups are still keys."""

    row: int
    key: tuple[Any, ...]
    values: dict[str, Any]


class StagedOperation(msgspec.Struct, array_like=True):
    """One operation in the journal."""

    action: int
    tag: int
    row: bytes
    fields: list[tuple[int, Any]]


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
    """What would happen. `close` drops what is staged; `apply` carries it out."""

    name: str
    counts: dict[str, Counts] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    operations: int = 0
    staged: IO[bytes] | None = None

    @property
    def ok(self) -> bool:
        """Whether it could be applied."""
        return not self.errors

    def add(self, operation: Operation) -> None:
        """Stage an operation."""
        assert self.staged is not None
        packed = msgspec.msgpack.encode(
            StagedOperation(
                ACTIONS.index(operation.action), operation.tag, operation.row_id,
                sorted(operation.fields.items()),
            )
        )  # fmt: skip
        self.staged.write(len(packed).to_bytes(4, "big") + packed)
        self.operations += 1

    def chunks(self, size: int) -> Iterator[list[bytes]]:
        """The staged operations, encoded, in pieces."""
        assert self.staged is not None
        self.staged.seek(0)
        piece: list[bytes] = []
        while head := self.staged.read(4):
            piece.append(self.staged.read(int.from_bytes(head, "big")))
            if len(piece) == size:
                yield piece
                piece = []
        if piece:
            yield piece

    def as_data(self) -> dict[str, Any]:
        """For --json and for the journal."""
        return {
            "file": self.name,
            "ok": self.ok,
            "entities": {name: vars(counts) for name, counts in self.counts.items()},
            "errors": [vars(f) for f in self.errors],
            "warnings": [vars(f) for f in self.warnings],
        }

    def summary(self) -> str:
        """The counts as JSON text."""
        return json.dumps({name: vars(counts) for name, counts in self.counts.items()})

    def close(self) -> None:
        """Drop what is staged."""
        if self.staged is not None:
            self.staged.close()


def plan_import(
    store: Store, path: Path, mapping: Mapping, progress: Progress = no_progress
) -> Plan:
    """The plan of a file. A file with one error has a plan that cannot be applied."""
    plan = Plan(path.name, staged=tempfile.TemporaryFile())  # noqa: SIM115  `close` does
    try:
        _fill(plan, store, path, mapping, progress)
    except BaseException:
        plan.close()
        raise
    return plan


def _fill(plan: Plan, store: Store, path: Path, mapping: Mapping, progress: Progress) -> None:
    findings = Findings()
    with tempfile.TemporaryFile() as spool:
        try:
            keys = _Reading(mapping, findings, spool).read(path, progress)
        except FileRefused as refused:
            plan.errors = [*findings.errors, refused.finding]
            return
        if not findings.errors:
            comparer = Comparer(store, plan, findings)
            for number, target in enumerate(mapping.targets):
                comparer.begin(target, keys[number])
                records = _records(spool, number)
                if target.looks_at_itself:
                    records = iter(_parents_first(target, list(records), findings))
                for batch in _batched(records):
                    comparer.compare(batch)
                    progress("comparing", len(batch))
                comparer.finish()
    plan.errors, plan.warnings = findings.errors, findings.warnings


class _Reading:
    """The first pass."""

    def __init__(self, mapping: Mapping, findings: Findings, spool: IO[bytes]) -> None:
        self._mapping = mapping
        self._findings = findings
        self._spool = spool
        self._keys: list[dict[tuple[Any, ...], int]] = [{} for _ in mapping.targets]

    def read(self, path: Path, progress: Progress) -> list[dict[tuple[Any, ...], int]]:
        """Fill the spool; by target: key -> row that has it."""
        mapping = self._mapping
        rows = read_rows(path, mapping.columns, mapping.encoding, mapping.delimiter)
        for number, cells in rows:
            for place, target in enumerate(mapping.targets):
                self._row(place, target, number, cells)
            if number % BATCH == 0:
                progress("reading", BATCH)
        return self._keys

    def _row(self, place: int, target: Target, number: int, cells: dict[str, Cell]) -> None:
        output = target.output
        if any(str(cells[column]) != wanted for column, wanted in output.where.items()):
            return
        values = self._values(target, number, cells)
        if values is None:
            return
        key = tuple(values[name] for name in output.key)
        if None in key:
            self._findings.error(number, ", ".join(output.key), "key.missing", "The key is empty.")
            return
        first = self._keys[place].setdefault(key, number)
        if first != number:
            if not output.distinct:
                said = "/".join(str(part) for part in key)
                self._findings.error(
                    number,
                    ", ".join(output.key),
                    "key.duplicate",
                    f"{said} stands in row {first}, too.",
                )
            return
        packed = msgspec.msgpack.encode((place, Record(number, key, values)))
        self._spool.write(len(packed).to_bytes(4, "big") + packed)

    def _values(
        self, target: Target, number: int, cells: dict[str, Cell]
    ) -> dict[str, Stored] | None:
        values: dict[str, Stored] = {}
        good = True
        for name, source in target.output.fields.items():
            declared = target.entity.by_name[name]
            if source.column is None:
                values[name] = source.value
                continue
            cell = cells[source.column]
            try:
                values[name] = convert(declared, source, cell)
            except InvalidValue as error:
                self._findings.error(
                    number, source.column, "value.invalid", f"{name}: {error.detail}"
                )
                good = False
                continue
            if cell is None and declared.required:
                self._findings.error(number, source.column, "value.missing", f"{name} is empty.")
                good = False
            if cell is not None and not isinstance(cell, bool):
                warn_of_spreadsheets(source, cell, number, source.column, self._findings)
        return values if good else None


def _records(spool: IO[bytes], wanted: int) -> Iterator[Record]:
    """The spooled records of one target."""
    spool.seek(0)
    decoder = msgspec.msgpack.Decoder(tuple[int, Record])
    while head := spool.read(4):
        place, record = decoder.decode(spool.read(int.from_bytes(head, "big")))
        if place == wanted:
            yield record


def _parents_first(target: Target, records: list[Record], findings: Findings) -> list[Record]:
    """Records of a hierarchy with every parent before its children; a cycle is an error."""
    by_key = {record.key[0]: record for record in records}
    hierarchies = {
        name
        for name, source in target.output.fields.items()
        if source.lookup
        and isinstance(kind := target.entity.by_name[name].type, Reference)
        and kind.entity == target.entity.name
    }
    ordered: dict[int, Record] = {}
    for record in records:
        path: list[Record] = []
        waiting = [record]
        while waiting:
            here = waiting[-1]
            above = [
                by_key[here.values[name]]
                for name in hierarchies
                if here.values[name] in by_key and by_key[here.values[name]].row not in ordered
            ]
            if any(parent in path for parent in above):
                findings.error(
                    here.row, ", ".join(hierarchies), "hierarchy.cycle", "It is above itself."
                )
                return []
            if above:
                path.append(here)
                waiting.append(above[0])
            else:
                ordered[here.row] = here
                waiting.pop()
                if path:
                    path.pop()
    return list(ordered.values())


def _batched(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


__all__ = ["Action", "Plan", "plan_import"]
