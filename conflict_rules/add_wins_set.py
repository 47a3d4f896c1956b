"""A JSON list as a set: what either side added stays, what either side removed goes.

Only what was in the base can be removed, so no removal undoes an addition of the other side. The
outcome holds each element once, ascending by canonical text. Commutative, associative and
idempotent as long as it fits the field: of any number of edits of one base, all additions stay and
all removals count, in any order. Empty counts as the empty list, order and repetition in an entered
list as nothing. Where it does not fit, or either side is not a list, the server's value stays and
the incoming one is the loss. Use it for marks, tags, topics.
"""

from __future__ import annotations

import json

from conflict_rules.outcome import Outcome, if_valid
from syncengine.model.fields import MAX_TEXT, FieldType, Json, Stored

ELEMENT = Json(MAX_TEXT)


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """What is left of the base on both sides, and what is new on either."""
    here, there = _elements(server), _elements(incoming)
    if here is None or there is None:
        return Outcome(server, (incoming,))
    before = _elements(base) or frozenset()
    merged = (before & here & there) | (here - before) | (there - before)
    return if_valid(kind, Outcome(f"[{','.join(sorted(merged))}]"), server, incoming)


def _elements(stored: Stored) -> frozenset[str] | None:
    """The elements' canonical texts; None: it is no list."""
    value = json.loads(stored) if isinstance(stored, str) else []
    return frozenset(map(ELEMENT.store, value)) if isinstance(value, list) else None
