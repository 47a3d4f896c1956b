"""The rights of office users, as the rows of a snapshot have them; and what these let them see."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.model.access import DENIED, ROW_UNKNOWN, Actor
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right, Rights
from syncengine.store.author import Author
from syncengine.store.entitled import entitled
from syncengine.store.judgement import Judgement
from syncengine.store.limits import theirs
from syncengine.store.privacy import may_be_private, public
from syncengine.store.scope import Scope
from syncengine.store.working import Working

NONE = Rights()


def rights_of(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], user: bytes
) -> Rights:
    """None at all for who is not there or not active. Rights on the accounts themselves come with
    administering alone.
    """
    found = entitled(connection, schema, tables, user).get(user)
    return NONE if found is None else found.rights


def acting(working: Working, author: Author) -> Actor:
    """The author as the decision point knows them, with the rights that the user has now."""
    rights = None
    if author.user is not None:
        rights = rights_of(working.connection, working.schema, working.tables, author.user)
        if author.scope is not None:
            rights = scoped(working.schema, rights, author.scope)
    return Actor(author.source, author.person, rights)


def scoped(schema: Schema, rights: Rights, scope: Scope) -> Rights:
    """What a token with this scope carries of its user's rights."""
    accounts = schema.accounts.entities if schema.accounts is not None else frozenset()
    return scope.narrowed(rights, schema.entities.keys() - accounts)


def left_alone(actor: Actor, judged: Judgement) -> Judgement:
    """The decision to let work, `judged` as if it were to take effect, have none: nobody may take
    it whose rights would not let them put it into effect.
    """
    denying = {DENIED.code} | ({ROW_UNKNOWN.code} if actor.rights and actor.rights.limit else set())
    denials = [o for o in judged.objections if o.code in denying]
    return Judgement.refused(denials[0]) if denials else Judgement()


def shown_to(
    rights: Rights, schema: Schema, tables: dict[str, sa.Table], entity: str
) -> sa.ColumnElement[bool]:
    """The condition on `tables[entity]` that leaves the rows that a user may view: for every list,
    search, count and export.
    """
    if not rights.may(Right.VIEW, entity):
        return sa.false()
    allowed = public(schema, tables, entity) if may_be_private(schema, entity) else sa.true()
    if rights.limit is None:
        return allowed
    return sa.and_(allowed, theirs(schema, tables, rights.limit, entity))
