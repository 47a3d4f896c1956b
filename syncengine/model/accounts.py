"""How a module declares who may sign in to the office, and with which rights.

Not part of the wire: devices have no part in it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Bool, FieldType, Reference, Text
from syncengine.model.rights import Right


@dataclass(frozen=True)
class Accounts:
    """The entities, by name; none of them is on a device, and only who administers may touch them.

    user: `name` for signing in, `language`, `active`, and `limited_to`, a reference to a person.
    role: `name`, `administers`. assignment: which `user` has which `role`.
    role_right: what a `role` allows for rows of an `entity`, a truth value for each Right.
    exception: the same for a `user`; may be empty.
    """

    user: str
    role: str
    assignment: str
    role_right: str
    exception: str

    @property
    def entities(self) -> frozenset[str]:
        """All of them."""
        return frozenset((self.user, self.role, self.assignment, self.role_right, self.exception))


def sign_in_name(name: str) -> str:
    """The one spelling under which a name is kept and looked up: case does not matter."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).strip()


def accounts_of(
    declared: Iterable[Accounts | None], entities: Mapping[str, Entity], people: str
) -> Accounts | None:
    """The one declaration, checked; None when there is none. InvalidSchema: it does not fit."""
    found = [accounts for accounts in declared if accounts is not None]
    if not found:
        return None
    (accounts,) = found if len(found) == 1 else (None,)
    if accounts is None:
        raise InvalidSchema("two modules declare office users")
    rights: dict[str, type[FieldType] | str] = {"entity": Text, **{str(r): Bool for r in Right}}
    needed: dict[str, dict[str, type[FieldType] | str]] = {
        accounts.user: {"name": Text, "active": Bool, "limited_to": people},
        accounts.role: {"name": Text, "administers": Bool},
        accounts.assignment: {"user": accounts.user, "role": accounts.role},
        accounts.role_right: {"role": accounts.role, **rights},
        accounts.exception: {"user": accounts.user, **rights},
    }
    for name, fields in needed.items():
        entity = entities.get(name)
        if entity is None or entity.terms:
            raise InvalidSchema(f"{name} must be an entity without terms: it is for office users")
        for field_name, kind in fields.items():
            _check(entity, field_name, kind)
    return accounts


def _check(entity: Entity, name: str, kind: type[FieldType] | str) -> None:
    """kind: of its values, or the entity that it refers to."""
    field = entity.by_name.get(name)
    found = field.type if field is not None else None
    if isinstance(kind, str):
        fits = isinstance(found, Reference) and found.entity == kind and not found.dangling
    else:
        fits = isinstance(found, kind)
    if not fits:
        raise InvalidSchema(f"{entity.name}.{name} must be there, as office users need it")
