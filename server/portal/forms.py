"""A row's form: what is in its inputs, read from them, held against the row, and written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.pickers import referred
from server.portal.refusals import NotAllowed, Unclear
from server.portal.values import Wrong, read, typed
from syncengine.model.changeset import Objection, Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import InvalidValue, SyncError
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import to_text
from syncengine.store import listing
from syncengine.store.author import Expected
from syncengine.store.listing import Listed
from syncengine.store.named import operation
from syncengine.store.office import ROW_CHANGED
from syncengine.store.preview import Preview, PreviewTooLarge, preview


@dataclass
class Form:
    """What is in the inputs, and what is wrong with it. was: as the row was when it was shown."""

    texts: dict[str, str]
    was: dict[str, str]
    version: int = 0
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    theirs: dict[str, str] = field(default_factory=dict)
    unseen: bool = False  # what it would do was too much for a preview


def _numbers(portal: Portal, asked: Asked, entity: Entity, row: Listed) -> dict[bytes, str]:
    """What inputs show for the rows referred to: their numbers, or ids where there are none."""
    found: dict[bytes, str] = {}
    for place, kind in entity.references:
        value = row.values[entity.fields[place].name]
        if isinstance(value, bytes):
            target = listing.one(portal.store, asked.signed_in.rights, kind.entity, value)
            number = target.values.get("number") if target else None
            found[value] = str(number) if number else to_text(value)
    return found


def texts(portal: Portal, asked: Asked, entity: Entity, row: Listed) -> dict[str, str]:
    """The inputs of a row as it is."""
    numbers = _numbers(portal, asked, entity, row)
    return {f.name: typed(asked.words, f, row.values[f.name], numbers) for f in entity.fields}


def read_form(
    portal: Portal, asked: Asked, entity: Entity, made: Mapping[str, str] | None = None
) -> tuple[Form, dict[str, Stored]]:
    """The form, with what is wrong, and the stored values of the other fields. made: texts of
    fields that have no input of their own.
    """
    try:
        version = int(asked.value("version", "0"))
    except ValueError:
        raise Unclear from None
    form = Form({}, {}, version)
    values: dict[str, Stored] = {}
    for one in entity.fields:
        form.was[one.name] = asked.value(f"was.{one.name}").replace("\r\n", "\n")
        text = (made or {}).get(one.name, asked.value(f"v.{one.name}")).replace("\r\n", "\n")
        form.texts[one.name] = text
        try:
            if isinstance(one.type, Reference) and text.strip():
                values[one.name] = referred(portal, asked, one.type.entity, text.strip())
            else:
                values[one.name] = read(asked.words, one, text)
        except Wrong as wrong:
            form.errors[one.name] = str(wrong)
    return form, values


def compare(form: Form, now: Mapping[str, str], changed: set[str]) -> None:
    """Fields that both changed come into `theirs`."""
    for name in changed:
        if now[name] not in (form.was.get(name, ""), form.texts[name]):
            form.theirs[name] = now[name]


def edited(
    portal: Portal,
    asked: Asked,
    entity: Entity,
    row: Listed,
    made: Mapping[str, str] | None = None,
    along: Mapping[str, str] | None = None,
) -> tuple[Form, dict[str, Stored]]:
    """(the form that was sent for a row, the stored values of the fields that are to be written).
    Fields that somebody else has changed as well come into `theirs`: nothing is to be written then,
    and the form is about the row as it is now. made: as in `read_form`. along: fields for which
    whose value is taken is chosen with another one.
    """
    now = texts(portal, asked, entity, row)
    form, values = read_form(portal, asked, entity, made)
    for name in form.texts:
        if asked.value(f"take.{(along or {}).get(name, name)}") == "theirs":
            form.texts[name] = form.was[name]
    changed = {name for name in form.texts if form.texts[name] != form.was.get(name, "")}
    if row.version != form.version:
        compare(form, now, changed)
        if form.theirs:
            form.texts |= {name: now[name] for name in now.keys() - changed}
            form.was, form.version = now, row.version
            return form, {}
    changed = {name for name in changed if form.texts[name] != now[name]}
    form.errors = {name: said for name, said in form.errors.items() if name in changed}
    return form, {name: values[name] for name in changed if name in values}


def operation_on(
    portal: Portal, action: Action, entity: Entity, row_id: bytes, values: Mapping[str, Stored]
) -> Operation:
    """One operation of a changeset; values by field name."""
    return operation(portal.store.schema, action, entity.name, row_id, values)


def write(
    portal: Portal,
    asked: Asked,
    operations: Sequence[Operation],
    form: Form,
    expected: Expected | None = None,
) -> bool:
    """One changeset; what the engine objects to comes to its field. Whether the rows were as
    expected; if not, nothing comes to the form.
    """
    author = asked.signed_in.author("portal")
    try:
        objections = portal.store.write(author, operations, expected=expected).objections
    except InvalidValue as error:
        objections = (Objection(0, error.code, error.detail, str(error.data.get("field") or "")),)
    if any(objection.code == ROW_CHANGED.code for objection in objections):
        return False
    object_to(asked, form, objections)
    return True


def object_to(asked: Asked, form: Form, objections: Iterable[Objection]) -> None:
    """What the engine objects to, at its field or above the form; NotAllowed."""
    for objection in objections:
        if objection.code == "access.denied" and objection.field is None:
            raise NotAllowed
        said = asked.words.reason(objection.code, objection.detail)
        if objection.field in form.texts:
            form.errors[objection.field or ""] = said
        else:
            form.general.append(said)


def previewed(portal: Portal, asked: Asked, form: Form, operation: Operation) -> Preview | None:
    """What a change would do to each device; None, and why in the form, where that is not told."""
    return previewed_all(portal, asked, form, [operation])


def previewed_all(
    portal: Portal, asked: Asked, form: Form, operations: Sequence[Operation]
) -> Preview | None:
    """The same of several operations."""
    try:
        found = preview(portal.store, asked.signed_in.author("portal"), operations)
    except PreviewTooLarge:
        form.unseen = True
        return None
    except SyncError as error:
        form.general.append(asked.words.reason(error.code, error.detail))
        return None
    object_to(asked, form, found.verdict.objections)
    return found
