"""What a changeset of another system asks for, made into operations: names, keys and values read.

Keys of rows become ids: of rows that are there, or of those that the same changeset makes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from server.api.bodies import Faults, shape
from server.api.values import quoted, read, read_id
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import ZERO_ID
from syncengine.model.rights import Right, Rights
from syncengine.protocol.changesets import check_values
from syncengine.store import listing
from syncengine.store.author import Expected
from syncengine.store.store import Store
from syncengine.store.working import Key

Named = tuple[str, str]  # entity, key


@dataclass
class Wish:
    """One operation as it was asked for. named: (entity, key) of its row."""

    position: int
    action: str
    entity: Entity
    row_id: bytes | None
    named: Named | None
    values: Mapping[str, Any]
    version: int | None


@dataclass
class Made:
    """What the wishes come to."""

    operations: list[Operation] = field(default_factory=list)
    versions: dict[Key, int] = field(default_factory=dict)
    unused: set[tuple[int, int, Stored]] = field(default_factory=set)

    @property
    def expected(self) -> Expected:
        """What they were made on."""
        return Expected(self.versions, frozenset(self.unused))


def visible_entity(store: Store, rights: Rights, name: object) -> Entity | None:
    """The kind of rows of that name; None where there is none, or none that may be viewed."""
    entity = store.schema.entities.get(name) if isinstance(name, str) else None
    if entity is None or entity.retired or not rights.may(Right.VIEW, entity.name):
        return None
    return entity


def read_wishes(store: Store, rights: Rights, given: list[object]) -> list[Wish]:
    """The operations, read; ApiRefused with all that is wrong with them."""
    faults, wishes = Faults(), list[Wish]()
    for position, one in enumerate(given):
        shaped = shape(position, one, faults)
        wish = None if shaped is None else _wish(store, rights, position, shaped, faults)
        if wish is not None:
            wishes.append(wish)
    _check_once(wishes, faults)
    faults.check()
    return wishes


def _wish(
    store: Store, rights: Rights, position: int, given: dict[str, Any], faults: Faults
) -> Wish | None:
    entity = visible_entity(store, rights, given["entity"])
    if entity is None:
        said = f"There is no kind of rows {quoted(given['entity'])}."
        faults.add(position, said, "entity.unknown")
        return None
    values = given.get("values", {})
    for name in sorted(values.keys() - entity.by_name.keys()):
        said = f"{entity.name} has no field {quoted(name)}."
        faults.add(position, said, "field.unknown", name)
    row_id = named = None
    if "id" in given:
        try:
            row_id = read_id(given["id"])
        except InvalidValue as error:
            faults.add(position, f"id: {error.detail}.", error.code)
    if "key" in given:
        named = (entity.name, given["key"])
        _check_key(position, entity, given, faults)
    return Wish(
        position, given["action"], entity, row_id, named, values, given.get("version")
    )  # fmt: skip


def _check_key(position: int, entity: Entity, given: dict[str, Any], faults: Faults) -> None:
    key: str = given["key"]
    if entity.key is None:
        faults.add(position, f"Rows of {entity.name} have no key: name them by their ids.")
    elif not is_key(entity, key):
        faults.add(position, "This can be no row's key.", "value.invalid", entity.key)
    elif given["action"] == "upsert" and given["values"].get(entity.key, key) != key:
        said = "The values give the row another key than the one that it is named by."
        faults.add(position, said, "value.invalid", entity.key)


def is_key(entity: Entity, text: str) -> bool:
    """Whether a row of an entity that has keys may have this one."""
    assert entity.key is not None
    try:
        entity.by_name[entity.key].type.check(text)
    except InvalidValue:
        return False
    return bool(text.strip())


def _check_once(wishes: list[Wish], faults: Faults) -> None:
    """No key is given to two new rows."""
    seen: set[Named] = set()
    for wish in wishes:
        named = wish.named if wish.action == "upsert" else _own_key(wish)
        if named in seen:
            said = f"The key {quoted(named[1])} comes twice."
            faults.add(wish.position, said, "key.twice", wish.entity.key)
        if named is not None:
            seen.add(named)


def _own_key(wish: Wish) -> Named | None:
    """Of a row that is to be inserted."""
    key = wish.values.get(wish.entity.key or "")
    if wish.action != "insert" or not isinstance(key, str):
        return None
    return wish.entity.name, key


def make(store: Store, rights: Rights, wishes: list[Wish]) -> Made:
    """Operations of the wishes, with keys as they are now; ApiRefused."""
    faults, made = Faults(), Made()
    ids, new_id = _ids(store, rights, wishes), store.environment.new_id
    for wish in wishes:  # what this changeset is going to make
        if wish.action == "upsert" and wish.named is not None and wish.named not in ids.found:
            ids.coming[wish.named] = new_id()
    for wish in wishes:
        action, row_id = _target(wish, ids, new_id(), faults)
        entity, tag = wish.entity, store.schema.tags[wish.entity.name]
        fields = _fields(wish, ids, faults)
        if action is Action.INSERT and entity.key is not None:
            number = entity.by_name[entity.key].number
            if wish.named is not None:
                fields[number] = wish.named[1]
            made.unused.add((tag, number, fields.get(number)))
        try:
            check_values(entity, action, fields)
        except InvalidValue as error:
            faults.add(wish.position, f"{error.detail}.", error.code, str(error.data["field"]))
        if wish.version is not None:
            made.versions[tag, row_id] = wish.version
        made.operations.append(Operation(action, tag, row_id, fields))
    faults.check()
    return made


@dataclass
class _Ids:
    """By key: of rows that are there, and of those that the changeset makes."""

    found: dict[Named, list[bytes]]
    coming: dict[Named, bytes] = field(default_factory=dict)

    def only(self, position: int, named: Named, code: str, at: str, faults: Faults) -> bytes:
        """The one row of that key; the zero id, and why, where there is none or more than one."""
        if named in self.coming:
            return self.coming[named]
        ids = self.found.get(named, [])
        if len(ids) != 1:
            many = f"There are {len(ids)} rows" if ids else "There is no row"
            said = f"{many} of {named[0]} with the key {quoted(named[1])}."
            faults.add(position, said, "key.ambiguous" if ids else code, at)
            return ZERO_ID
        return ids[0]


def _ids(store: Store, rights: Rights, wishes: list[Wish]) -> _Ids:
    """Of all keys that are named, by a handful of reads."""
    keys: dict[str, set[str]] = {}
    for wish in wishes:
        named = [wish.named] if wish.named is not None else []
        for name, value in wish.values.items():
            kind = wish.entity.by_name[name].type
            if isinstance(kind, Reference) and (key := _key_of(value)) is not None:
                named.append((kind.entity, key))
        for name, key in named:
            entity = store.schema.entities[name]
            if entity.key is not None and is_key(entity, key):
                keys.setdefault(name, set()).add(key)
    return _Ids({
        (entity, key): ids
        for entity, some in keys.items()
        for key, ids in listing.keyed(store, rights, entity, some).items()
    })  # fmt: skip


def _key_of(value: object) -> str | None:
    """Of a row that is referred to by {"key": text}."""
    only = value.get("key") if isinstance(value, dict) and len(value) == 1 else None
    return only if isinstance(only, str) else None


def _target(wish: Wish, ids: _Ids, new_id: bytes, faults: Faults) -> tuple[Action, bytes]:
    """What is to be done to which row."""
    if wish.action == "insert":
        return Action.INSERT, wish.row_id or new_id
    action = Action.DELETE if wish.action == "delete" else Action.UPDATE
    if wish.named is None:
        return action, wish.row_id or ZERO_ID
    if wish.named in ids.coming and wish.action == "upsert":
        if wish.version is not None:
            said = "There is no such row, and so not that version of it."
            faults.add(wish.position, said, "row.unknown")
        return Action.INSERT, ids.coming[wish.named]
    at = wish.entity.key or ""
    return action, ids.only(wish.position, wish.named, "row.unknown", at, faults)


def _fields(wish: Wish, ids: _Ids, faults: Faults) -> dict[int, Stored]:
    """Stored values by field number."""
    fields: dict[int, Stored] = {}
    for name, value in wish.values.items():
        declared = wish.entity.by_name[name]
        kind, key = declared.type, _key_of(value)
        try:
            if isinstance(kind, Reference) and key is not None:
                named = (kind.entity, key)
                fields[declared.number] = ids.only(
                    wish.position, named, "reference.unknown", name, faults
                )
            else:
                fields[declared.number] = read(declared, value)
        except InvalidValue as error:
            faults.add(wish.position, f"{name}: {error.detail}.", error.code, name)
    return fields
