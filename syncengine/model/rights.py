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
    below, are all that there is for this user; None: no limit.
    """

    administers: bool = False
    allowed: Mapping[str, frozenset[Right]] = field(default_factory=dict)
    limit: bytes | None = None

    def may(self, right: Right, entity: str) -> bool:
        """Whether the right is given for rows of that entity; which rows, the limit says."""
        if self.administers:
            return True
        given = self.allowed.get(entity, frozenset())
        return Right.VIEW in given and right in given

    def of(self, entity: str) -> frozenset[Right]:
        """All that are given for rows of that entity."""
        return frozenset(right for right in Right if self.may(right, entity))


@dataclass(frozen=True)
class Role:
    """A role with its lines of the matrix; who has one that administers needs no line."""

    id: bytes
    name: str
    administers: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Origin:
    """Where one right of a user comes from. roles: the ids of those that give it. exception: as
    it counts; None: there is none. given: what it comes to. blind: it would be given, were the rows
    to be viewed.
    """

    roles: tuple[bytes, ...]
    exception: bool | None
    given: bool
    blind: bool


@dataclass(frozen=True)
class Entitled:
    """What the rows say of a user, before it is combined. limit: as in Rights."""

    active: bool
    roles: tuple[Role, ...]
    exceptions: tuple[Line, ...]
    limit: bytes | None

    @property
    def rights(self) -> Rights:
        """What it comes to: nothing for who is not active, everything for who administers."""
        if not self.active:
            return Rights()
        if any(role.administers for role in self.roles):
            return Rights(administers=True)
        lines = (line for role in self.roles for line in role.lines)
        return Rights(False, combined(lines, self.exceptions), self.limit)

    def origin(self, right: Right, entity: str) -> Origin:
        """Why the user has the right for rows of that entity, or has it not."""
        rights = self.rights
        giving = [
            role.id
            for role in self.roles
            if role.administers or any(x.entity == entity and x.said[right] for x in role.lines)
        ]
        said = {x.said[right] for x in self.exceptions if x.entity == entity} - {None}
        exception = None if not said or rights.administers else False not in said
        given = rights.may(right, entity)
        blind = not given and right in rights.allowed.get(entity, frozenset())
        return Origin(tuple(giving), exception, given, blind)


@dataclass(frozen=True)
class Scope:
    """What of a user's rights a token of theirs carries; never more than the user has at the time.

    entities: for rows of these only; None: of all.
    """

    read_only: bool = True
    entities: frozenset[str] | None = None

    def narrowed(self, rights: Rights, every: Iterable[str]) -> Rights:
        """The user's rights as far as they reach. No token administers: who does has all rights on
        the rows of `every` entity, and none on users.
        """
        carried = frozenset({Right.VIEW}) if self.read_only else frozenset(Right)
        allowed = dict.fromkeys(every, frozenset(Right)) if rights.administers else rights.allowed
        return Rights(
            False,
            {
                entity: given & carried
                for entity, given in allowed.items()
                if self.entities is None or entity in self.entities
            },
            rights.limit,
        )


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
