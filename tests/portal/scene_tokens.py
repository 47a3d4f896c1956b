"""Tokens of other systems, for pictures."""

from __future__ import annotations

from server.accounts.api_tokens import ApiTokens
from syncengine.store.scope import Scope
from syncengine.store.store import Store


def give_tokens(store: Store, user: bytes) -> None:
    """Two that are good, and one that is revoked."""
    tokens = ApiTokens(store)
    some = Scope(False, frozenset({"customer", "market"}))
    for name, scope in (("Old ERP", Scope()), ("ERP", some), ("Reporting", Scope())):
        made = tokens.make(user, user, name, scope, 90)
    tokens.opened(made)
    tokens.revoke(user, next(t.token for t in tokens.every() if t.name == "Old ERP"))
