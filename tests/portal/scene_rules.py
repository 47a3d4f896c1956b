"""A rule of visibility, for pictures and tests in a browser."""

from __future__ import annotations

from typing import Any

from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)


def show_by_rule(store: Store, person: bytes) -> None:
    """A rule with two versions, for that person."""
    author = Author(Source.OFFICE, None, "screenshots", None)
    market, _ = listing.page(store, ALL, Wanted("market", order="number"), 2, None)
    audience, rule = store.environment.new_id(), store.environment.new_id()
    condition = {"all": [
        {"field": "market", "in_subtree_of": to_text(market[-1].id), "parent": "parent"},
        {"any": [{"field": "annual_sales", "op": "greater_or_equal", "value": "1000000.00"},
                 {"not": {"field": "specialty", "op": "equal", "value": "Touring"}}]},
    ]}  # fmt: skip
    earlier: dict[str, Any] = {"field": "specialty", "op": "equal", "value": "Touring"}

    def row(entity: str, row_id: bytes, action: Action, **values: Any) -> Operation:
        by_name, tag = store.schema.entities[entity].by_name, store.schema.tags[entity]
        stored = {by_name[n].number: v for n, v in values.items()}
        return Operation(action, tag, row_id, stored)

    def canonical(data: dict[str, Any]) -> object:
        return store.schema.entities["rule"].by_name["condition"].type.store(data)

    store.write(author, [
        row("audience", audience, Action.INSERT, number="key", name="Key accounts"),
        row("audience_member", store.environment.new_id(), Action.INSERT, audience=audience,
            employee=person, below=False),
        row("rule", rule, Action.INSERT, number="R1", name="Large shops", target="customer",
            condition=canonical(earlier), audience=audience, active=True),
    ])  # fmt: skip
    store.write(author, [row("rule", rule, Action.UPDATE, condition=canonical(condition))])
