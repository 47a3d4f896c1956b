"""What is done with a file that was brought, as errands: look, check, write, take back.

The errand's subject is the file, its user whoever asked; their rights are those of the moment in
which it is done. What is written is what was checked: the file is compared again, and where it
would come to something else by now nothing is written.
"""

from __future__ import annotations

from contextlib import closing

import msgspec

from server.errands import Told, Work
from server.importer import brought, remembered, report
from server.importer.apply import author_of, decide
from server.importer.findings import MAX_FINDINGS, FileRefused, PlanOutdated
from server.importer.judging import refused_of
from server.importer.looking import Look, look
from server.importer.mapping import MappingFile, bound
from server.importer.plan import plan_import
from server.importer.staging import Plan
from server.importer.undo import Undone, undo
from syncengine.model.access import Source
from syncengine.model.rights import Rights
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from syncengine.store.bulk import BulkUnfinished, is_kept
from syncengine.store.bulk_steps import Refused, finish, resume
from syncengine.store.database import reading
from syncengine.store.errands import Errand, Errands, State
from syncengine.store.store import Store

LOOK, CHECK, WRITE, UNDO = "import.look", "import.check", "import.write", "import.undo"
TRIES = 3  # where another large change is under way


def rights_now(store: Store, user: bytes) -> Rights:
    """The user's rights at this moment."""
    with reading(store.engine) as connection:
        return rights_of(connection, store.schema, store.tables, user)


def looked(errands: Errands, file: bytes) -> Look | None:
    """What the last look at a file saw."""
    for errand in errands.of(file):
        if errand.kind == LOOK and errand.state is State.DONE:
            whole = errands.find(errand.id)
            return None if whole is None else msgspec.msgpack.decode(whole.result, type=Look)
    return None


def _look(store: Store, errand: Errand, told: Told) -> bytes:
    encoding, delimiter = msgspec.msgpack.decode(errand.parameters, type=tuple[str, str])
    told("reading", 0)
    with brought.contents(store, errand.subject) as path:
        return msgspec.msgpack.encode(look(path, encoding, delimiter))


def _check(store: Store, errand: Errand, told: Told) -> bytes:
    rights = rights_now(store, errand.user)
    declared = msgspec.json.decode(errand.parameters, type=MappingFile)
    with _planned(store, errand, declared, told, rights) as plan:
        author = Author(Source.IMPORT, None, author_of(plan.name).label, errand.user)
        objections = refused_of(store, author, plan) if plan.ok else []
        found = report.checked(plan, rights, objections)
    if found.errors:
        told("refused", len(found.errors) + found.left_out)
    return msgspec.msgpack.encode(found)


def _planned(
    store: Store, errand: Errand, declared: MappingFile, told: Told, rights: Rights
) -> closing[Plan]:
    seen = looked(Errands(store), errand.subject)
    rows = seen.rows if seen is not None else 0
    told.expect("reading", rows)
    told.expect("comparing", rows * len(declared.output))
    mapping = bound(declared, store.schema, errand.label)
    with brought.contents(store, errand.subject) as path:
        return closing(plan_import(store, path, mapping, told, rights, errand.label))


def _write(store: Store, errand: Errand, told: Told) -> bytes:
    errands = Errands(store)
    check = errands.find(errand.parameters)
    if check is None:
        raise FileRefused("file.left", "The check is no longer kept: check again.")
    found = msgspec.msgpack.decode(check.result, type=report.Checked)
    declared = msgspec.json.decode(check.parameters, type=MappingFile)
    rows: list[int] = []
    if not is_kept(store, errand.id):
        rights = rights_now(store, errand.user)
        with _planned(store, errand, declared, told, rights) as plan:
            if plan.errors or plan.fingerprint != found.fingerprint:
                raise PlanOutdated("What is there has changed since the check: check again.")
            _decide(store, plan, errand, told)
            rows = list(plan.rows)
    told.expect("writing", found.operations)
    written = finish(store, errand.id, told)
    _remember(store, errand, declared)
    brought.put_away(store, errand.subject)
    refused = tuple(_noted(one, rows) for one in written.refused[:MAX_FINDINGS])
    return msgspec.msgpack.encode(report.Imported(written.operations, refused))


def _decide(store: Store, plan: Plan, errand: Errand, told: Told) -> None:
    for tries in range(TRIES):
        try:
            return decide(store, plan, errand.id, errand.user)
        except BulkUnfinished:
            if tries == TRIES - 1:
                raise
            resume(store)  # with whoever is at it
            told("waiting", 0)
    return None


def _noted(refused: Refused, rows: list[int]) -> report.Noted:
    row = rows[refused.position] if refused.position < len(rows) else 0
    return report.Noted(row, "", refused.code, refused.detail)


def _remember(store: Store, errand: Errand, declared: MappingFile) -> None:
    seen = looked(Errands(store), errand.subject)
    if seen is not None:
        entity = declared.output[0].entity
        remembered.remember(store, entity, seen.head, declared, errand.user)


def _undo(store: Store, errand: Errand, told: Told) -> bytes:
    label = f"undo import {errand.label}"
    # as an import: else what the file says would count as said before, and not be written again
    author = Author(Source.IMPORT, None, label, errand.user)
    for tries in range(TRIES):
        try:
            undone, written = undo(store, errand.parameters, author, errand.id, told)
            break
        except BulkUnfinished:
            if tries == TRIES - 1:
                raise
            resume(store)
            told("waiting", 0)
    refused = written.refused if written is not None else ()
    return msgspec.msgpack.encode(_taken_back(undone, refused))


def _taken_back(undone: Undone, refused: tuple[Refused, ...]) -> report.TakenBack:
    stays = tuple(
        report.Stays(c.entity, c.row, c.field, report.short(c.imported), report.short(c.now))
        for c in undone.conflicts
    )
    notes = tuple(_noted(one, []) for one in refused[:MAX_FINDINGS])
    return report.TakenBack(undone.restored, undone.removed, undone.left, stays, notes)


WORKS: dict[str, Work] = {LOOK: _look, CHECK: _check, WRITE: _write, UNDO: _undo}
