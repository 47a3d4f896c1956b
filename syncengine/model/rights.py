"""What a user of the office may do: the matrix of entity and right, and the limit to people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncengine.model.entity import Action


class Right(StrEnum):
    """What may be allowed for the rows of an entity. Who may not view them may do nothing else."""

    VIEW = "view"
    ADD = "add"
    EDIT = "edit"
    DELETE = "delete"


NEEDED = {Action.INSERT: Right.ADD, Action.UPDATE: Right.EDIT, Action.DELETE: Right.DELETE}


@dataclass(frozen=True)
class Line:
    """One line of the matrix. For a role, what is true is allowed. For a user it is an exception:
    true allows, false denies, None leaves it to the roles.
    """

    entity: str
    said: Mapping[Right, bool | None]


@dataclass(frozen=True)
class Rights:
    """As they are in one snapshot; without arguments: none.

    administers: everything, on every row. limit: the person whose rows, and those of everybody
    below, are all that there is for this user; None: no limit. concealed: entities whose rows
    nobody has now, who administers included.
    """

    administers: bool = False
    allowed: Mapping[str, frozenset[Right]] = field(default_factory=dict)
    limit: bytes | None = None
    concealed: frozenset[str] = frozenset()

    def may(self, right: Right, entity: str) -> bool:
        """Whether the right is given for rows of that entity; which rows, the limit says."""
        if entity in self.concealed:
            return False
        if self.administers:
            return True
        given = self.allowed.get(entity, frozenset())
        return Right.VIEW in given and right in given


def combined(roles: Iterable[Line], exceptions: Iterable[Line]) -> dict[str, frozenset[Right]]:
    """What roles and exceptions come to, by entity. One role that allows suffices; an exception
    goes before all roles, and one that denies before one that allows.
    """
    given: set[tuple[str, Right]] = set()
    given |= {(line.entity, right) for line in roles for right in Right if line.said[right]}
    exceptional = list(exceptions)
    given |= {(x.entity, right) for x in exceptional for right in Right if x.said[right]}
    given -= {(x.entity, right) for x in exceptional for right in Right if x.said[right] is False}
    entities = {entity for entity, _ in given}
    return {e: frozenset(right for entity, right in given if entity == e) for e in entities}
