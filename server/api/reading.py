"""Reads of other systems: lists, rows, their history, and what changed since."""

from __future__ import annotations

import base64
import re
from typing import Any

from server.api.asked import Asked
from server.api.bodies import MAX_VERSION
from server.api.refusals import ApiRefused, not_found, unclear
from server.api.values import entry_of, read_id, read_text, row_of
from server.api.wishes import is_key, visible_entity
from server.cursor import cursor_of, read_cursor
from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.ids import ID_BYTES, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.changed import Change, Place, changed_since, present
from syncengine.store.history import history as entries_of_row
from syncengine.store.listing import Wanted
from syncengine.store.privacy import may_be_private
from syncengine.store.store import Store

ROWS, MOST_ROWS = 100, 500
ENTRIES, MOST_ENTRIES = 50, 200
CHANGES, MOST_CHANGES = 500, 2_000
MAX_SEARCH = 100  # characters
FILTER = "f."
MAX_CURSOR = 2_000  # characters: of what lists are sorted by, the longest texts fit
SINCE_LENGTH = 38

Reply = tuple[int, Any]  # status, JSON


def entity_of(store: Store, asked: Asked) -> Entity:
    """The kind of rows that the address names; not.found."""
    entity = visible_entity(store, asked.rights, asked.path["entity"])
    if entity is None:
        raise not_found()
    return entity


def rows(store: Store, asked: Asked) -> Reply:
    """GET /rows/{entity}: one page of a list."""
    entity = entity_of(store, asked)
    asked.only("q", "sort", "desc", "limit", "after", beginning=FILTER)
    search = asked.query.get("q", "")
    if len(search) > MAX_SEARCH:
        raise unclear("q", f"at most {MAX_SEARCH} characters are looked for.")
    order = asked.choice("sort", listing.sortable(entity))
    descending = asked.choice("desc", ("true", "false")) == "true"
    filters = tuple(_filter(entity, n, text) for n, text in asked.query.items() if _is_filter(n))
    limit = asked.number("limit", ROWS, 1, MOST_ROWS)
    after = None
    if "after" in asked.query:
        text = asked.query["after"]
        try:
            after = read_cursor(entity, order, text if len(text) <= MAX_CURSOR else "")
        except ValueError as error:
            raise unclear("after", f"{error}.") from None
    wanted = Wanted(entity.name, search, filters, None, order, descending)
    found, more = listing.page(store, asked.rights, wanted, limit, after)
    following = cursor_of(order, found[-1]) if more else None
    return 200, {"rows": [row_of(entity, row) for row in found], "after": following}


def _is_filter(name: str) -> bool:
    return name.startswith(FILTER)


def _filter(entity: Entity, name: str, text: str) -> tuple[str, Stored]:
    field = entity.by_name.get(name.removeprefix(FILTER))
    if field is None:
        raise unclear(name, f"{entity.name} has no such field.")
    try:
        return field.name, read_text(field, text)
    except InvalidValue as error:
        raise unclear(name, f"{error.detail}.") from None


def row(store: Store, asked: Asked) -> Reply:
    """GET /rows/{entity}/{id}."""
    asked.only()
    entity = entity_of(store, asked)
    found = listing.one(store, asked.rights, entity.name, _id(asked))
    if found is None:
        raise not_found()
    return 200, row_of(entity, found)


def keyed(store: Store, asked: Asked) -> Reply:
    """GET /rows/{entity}/key/{key}."""
    asked.only()
    entity, key = entity_of(store, asked), asked.path["key"]
    ids: list[bytes] = []
    if entity.key is not None and is_key(entity, key):
        ids = listing.keyed(store, asked.rights, entity.name, [key]).get(key, [])
    if len(ids) > 1:
        raise ApiRefused("key.ambiguous", f"{len(ids)} rows have this key: read them as a list.")
    found = listing.one(store, asked.rights, entity.name, ids[0]) if ids else None
    if found is None:
        raise not_found()
    return 200, row_of(entity, found)


def history(store: Store, asked: Asked) -> Reply:
    """GET /rows/{entity}/{id}/history: the newest first. A row that is gone has one, too, for a
    token without a limit to people, unless it could have been private.
    """
    asked.only("limit", "before")
    entity, row_id = entity_of(store, asked), _id(asked)
    limit = asked.number("limit", ENTRIES, 1, MOST_ENTRIES)
    before = asked.number("before", MAX_VERSION, 1, MAX_VERSION)
    tag = store.schema.tags[entity.name]
    there = listing.one(store, asked.rights, entity.name, row_id) is not None
    found = []
    if there or (asked.rights.limit is None and not may_be_private(store.schema, entity.name)):
        found = entries_of_row(store, tag, row_id, limit + 1, before)
    if not there and not found:
        raise not_found()
    shown, more = found[:limit], len(found) > limit
    if more and found[0].version != found[limit].version:  # a version is told whole
        shown = [entry for entry in shown if entry.version != found[limit].version]
    following = shown[-1].version if more else None
    return 200, {"entries": [entry_of(entity, entry) for entry in shown], "before": following}


def changes(store: Store, asked: Asked) -> Reply:
    """GET /changes: what changed since a place; without one, the place that is now."""
    asked.only("since", "entity", "limit")
    if asked.rights.limit is not None:
        raise ApiRefused(
            "changes.limited",
            "This token's user is limited to some people's rows, of which rows come and go without"
            " being changed: read the lists.",
        )
    seen = [
        e.name
        for e in store.schema.entities.values()
        if asked.rights.may(Right.VIEW, e.name) and not e.retired
    ]
    only = asked.choice("entity", seen)
    limit = asked.number("limit", CHANGES, 1, MOST_CHANGES)
    if "since" not in asked.query:
        return 200, {"changes": [], "since": _since(present(store)), "more": False}
    place = _place(asked.query["since"])
    page = changed_since(store, [only] if only else seen, place, limit)
    if page is None:
        raise ApiRefused(
            "changes.resync",
            "It is not on record any more all that changed since then: ask for the changes without"
            " `since`, then read the lists anew.",
        )
    told = [
        {"entity": c.entity, "id": to_text(c.row), "version": c.version, "deleted": c.deleted}
        for c in _public(store, asked, page.changes)
    ]
    return 200, {"changes": told, "since": _since(page.following), "more": page.more}


def _public(store: Store, asked: Asked, changes: list[Change]) -> list[Change]:
    """Without those of rows that are private now: when they no longer are, that is a change."""
    hidden: set[bytes] = set()
    for name in {c.entity for c in changes if may_be_private(store.schema, c.entity)}:
        there = {c.row for c in changes if c.entity == name and not c.deleted}
        hidden |= there - listing.visible(store, asked.rights, name, there)
    return [c for c in changes if c.row not in hidden]


def _since(place: Place) -> str:
    numbers = place.version.to_bytes(8, "big") + place.position.to_bytes(4, "big")
    return base64.urlsafe_b64encode(place.epoch + numbers).decode().rstrip("=")


def _place(text: str) -> Place:
    if not re.fullmatch(f"[A-Za-z0-9_-]{{{SINCE_LENGTH}}}", text):
        raise unclear("since", "this is no place that was given out.")
    packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    version, position = packed[ID_BYTES : ID_BYTES + 8], packed[-4:]
    return Place(packed[:ID_BYTES], int.from_bytes(version, "big"), int.from_bytes(position, "big"))


def _id(asked: Asked) -> bytes:
    try:
        return read_id(asked.path["id"])
    except InvalidValue:
        raise not_found() from None
