"""Whether entities fit a guard that asks for a filled form: InvalidSchema where they do not."""

from __future__ import annotations

from collections.abc import Mapping

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Decimal, Reference
from syncengine.model.filling import ANSWER_FIELDS, ARTICLE
from syncengine.model.questionnaire_field import form_field
from syncengine.model.terms import Carried, Everyone, Follows


def require(fits: bool, said: str) -> None:
    """InvalidSchema, with what is said, unless it fits."""
    if not fits:
        raise InvalidSchema(said)


def check_asking(form: str, entity: Entity, entities: Mapping[str, Entity]) -> None:
    """The rows that `form` refers to have a form, and are where those of this entity are. One that
    a state of theirs releases is not: without its form no step is taken on the device.
    """
    said = f"{entity.name}.{form}"
    field = entity.by_name.get(form)
    kind = field.type if field is not None else None
    require(isinstance(kind, Reference), f"{said} must refer to what has a questionnaire")
    assert isinstance(kind, Reference)
    asking = entities[kind.entity]
    found = form_field(asking)
    require(found is not None and found.required, f"{said}: {asking.name} needs a questionnaire")
    require(
        (Carried(entity.name, form) in asking.terms or Follows(form) in entity.terms
         or Everyone() in asking.terms)
        and asking.part == entity.part
        and asking.window is None,
        f"{entity.name}: not every device that holds one holds its {form}",
    )  # fmt: skip


def check_answers(child: Entity) -> None:
    """Its rows have what answers are read from."""
    for name, kind in ANSWER_FIELDS.items():
        field = child.by_name.get(name)
        require(
            field is not None
            and type(field.type) is type(kind)
            and (not isinstance(kind, Decimal) or field.type == kind),
            f"{child.name}.{name} must be a {type(kind).__name__.lower()}, as answers have it",
        )
    article = child.by_name.get(ARTICLE)
    require(
        article is not None and isinstance(article.type, Reference),
        f"{child.name}.{ARTICLE} must be a reference, as answers have it",
    )
