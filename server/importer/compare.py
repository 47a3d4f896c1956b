"""The second pass: lookups resolved and rows compared in batches, differences staged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from server.importer.findings import Findings
from server.importer.mapping import Target
from server.importer.staging import MAX_SHOWN, Counts, Difference, Plan, Record
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Bool, Reference, Stored
from syncengine.model.rights import Rights
from syncengine.model.terms import OwnedBy
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.basis import earlier_of, unpack_fields
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.store import Store
from syncengine.store.working import batches


class Comparer:
    """Compares the records of one target after the other and stages what differs."""

    def __init__(
        self, store: Store, plan: Plan, findings: Findings, rights: Rights | None = None
    ) -> None:
        self._store = store
        self._rights = rights
        self._plan = plan
        self._findings = findings
        self._planned: dict[tuple[str, str, Any], bytes] = {}  # ids that this import gives out
        self._referred: set[bytes] = set()  # those of them that others refer to

    def begin(self, target: Target, keys: dict[tuple[Any, ...], int]) -> None:
        """Go on with another entity; `keys`: all that the file has."""
        self._target = target
        self._keys = keys
        self._table = self._store.tables[target.entity.name]
        counts = self._plan.counts.setdefault(target.entity.name, Counts())
        self._counts: Counts = counts
        with reading(self._store.engine) as connection:
            existing = sa.select(sa.func.count()).select_from(self._table)
            existing = existing.where(self._shown(target.entity.name))
            counts.existing = connection.scalar(existing) or 0
        self._owners = {x.field for x in target.entity.terms if isinstance(x, OwnedBy)}

    def compare(self, records: list[Record]) -> None:
        """One batch."""
        with reading(self._store.engine) as connection:
            good = self._resolve(connection, records)
            existing = self._existing(connection, [self._key(record) for record in good])
            imported = self._last_imported(connection, good, existing)
        for record in good:
            found = existing.get(self._key(record), [])
            if not found:
                self._insert(record)
            elif len(found) > 1:
                detail = f"There are {len(found)} rows {_said(record.key)} in the database."
                self._error(record, "key.ambiguous", detail)
            else:
                self._update(record, found[0], imported)

    def _shown(self, entity: str) -> sa.ColumnElement[bool]:
        """The condition that leaves the rows that are there for whoever imports."""
        if self._rights is None:
            return sa.true()
        return shown_to(self._rights, self._store.schema, self._store.tables, entity)

    def _key(self, record: Record) -> tuple[Any, ...]:
        return tuple(record.values[name] for name in self._target.output.key)

    # -- lookups

    def _resolve(self, connection: sa.Connection, records: list[Record]) -> list[Record]:
        """Replace lookup keys by ids; records with an unknown one are errors and left out."""
        wrong: set[int] = set()
        for name, source in self._target.output.fields.items():
            kind = self._target.entity.by_name[name].type
            if not isinstance(kind, Reference) or source.lookup is None:
                continue
            named = {r.values[name] for r in records if r.values[name] is not None}
            ids = self._ids(connection, kind.entity, source.lookup, named)
            for record in records:
                value = record.values[name]
                if value is None:
                    continue
                answers = ids.get(value, [])
                if len(answers) == 1:
                    record.values[name] = answers[0]
                    continue
                wrong.add(record.row)
                code = "lookup.ambiguous" if answers else "lookup.unknown"
                many = f"there are {len(answers)} rows of {kind.entity} with {value}."
                detail = f"{name}: {many if answers else f'there is no {kind.entity} {value}.'}"
                self._findings.error(record.row, source.column or name, code, detail, name, value)
        return [record for record in records if record.row not in wrong]

    def _ids(
        self, connection: sa.Connection, entity: str, lookup: str, named: set[Any]
    ) -> dict[Any, list[bytes]]:
        """Lookup key -> ids, of rows that are there and of those that this import makes."""
        table = self._store.tables[entity]
        found: dict[Any, list[bytes]] = {}
        for some in batches(list(named), KEYS_PER_STATEMENT):
            rows = connection.execute(
                sa.select(table.c[lookup], table.c.id).where(
                    table.c[lookup].in_(some), self._shown(entity)
                )
            )
            for key, row_id in rows:
                found.setdefault(key, []).append(row_id)
        if self._target.looks_at_itself and entity == self._target.entity.name:
            for key in named - found.keys():
                if (key,) in self._keys:
                    found[key] = [self._id_for(lookup, key)]
                    self._referred.add(found[key][0])
        for key in named - found.keys():
            planned = self._planned.get((entity, lookup, key))
            if planned is not None:
                found[key] = [planned]
                self._referred.add(planned)
        return found

    def _id_for(self, lookup: str, key: object) -> bytes:
        """The id that a new row with this key has or will have."""
        place = (self._target.entity.name, lookup, key)
        if place not in self._planned:
            self._planned[place] = self._store.environment.new_id()
        return self._planned[place]

    # -- comparing

    def _existing(
        self, connection: sa.Connection, keys: Sequence[tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], list[Any]]:
        """Key -> rows, of those that are there."""
        columns = [self._table.c[name] for name in self._target.output.key]
        found: dict[tuple[Any, ...], list[Any]] = {}
        for some in batches(keys, KEYS_PER_STATEMENT // len(columns)):
            wanted = (
                columns[0].in_([key[0] for key in some])
                if len(columns) == 1
                else sa.tuple_(*columns).in_(some)
            )
            shown = self._shown(self._target.entity.name)
            for row in connection.execute(sa.select(self._table).where(wanted, shown)):
                found.setdefault(tuple(getattr(row, c.name) for c in columns), []).append(row)
        return found

    def _insert(self, record: Record) -> None:
        if self._target.output.mode == "update":
            self._error(record, "row.unknown", f"There is no {_said(record.key)}.")
            return
        key = self._target.output.key
        if len(key) == 1:
            row_id = self._id_for(key[0], record.values[key[0]])
        else:
            row_id = self._store.environment.new_id()
        entity = self._target.entity
        fields = {entity.by_name[n].number: v for n, v in record.values.items() if v is not None}
        operation = Operation(Action.INSERT, self._target.tag, row_id, fields)
        self._plan.add(operation, self._meant(operation, record.key), record.row)
        self._counts.new += 1
        if len(self._plan.made) < MAX_SHOWN:
            given = {n: (None, v) for n, v in record.values.items() if v is not None}
            self._plan.made.append(Difference(entity.name, record.key, record.row, given))

    def _meant(self, operation: Operation, key: tuple[Any, ...] = ()) -> bytes:
        """What an operation comes to, whatever ids new rows get: for the plan's fingerprint."""
        said = [
            (number, b"" if value in self._referred else value)
            for number, value in sorted(operation.fields.items())
        ]
        named = operation.row_id if operation.action is Action.UPDATE else key
        return msgspec.msgpack.encode((str(operation.action), operation.tag, named, said))

    def _error(self, record: Record, code: str, detail: str) -> None:
        column = ", ".join(self._target.output.key)
        self._findings.error(record.row, column, code, detail, given=_said(record.key))

    def _update(self, record: Record, row: Any, imported: dict[bytes, dict[int, Stored]]) -> None:  # noqa: ANN401
        changed: dict[str, tuple[Stored, Stored]] = {}
        entity = self._target.entity
        for name, source in self._target.output.fields.items():
            now, wanted = getattr(row, name), record.values[name]
            if isinstance(entity.by_name[name].type, Bool) and now is not None:
                now = bool(now)
            if now == wanted or source.leads == "portal":
                continue
            if wanted is None and source.empty == "keep":
                continue
            told = imported.get(row.id)
            said = told.get(entity.by_name[name].number) if told is not None else None
            if source.leads == "last" and told is not None and said == wanted:
                continue  # the leading system says what it said before; the portal is newer
            changed[name] = (now, wanted)
        if not changed:
            self._counts.unchanged += 1
            return
        self._counts.changed += 1
        for name in changed.keys() & self._owners:
            self._plan.hand(entity.name, *changed[name])
        self._counts.reassigned += bool(changed.keys() & self._owners)
        if len(self._plan.differences) < MAX_SHOWN:
            self._plan.differences.append(Difference(entity.name, record.key, record.row, changed))
        fields = {entity.by_name[n].number: wanted for n, (_, wanted) in changed.items()}
        operation = Operation(Action.UPDATE, self._target.tag, row.id, fields)
        self._plan.add(operation, self._meant(operation), record.row)

    def _last_imported(
        self,
        connection: sa.Connection,
        records: list[Record],
        existing: dict[tuple[Any, ...], list[Any]],
    ) -> dict[bytes, dict[int, Stored]]:
        """Row id -> field number -> what an import last wrote; only where a field leads by
        "last".
        """
        if all(source.leads != "last" for source in self._target.output.fields.values()):
            return {}
        ids = [row.id for record in records for row in existing.get(self._key(record), [])]
        before = earlier_of(connection, {(self._target.tag, row_id) for row_id in ids})
        found = {row_id: unpack_fields(row.imported) for (_, row_id), row in before.items()}
        o, c = t.operation.c, t.changeset.c
        for some in batches(ids, KEYS_PER_STATEMENT):
            rows = connection.execute(
                sa.select(o.row_id, o.after)
                .join(t.changeset, c.version == o.version)
                .where(
                    o.tag == self._target.tag, o.row_id.in_(some), c.source == str(Source.IMPORT)
                )
                .order_by(o.version, o.position)
            )
            for row_id, after in rows:
                found.setdefault(row_id, {}).update(unpack_fields(after))
        return found

    def finish(self) -> None:
        """Rows that the file no longer has."""
        output = self._target.output
        partial = output.where or output.distinct or output.mode == "update"
        if output.missing == "keep" and partial:
            return  # the file never meant to have all rows
        columns = [self._table.c[name] for name in output.key]
        active = self._target.entity.by_name.get("active")
        shown = self._shown(self._target.entity.name)
        wanted = sa.select(self._table.c.id, *columns).where(shown).order_by(self._table.c.id)
        if active is not None:
            wanted = wanted.where(self._table.c.active.is_(True))
        with reading(self._store.engine) as connection:
            for row_id, *key in connection.execute(wanted):
                if self._is_listed(tuple(key)):
                    continue
                self._counts.missing += 1
                if output.missing == "deactivate" and active is not None:
                    fields: dict[int, Stored] = {active.number: False}
                    operation = Operation(Action.UPDATE, self._target.tag, row_id, fields)
                    self._plan.add(operation, self._meant(operation), 0)
                    self._counts.deactivated += 1

    def _is_listed(self, key: tuple[Any, ...]) -> bool:
        """Whether the file has the key; keys made of references are not compared by it."""
        return key in self._keys or any(isinstance(part, bytes) for part in key)


def _said(key: tuple[Any, ...]) -> str:
    return "/".join(str(part) for part in key)
