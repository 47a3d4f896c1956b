"""What the rows are called that reports name, as far as a user may view them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.accounts import shown_to
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.store import Store
from syncengine.store.working import batches

LEVELS = 50  # of markets that a path names
STEP = " > "
CUSTOMER = ("number", "name", "owner", "market")
PEOPLE = ("employee", "confirmed_by", "confirmed_for")


class Names:
    """Of some reports after others, in the connection's snapshot. Markets and articles are kept:
    there are as many as master data has.
    """

    def __init__(self, connection: sa.Connection, store: Store, rights: Rights) -> None:
        self._connection, self._store, self._rights = connection, store, rights
        self._markets: dict[bytes, Any] = {}
        self._articles: dict[bytes, Any] = {}
        self.customers: dict[bytes, Any] = {}
        self.people: dict[bytes, str] = {}

    def read(self, reports: Collection[sa.Row[Any]], articles: Iterable[bytes]) -> None:
        """Learn of the customers, markets and people of these reports, and of these articles."""
        self.customers = self._rows("customer", {row.customer for row in reports}, CUSTOMER)
        owners = {row.owner for row in self.customers.values()}
        people = {getattr(row, name) for row in reports for name in PEOPLE} | owners
        self.people = listing.titles(
            self._connection, self._store, self._rights, "employee", people
        )
        unknown = set(articles) - self._articles.keys()
        self._articles |= self._rows("article", unknown, ("number", "name"))
        above = {row.market for row in self.customers.values()}
        for _ in range(LEVELS):
            missing = above - self._markets.keys() - {None}
            if not missing:
                break
            found = self._rows("market", missing, ("number", "name", "parent"))
            self._markets |= dict.fromkeys(missing) | found
            above = {row.parent for row in found.values()}

    def _rows(
        self, entity: str, ids: Collection[bytes | None], fields: tuple[str, ...]
    ) -> dict[bytes, Any]:
        store, found = self._store, dict[bytes, Any]()
        table = store.tables[entity]
        allowed = shown_to(self._rights, store.schema, store.tables, entity)
        wanted = sa.select(table.c.id, *(table.c[name] for name in fields)).where(allowed)
        for some in batches(sorted(filter(None, ids)), KEYS_PER_STATEMENT):
            rows = self._connection.execute(wanted.where(table.c.id.in_(some)))
            found |= {row.id: row for row in rows}
        return found

    def article(self, article: bytes | None) -> tuple[str | None, str | None]:
        """(number, name); the beginning of the id of one that is not to be seen."""
        if article is None:
            return None, None
        row = self._articles.get(article)
        return (row.number, row.name) if row is not None else (to_text(article)[:8], None)

    def markets(self, market: bytes | None) -> str | None:
        """The market with those above it, the top one first; None: there is none to be seen."""
        path: list[str] = []
        for _ in range(LEVELS):
            row = self._markets.get(market) if market else None
            if row is None:
                break
            path.append(row.name)
            market = row.parent
        return STEP.join(reversed(path)) or None

    def market_number(self, market: bytes | None) -> str | None:
        """What the market's number is."""
        row = self._markets.get(market) if market else None
        return row.number if row is not None else None
