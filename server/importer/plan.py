"""Planning an import: the whole file is read, checked, compared and staged; nothing is changed.

Two passes. The first converts every row into a temporary file and collects the keys. The second
resolves lookups and compares with the rows there are, both in batches, and stages the operations.
Memory holds the keys, never the rows.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from server.accounts.refusals import AccessDenied
from server.importer.compare import Comparer
from server.importer.convert import convert, warn_of_spreadsheets
from server.importer.findings import FileRefused, Findings
from server.importer.hierarchy import parents_first
from server.importer.mapping import Mapping, Target
from server.importer.readers import Cell, read_rows
from server.importer.staging import Plan, Record
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Reference, Stored
from syncengine.model.rights import Right, Rights
from syncengine.store.bulk_steps import Progress, no_progress
from syncengine.store.store import Store

BATCH = 1_000


def plan_import(
    store: Store,
    path: Path,
    mapping: Mapping,
    progress: Progress = no_progress,
    rights: Rights | None = None,
    name: str = "",
) -> Plan:
    """The plan of a file. A file with one error has a plan that cannot be applied.

    It holds for the rows as they are: `apply_plan` refuses it when others were made meanwhile.
    rights: of the user who looks; rows that they may not view are as if they were not there, and
    AccessDenied tells of kinds of row that they may not. None: the operator, who may see all.
    name: of the file, where `path` is not called by it.
    """
    if rights is not None:
        _require_view(store, mapping, rights)
    plan = Plan(name or path.name, store.status().version, staged=tempfile.TemporaryFile())  # noqa: SIM115  `close` does
    try:
        _fill(plan, store, path, mapping, progress, rights)
    except BaseException:
        plan.close()
        raise
    return plan


def _require_view(store: Store, mapping: Mapping, rights: Rights) -> None:
    """Of what the file is about and refers to. Whoever sees a part of the rows adds none: a row
    that is new to them may be somebody else's.
    """
    for target in mapping.targets:
        kinds = [target.entity.by_name[name].type for name in target.output.fields]
        named = {kind.entity for kind in kinds if isinstance(kind, Reference)}
        if not all(rights.may(Right.VIEW, entity) for entity in {target.entity.name, *named}):
            raise AccessDenied("Your rights do not allow you to see all that this file names.")
        if rights.limit is not None and target.output.mode != "update":
            raise AccessDenied("Whoever sees a part of the rows may only change rows by a file.")


def _fill(
    plan: Plan,
    store: Store,
    path: Path,
    mapping: Mapping,
    progress: Progress,
    rights: Rights | None,
) -> None:
    findings = Findings()
    with tempfile.TemporaryFile() as spool:
        try:
            keys = _Reading(mapping, findings, spool).read(path, progress)
        except FileRefused as refused:
            plan.errors = [*findings.errors, refused.finding]
            plan.left_out = findings.left_out
            return
        # what rows look up is wrong or right whatever else is wrong; unless it is made by this file
        alone = len(mapping.targets) == 1 and not mapping.targets[0].looks_at_itself
        if not findings.errors or alone:
            comparer = Comparer(store, plan, findings, rights)
            for number, target in enumerate(mapping.targets):
                comparer.begin(target, keys[number])
                records = _records(spool, number)
                if target.looks_at_itself:
                    records = iter(parents_first(target, list(records), findings))
                for batch in _batched(records):
                    comparer.compare(batch)
                    progress("comparing", len(batch))
                comparer.finish()
    plan.errors, plan.warnings = findings.errors, findings.warnings
    plan.left_out = findings.left_out


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
        rows = read_rows(path, mapping.columns, mapping.encoding, mapping.delimiter, self._findings)
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
                    given=said,
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
                detail = f"{name}: {error.detail}"
                self._findings.error(number, source.column, "value.invalid", detail, name, cell)
                good = False
                continue
            if cell is None and declared.required:
                detail = f"{name} is empty."
                self._findings.error(number, source.column, "value.missing", detail, name)
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


def _batched(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
