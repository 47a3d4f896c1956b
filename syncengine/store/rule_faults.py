"""Which rules cannot be: checked in the write path, for whoever writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from syncengine.model.access import Refusal
from syncengine.model.changeset import Operation
from syncengine.model.errors import InvalidValue
from syncengine.model.terms import Rules
from syncengine.store.rules import rule_of
from syncengine.store.working import ABSENT, Key, RowState, Working

INVALID = "rule.invalid"


def rule_faults(
    working: Working, operations: tuple[Operation, ...], rows: Mapping[Key, RowState]
) -> Iterator[tuple[int, Refusal]]:
    """(position, why) of each operation of a changeset after which a rule cannot be read."""
    schema = working.schema
    for term in schema.grants:
        if not isinstance(term, Rules):
            continue
        tag, fields = schema.tags[term.entity], schema.entities[term.entity].fields
        for position, operation in enumerate(operations):
            values = rows.get((operation.tag, operation.row_id), ABSENT).values
            if operation.tag != tag or values is None:
                continue
            named = {f.name: value for f, value in zip(fields, values, strict=True)}
            try:
                rule_of(schema, term, operation.row_id, named | {term.active: True})
            except InvalidValue as error:
                yield position, Refusal(INVALID, f"This is no rule: {error.detail}")
