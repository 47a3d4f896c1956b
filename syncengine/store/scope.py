"""What of a user's rights a token carries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from syncengine.model.rights import Right, Rights


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
            rights.concealed,
        )
