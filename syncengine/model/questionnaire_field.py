"""The type of fields that store forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import MAX_JSON_DEPTH, Json, Stored
from syncengine.model.questionnaire import Form
from syncengine.model.questionnaire_data import read_form

LIMIT = 120_000  # characters; with four bytes for each it is half of what a changeset may have
FORMS = 16  # that are kept read: a few megabytes


@dataclass(frozen=True)
class Questionnaire(Json):
    """A form (`read_form`), as canonical JSON text of at most `limit` characters."""

    # A form's conditions begin five levels down, and fit wherever those of a rule do.
    deepest: ClassVar[int] = MAX_JSON_DEPTH + 5

    limit: int = LIMIT

    def check(self, stored: object) -> None:
        super().check(stored)
        form_of(str(stored))

    def store(self, value: object) -> str:
        text = super().store(value)
        form_of(text)
        return text


def form_field(entity: Entity) -> Field | None:
    """The field with the form that rows of the entity ask; None when they ask none."""
    return next((f for f in entity.fields if isinstance(f.type, Questionnaire)), None)


def form_in(entity: Entity, values: Sequence[Stored]) -> Form:
    """The form that a row asks; its values by position."""
    field = form_field(entity)
    assert field is not None
    return form_of(str(values[entity.position(field.name)]))


@lru_cache(FORMS)
def form_of(stored: str) -> Form:
    """The form that a field of type Questionnaire stores; InvalidValue when it is none."""
    return read_form(json.loads(stored))
