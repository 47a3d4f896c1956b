"""What a change would do to the rights of users, found by making it and taking it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.changeset import Operation, Verdict
from syncengine.model.rights import Right, Rights
from syncengine.store.author import Author
from syncengine.store.commit import Commit
from syncengine.store.database import discarding
from syncengine.store.entitled import entitled
from syncengine.store.preview import PreviewTooLarge, check_size
from syncengine.store.store import Store

MAX_PREVIEW_USERS = 5_000
NONE = Rights()


@dataclass(frozen=True)
class RightsEffect:
    """A user whose rights would be others; before, after: none at all for who is not there."""

    user: bytes
    before: Rights
    after: Rights

    def gained(self, entity: str) -> frozenset[Right]:
        """The rights for rows of that entity that would be new."""
        return self.kept(entity) - _given(self.before, entity)

    def lost(self, entity: str) -> frozenset[Right]:
        """Those that would be gone."""
        return _given(self.before, entity) - self.kept(entity)

    def kept(self, entity: str) -> frozenset[Right]:
        """All that there would be then."""
        return _given(self.after, entity)


@dataclass(frozen=True)
class RightsPreview:
    """verdict: what the change would get; its version is not taken. effects: by user's id; none
    when the change is refused.
    """

    verdict: Verdict
    effects: tuple[RightsEffect, ...]


def preview_rights(store: Store, author: Author, operations: Sequence[Operation]) -> RightsPreview:
    """Whose rights the change would make others, were it written now. PreviewTooLarge; else the
    errors of `Store.write`. The clock's lock is held meanwhile, which is why users are bounded.
    """
    check_size(len(operations))
    job = store.office_job(author, operations)
    with discarding(store.engine) as connection:
        commit = Commit(connection, store.schema, store.tables, store.environment)
        before = _all(store, connection)
        ((verdicts, error),) = commit.run([job])
        if error is not None:
            raise error
        after = _all(store, connection)
    effects = [
        RightsEffect(user, before.get(user, NONE), after.get(user, NONE))
        for user in sorted(before.keys() | after.keys())
        if before.get(user, NONE) != after.get(user, NONE)
    ]
    return RightsPreview(verdicts[0], tuple(effects))


def _given(rights: Rights, entity: str) -> frozenset[Right]:
    return frozenset(right for right in Right if rights.may(right, entity))


def _all(store: Store, connection: sa.Connection) -> Mapping[bytes, Rights]:
    accounts = store.schema.accounts
    users = store.tables[accounts.user] if accounts is not None else None
    wanted = sa.select(sa.func.count()).select_from(users) if users is not None else None
    if wanted is not None and (connection.scalar(wanted) or 0) > MAX_PREVIEW_USERS:
        raise PreviewTooLarge(
            f"A preview looks at no more than {MAX_PREVIEW_USERS:,} users.",
            limit=MAX_PREVIEW_USERS,
        )
    found = entitled(connection, store.schema, store.tables, None)
    return {user: said.rights for user, said in found.items()}
