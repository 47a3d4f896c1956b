"""Changesets of other systems: read, made into operations, written once, answered alike."""

from __future__ import annotations

import hashlib
import json
import re
from http import HTTPStatus
from typing import Any

from server.api.asked import Asked
from server.api.bodies import members, operations_of
from server.api.reading import entity_of
from server.api.refusals import ApiRefused, not_found, of_objections, unclear
from server.api.values import row_of
from server.api.wishes import Made, make, read_wishes
from syncengine.model.changeset import Verdict
from syncengine.model.entity import Action
from syncengine.model.errors import IdReused, InvalidValue
from syncengine.model.ids import derived_id, to_text
from syncengine.store import listing
from syncengine.store.office import Answer, answer_to
from syncengine.store.store import Store

KEY = re.compile(r"[\x21-\x7e]{1,100}")
MAX_TRIES = 3  # of an upsert, where somebody else makes or removes its row at the same time
REUSED = "This Idempotency-Key was used for another request."

Reply = tuple[int, Any]  # status, JSON


def changesets(store: Store, asked: Asked) -> Reply:
    """POST /changesets: all of its operations, or none."""
    asked.only()
    return 200, _write(store, asked, operations_of(asked.body))


def put(store: Store, asked: Asked) -> Reply:
    """PUT /rows/{entity}/key/{key}: the row of that key has these values afterwards."""
    asked.only()
    entity = entity_of(store, asked)
    if entity.key is None:
        raise not_found()
    given = members(asked.body, ("values", "version"), ("values",))
    upsert = {"action": "upsert", "entity": entity.name, "key": asked.path["key"], **given}
    said = _write(store, asked, [upsert])
    made = said["rows"][0]["action"] == str(Action.INSERT)
    return HTTPStatus.CREATED if made else HTTPStatus.OK, said


def _write(store: Store, asked: Asked, given: list[object]) -> dict[str, Any]:
    changeset, request = store.environment.new_id(), None
    if asked.key is not None:
        if not KEY.fullmatch(asked.key):
            raise unclear("Idempotency-Key", "1 to 100 printable ASCII characters are expected.")
        changeset = derived_id(asked.bearer.user, b"api", asked.key.encode("ascii"))
        request = _hash(asked)
    try:
        answer = answer_to(store.engine, changeset, request) if request is not None else None
        return _said(store, answer or _once(store, asked, given, changeset, request))
    except IdReused as error:
        raise ApiRefused(error.code, REUSED) from None


def _once(
    store: Store, asked: Asked, given: list[object], changeset: bytes, request: bytes | None
) -> Answer:
    wishes = read_wishes(store, asked.rights, given)
    for tried in range(1, MAX_TRIES + 1):
        made = make(store, asked.rights, wishes)
        try:
            verdict = store.write(
                asked.bearer.author(), made.operations, changeset, request, made.expected
            )
        except InvalidValue as error:
            raise ApiRefused(error.code, error.detail) from None
        upserts = {w.position for w in wishes if w.action == "upsert"}
        raced = {o.operation for o in verdict.objections if o.code in ("key.taken", "row.unknown")}
        if not raced & upserts or tried == MAX_TRIES:
            break
    if verdict.objections:
        raise _refused(store, asked, made, verdict)
    if request is not None:  # what is kept: somebody may have sent the same at the same time
        kept = answer_to(store.engine, changeset, request)
        if kept is not None:
            return kept
    return Answer(verdict, tuple((o.action, o.tag, o.row_id) for o in made.operations))


def _refused(store: Store, asked: Asked, made: Made, verdict: Verdict) -> ApiRefused:
    """With the rows as they are now, where another version was expected."""
    current = []
    for objection in verdict.objections:
        operation = made.operations[objection.operation]
        entity = store.schema.by_tag[operation.tag]
        row = listing.one(store, asked.rights, entity.name, operation.row_id)
        if objection.code == "row.changed" and row is not None:
            expected = made.versions[operation.tag, operation.row_id]
            told = {"operation": objection.operation, "entity": entity.name, "expected": expected}
            current.append({**told, "row": row_of(entity, row)})
    return of_objections(verdict.objections, {"current": current} if current else {})


def _said(store: Store, answer: Answer) -> dict[str, Any]:
    return {
        "changeset": to_text(answer.verdict.changeset),
        "outcome": str(answer.verdict.outcome),
        "version": answer.verdict.version,
        "rows": [
            {
                "action": str(action),
                "entity": store.schema.by_tag[tag].name,
                "id": to_text(row_id),
            }
            for action, tag, row_id in answer.rows
        ],
    }


def _hash(asked: Asked) -> bytes:
    """Of what was asked for, however it was written."""
    canonical = json.dumps([asked.place, asked.body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).digest()
