"""An info that is being written: what is typed, what of it fits, and the changeset that it becomes.

Nothing is stored before it is published: what is typed travels with the form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from modules.masterdata.targets import Target
from modules.messages.manifest import MESSAGES
from server.portal.public import (
    TARGET_KINDS,
    Asked,
    Form,
    Portal,
    TooMuch,
    Unclear,
    Wrong,
    numbers,
    one_more,
    operation_on,
    read,
    referred,
    target_of,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights

FIELDS = ("kind", "title", "text", "priority", "starts_at", "ends_at")
ENDS = {"daily": "expires_at", "action": "due_at"}
PARTS = {  # of the form: what is typed in a row of each, and how many rows it may have
    "target": (("kind", "value"), 50),
    "task": (("title", "kind", "mandatory"), 20),
    "link": (("kind", "value"), 20),
    "file": (("title", "file"), 10),
}
FRESH = {
    "target": {"kind": "employee"}, "task": {"kind": "check", "mandatory": "1"},
    "link": {"kind": "customer"}, "file": {},
}  # fmt: skip
WRITTEN = ("info", "info_task", "info_attachment", "info_link", "info_target")


def may_compose(portal: Portal, rights: Rights) -> bool:
    """Whether the user is offered to: who it goes to is not cut to a user's limit."""
    store = portal.store
    return (
        rights.limit is None
        and not store.schema.entities["info"].absent
        and rights.may(Right.EDIT, "info")
        and all(rights.may(Right.ADD, name) for name in WRITTEN)
    )


def linkable(portal: Portal, rights: Rights) -> list[str]:
    """The kinds of rows that an info can lead to: those on devices, for who may view them."""
    entities = portal.store.schema.entities
    theirs = {entity.name for entity in MESSAGES.entities}
    return [
        name for name, entity in entities.items()
        if entity.terms and name not in theirs and not entity.absent
        and rights.may(Right.VIEW, name)
    ]  # fmt: skip


@dataclass
class Row:
    """A line of a part of the form. said: what a row that was picked is called."""

    number: int
    texts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    said: str = ""


@dataclass
class Draft:
    """The form. values: of the info, in stored form, as far as they fit."""

    form: Form
    parts: dict[str, list[Row]]
    values: dict[str, Stored] = field(default_factory=dict)
    picked: list[Target] = field(default_factory=list)  # of the targets that are complete
    linked: list[tuple[str, bytes]] = field(default_factory=list)  # kind and row
    files: list[Stored] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        """Whether it can be published."""
        rows = [row for some in self.parts.values() for row in some]
        return not (self.form.errors or self.form.general or any(row.errors for row in rows))

    def calm(self) -> None:
        """Without errors: it is still being written."""
        self.form.errors.clear()
        for row in (row for some in self.parts.values() for row in some):
            row.errors.clear()


def empty() -> Draft:
    """A daily info, from now on, for nobody yet."""
    texts = dict.fromkeys(FIELDS, "") | {"kind": "daily", "priority": "normal"}
    parts: dict[str, list[Row]] = {name: [] for name in PARTS}
    parts["target"].append(Row(0, {"value": "", **FRESH["target"]}))
    return Draft(Form(texts, {}), parts)


def typed(portal: Portal, asked: Asked) -> Draft:
    """What the form holds after what its button does, each row with what is wrong with it."""
    texts = {name: asked.value(name).replace("\r\n", "\n") for name in FIELDS}
    parts = {name: _rows(asked, name) for name in PARTS}
    _act(parts, asked.value("do"))
    draft = Draft(Form(texts, {}), parts)
    _read_info(portal, asked, draft)
    _read_rows(portal, asked, draft)
    return draft


def _rows(asked: Asked, part: str) -> list[Row]:
    names, most = PARTS[part]
    used = {n for name in names for n in numbers(asked.form, f"{part}.", f".{name}")}
    if len(used) > most:
        raise TooMuch
    return [
        Row(n, {name: asked.value(f"{part}.{n}.{name}") for name in names}) for n in sorted(used)
    ]


def _act(parts: Mapping[str, list[Row]], do: str) -> None:
    """One row more, or one less; Unclear."""
    act = re.fullmatch(r"(add|remove)\.([a-z]+)(?:\.(\d{1,3}))?", do)
    if act is None:
        return
    what, part, place = act.groups()
    if part not in parts:
        raise Unclear
    rows, (names, most) = parts[part], PARTS[part]
    if what == "add" and len(rows) < most:
        number = one_more([row.number for row in rows])
        rows.append(Row(number, dict.fromkeys(names, "") | FRESH[part]))
    if what == "remove" and place:
        rows[:] = [row for row in rows if row.number != int(place)]


def _read_info(portal: Portal, asked: Asked, draft: Draft) -> None:
    """The fields of the info itself."""
    w, form, now = asked.words, draft.form, portal.store.environment.now()
    fields = portal.store.schema.entities["info"].by_name
    kind = form.texts["kind"]
    if kind not in ENDS:
        raise Unclear
    for name in FIELDS:
        stored = ENDS[kind] if name == "ends_at" else name
        text = form.texts[name]
        try:
            if name == "starts_at" and not text.strip():
                draft.values[stored] = now
            elif name == "ends_at" and not text.strip():
                raise Wrong(w("This is needed."))
            else:
                draft.values[stored] = read(w, fields[stored], text)
        except Wrong as wrong:
            form.errors[name] = str(wrong)
    starts, ends = draft.values.get("starts_at"), draft.values.get(ENDS[kind])
    if isinstance(starts, int) and isinstance(ends, int):
        if ends <= starts:
            form.errors["ends_at"] = w("It has to end after it begins.")
        elif ends <= now:
            form.errors["ends_at"] = w("That is over already.")


def _read_rows(portal: Portal, asked: Asked, draft: Draft) -> None:
    """Tasks, targets, links and the attachment."""
    w, entities = asked.words, portal.store.schema.entities
    for row in draft.parts["task"]:
        with _at(row, "title"):
            read(w, entities["info_task"].by_name["title"], row.texts["title"])
        with _at(row, "kind"):
            read(w, entities["info_task"].by_name["kind"], row.texts["kind"])
    for row in draft.parts["target"]:
        if row.texts["kind"] not in TARGET_KINDS:
            raise Unclear
        with _at(row, "value"):
            draft.picked.append(_target(portal, asked, row))
    for row in draft.parts["link"]:
        if row.texts["kind"] not in linkable(portal, asked.signed_in.rights):
            raise Unclear
        with _at(row, "value"):
            kind = row.texts["kind"]
            draft.linked.append((kind, _row(portal, asked, kind, row)))
    fields = entities["info_attachment"].by_name
    for row in draft.parts["file"]:
        with _at(row, "title"):
            read(w, fields["title"], row.texts["title"])
        with _at(row, "file"):
            draft.files.append(read(w, fields["file"], row.texts["file"]))
    if not draft.parts["target"]:
        draft.form.errors["target"] = w("Say whom it is for.")


@contextmanager
def _at(row: Row, name: str) -> Iterator[None]:
    """What does not fit is told at that place of the row."""
    try:
        yield
    except Wrong as wrong:
        row.errors[name] = str(wrong)


def _row(portal: Portal, asked: Asked, entity: str, row: Row) -> bytes:
    """The row that is picked; Wrong."""
    text = row.texts["value"].strip()
    if not text:
        raise Wrong(asked.words("This is needed."))
    return referred(portal, asked, entity, text)


def _target(portal: Portal, asked: Asked, row: Row) -> Target:
    """Wrong."""
    kind = row.texts["kind"]
    return target_of(kind, _row(portal, asked, TARGET_KINDS[kind], row))


def operations(portal: Portal, draft: Draft, info: bytes) -> list[Operation]:
    """The whole info, written and published in one changeset."""
    return [
        _operation(portal, Action.INSERT, "info", info, {**draft.values, "status": "draft"}),
        *_children(portal, draft, info),
        _operation(portal, Action.UPDATE, "info", info, {"status": "published"}),
    ]


def _children(portal: Portal, draft: Draft, info: bytes) -> Iterator[Operation]:
    rows: list[tuple[str, dict[str, Stored]]] = []
    for place, row in enumerate(draft.parts["task"]):
        mandatory = row.texts["mandatory"] == "1"
        rows.append(("info_task", {"position": place + 1, "title": row.texts["title"].strip(),
                                   "kind": row.texts["kind"], "mandatory": mandatory}))  # fmt: skip
    rows += [
        ("info_attachment", {"title": row.texts["title"].strip(), "file": file})
        for row, file in zip(draft.parts["file"], draft.files, strict=True)
    ]
    for kind, row_id in draft.linked:
        rows.append(("info_link", {"kind": kind, "row": to_text(row_id)}))
    rows += [("info_target", stored(target)) for target in draft.picked]
    for entity, values in rows:
        row_id = portal.store.environment.new_id()
        yield _operation(portal, Action.INSERT, entity, row_id, {"info": info, **values})


def stored(target: Target) -> dict[str, Stored]:
    """The fields of a row of `info_target`."""
    return {name: value for name, value in vars(target).items() if value}


def _operation(
    portal: Portal, action: Action, entity: str, row_id: bytes, values: Mapping[str, Stored]
) -> Operation:
    given = {name: value for name, value in values.items() if value is not None}
    return operation_on(portal, action, portal.store.schema.entities[entity], row_id, given)
