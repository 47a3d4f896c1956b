"""Both stand, as two rows: the server's row stays as it is, and the whole edit goes into a copy of
it that refers to it.

Here the rule only says that the server's value stays; the write path makes the copy, whose id
follows from row, store and base, so that all edits of one store on one base go into one copy.
Commutative up to which of the two rows is the original; no value is lost, so nothing has to be
decided, but somebody may want to tidy up. Idempotent. Use it for texts that cannot be merged and
must not be lost (minutes, drafts).
"""

from __future__ import annotations

from conflict_rules.outcome import Outcome
from syncengine.model.fields import FieldType, Stored


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """Keep `server`; `incoming` goes into the copy."""
    return Outcome(server, (incoming,))
