"""Answers that are kept no longer, and what is said when one is asked for all the same.

An answer comes before the checkpoint in every response. So a store that has shown a checkpoint
beyond it has it, unless it pulled without sending its outbox; nobody else asks. What took effect is
in the history, which says so again.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from syncengine.model.access import Refusal
from syncengine.model.changeset import Objection, Outcome, Verdict
from syncengine.store import tables as t

FORGOTTEN = Refusal("answer.forgotten", "What became of this is no longer on record.")
STORES = 50  # whose answers are dropped in one commit, at most

_v, _i, _c = t.verdict.c, t.incarnation.c, t.changeset.c


def _due(cut: int) -> sa.ColumnElement[bool]:
    """Answers from `cut` or before that their store has. The last one of each stays: it tells where
    its line is.
    """
    kept = _i.next_sequence - 1
    return sa.and_(_v.sequence < kept, _v.decided <= cut, _v.decided < _i.acked_version)


def answers_due(cut: int) -> sa.Select[Any]:
    """All that may go."""
    return sa.select(_v.sequence).join(t.incarnation, _i.id == _v.incarnation).where(_due(cut))


def stores_due(cut: int) -> sa.Select[Any]:
    """(store, its first kept sequence) of some stores whose first kept answer may go: a look at
    each store, however many answers there are.
    """
    first = sa.exists().where(_v.incarnation == _i.id, _v.sequence == _i.answers_from, _due(cut))
    return sa.select(_i.id, _i.answers_from).where(first).limit(STORES)


def drop_answers(connection: sa.Connection, cut: int, most: int) -> int:
    """Drop at most so many, store by store in the order of their sequences; how many went."""
    total = 0
    for store, first in connection.execute(stores_due(cut)).all():
        line = answers_due(cut).where(_i.id == store, _v.sequence >= first)
        until = max(connection.scalars(line.order_by(_v.sequence).limit(most - total)))
        gone = sa.and_(_v.incarnation == store, _v.sequence.between(first, until))
        connection.execute(sa.delete(t.verdict).where(gone))
        moved = sa.update(t.incarnation).where(_i.id == store)
        connection.execute(moved.values(answers_from=until + 1))
        total += until + 1 - first
        if total == most:
            break
    return total


def took_effect(connection: sa.Connection, incarnation: bytes, sequences: list[int]) -> set[int]:
    """Those of a store's sequences that are in the history."""
    named = sa.and_(_c.incarnation == incarnation, _c.sequence.in_(sequences))
    return set(connection.scalars(sa.select(_c.sequence).where(named)))


def said_again(
    connection: sa.Connection, incarnation: bytes, sequence: int, changeset: bytes, body_hash: bytes
) -> Verdict | None:
    """The answer to a changeset whose own one was dropped: accepted, where it is in the history;
    else refused, as what took no effect. None: what is in the history is another one.
    """
    entry = connection.execute(
        sa.select(_c.id, _c.version, _c.body_hash).where(
            _c.incarnation == incarnation, _c.sequence == sequence
        )
    ).first()
    if entry is None:
        why = (Objection(0, FORGOTTEN.code, FORGOTTEN.detail),)
        return Verdict(sequence, changeset, Outcome.REJECTED, None, 0, why)
    if entry.body_hash != body_hash:
        return None
    return Verdict(sequence, changeset, Outcome.ACCEPTED, entry.version, entry.version)
