"""Lists of rows, made from what the modules declare: search, filters, sorting, columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from server.cursor import cursor_of
from server.portal.asked import Asked
from server.portal.cursors import after
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from server.portal.values import hint, shown
from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Bool, Enum, Reference, Stored
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import clock as clocks
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted

PAGE = 50
COLUMNS = 6  # shown where nobody chose
MAX_SEARCH = 100
FILTER = "f."


@dataclass(frozen=True)
class View:
    """What somebody asks to see of a kind of row, as its address says it."""

    entity: Entity
    wanted: Wanted
    columns: tuple[str, ...]
    chosen: bool  # the columns were
    place: str = ""  # where it is shown; nothing: in the list of its entity
    also: tuple[tuple[str, str], ...] = ()  # further parameters of that place

    @property
    def base(self) -> str:
        """The address without parameters."""
        return self.place or f"/portal/data/{self.entity.name}"

    def address(self, path: str = "", **changes: str) -> str:
        """This view with some of its parameters changed; an empty one goes."""
        said = {
            **dict(self.also),
            "q": self.wanted.search,
            "sort": self.wanted.order or "",
            "desc": "1" if self.wanted.descending else "",
            **{FILTER + name: _filter_text(value) for name, value in self.wanted.filters},
            **changes,
        }
        pairs = [(name, value) for name, value in said.items() if value]
        pairs += [("c", name) for name in self.columns] if self.chosen else []
        return f"{self.base}{path}?{urlencode(pairs)}"


def data(portal: Portal, asked: Asked) -> Response:
    """Every kind of row that the user may view."""
    rights = asked.signed_in.rights
    accounts = portal.store.schema.accounts
    elsewhere = accounts.entities if accounts else frozenset()  # pages of their own
    kinds = [
        (
            module.name,
            [
                e.name
                for e in module.entities
                if rights.may(Right.VIEW, e.name) and e.name not in elsewhere
            ],
        )
        for module in portal.store.schema.modules
    ]
    return portal.page(asked, "data.html", open_="data", kinds=[k for k in kinds if k[1]])


def changeable(rights: Rights, right: Right, entity: Entity) -> bool:
    """Whether the user is offered to: an absent module's rows are there to be read."""
    return not entity.absent and rights.may(right, entity.name)


def rows(portal: Portal, asked: Asked) -> Response:
    """One page of a list."""
    view = viewed(portal, asked)
    rights, entity = asked.signed_in.rights, view.entity
    return portal.page(
        asked, "rows_found.html" if asked.partial else "list.html", open_=entity.name,
        filters=_filters(entity), chips=_chips(portal, rights, view),
        may_add=changeable(rights, Right.ADD, entity),
        may_edit=changeable(rights, Right.EDIT, entity),
        selected={name: _filter_text(value) for name, value in view.wanted.filters},
        **table(portal, asked, view),
    )  # fmt: skip


def table(portal: Portal, asked: Asked, view: View) -> dict[str, Any]:
    """What `rows.html` shows: one page of a view."""
    store, rights, entity = portal.store, asked.signed_in.rights, view.entity
    with reading(store.engine) as connection:
        seen = clocks.read(connection).version  # before the rows: what comes between counts as new
    begin = after(entity, view.wanted.order, asked)
    found, more = listing.page(store, rights, view.wanted, PAGE, begin)
    whole = begin is None and not more  # a search that found little has looked through all rows
    total = len(found) if whole else listing.count(store, rights, view.wanted)
    titles = listing.reference_titles(store, rights, entity, found)
    w = asked.words
    shown_rows = [
        (
            to_text(row.id),
            [shown(w, entity.by_name[c], row.values[c], titles) for c in view.columns],
        )
        for row in found
    ]
    return {
        "view": view,
        "seen": seen,
        "rows": shown_rows,
        "following": view.address(after=cursor_of(view.wanted.order, found[-1])) if more else "",
        "later": bool(asked.value("after")),
        "total": total,
        "most": listing.MAX_COUNT,
        "sortable": set(listing.sortable(entity)),
        "short": {f.name for f in entity.fields if hint(f) in ("reference", "date", "timestamp")},
        "numeric": {f.name for f in entity.fields if hint(f) in ("integer", "decimal")},
    }


def entity_of(portal: Portal, asked: Asked, right: Right = Right.VIEW) -> Entity:
    """The kind of row that the address names; Unseen unless the user has the right."""
    entity = portal.store.schema.entities.get(asked.path["entity"])
    if entity is None or not asked.signed_in.rights.may(right, entity.name):
        raise Unseen
    return entity


def found_row(portal: Portal, asked: Asked, entity: Entity, named: str = "row") -> Listed:
    """The row that the address names, by that name of its place there; Unseen."""
    try:
        row_id = from_text(asked.path[named])
    except ValueError:
        raise Unseen from None
    found = listing.one(portal.store, asked.signed_in.rights, entity.name, row_id)
    if found is None:
        raise Unseen
    return found


def viewed(portal: Portal, asked: Asked) -> View:
    """What the address asks for; Unclear where it names what there is not."""
    entity = entity_of(portal, asked)
    order = asked.value("sort") or ("number" if "number" in entity.by_name else None)
    columns = tuple(dict.fromkeys(asked.query.get("c", [])))
    known = {f.name for f in entity.fields}
    if (order and order not in listing.sortable(entity)) or not set(columns) <= known:
        raise Unclear
    filters = tuple(
        (name.removeprefix(FILTER), _filter_value(entity, name.removeprefix(FILTER), values[-1]))
        for name, values in asked.query.items()
        if name.startswith(FILTER) and values[-1]
    )
    search = asked.value("q").strip()[:MAX_SEARCH]
    wanted = Wanted(entity.name, search, filters, None, order, asked.value("desc") == "1")
    return View(entity, wanted, columns or usual_columns(entity), bool(columns))


def usual_columns(entity: Entity) -> tuple[str, ...]:
    """Those of a list where nobody chose: the first ones, no long texts, `active` among them."""
    plain = [f.name for f in entity.fields if hint(f) not in ("json", "blobreference")]
    short = [n for n in plain if getattr(entity.by_name[n].type, "limit", 0) <= 200]
    names = short[:COLUMNS]
    return (*names, "active") if "active" in short and "active" not in names else tuple(names)


def _filters(entity: Entity) -> list[tuple[str, tuple[str, ...]]]:
    """(field, its values) of those that a list offers for a choice."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for field in entity.fields:
        if isinstance(field.type, Bool):
            found.append((field.name, ("true", "false")))
        elif isinstance(field.type, Enum):
            found.append((field.name, field.type.values))
    return found


def _filter_value(entity: Entity, name: str, text: str) -> Stored:
    field = entity.by_name.get(name)
    try:
        match field.type if field else None:
            case Bool():
                return {"true": True, "false": False}[text]
            case Enum() as kind:
                return kind.store(text)
            case Reference():
                return from_text(text)
    except (InvalidValue, ValueError, KeyError):
        pass
    raise Unclear


def _filter_text(value: Stored) -> str:
    if isinstance(value, bytes):
        return to_text(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _chips(portal: Portal, rights: Rights, view: View) -> list[tuple[str, str, str]]:
    """(field, title, the view without it) of each filter by a row referred to."""
    found = []
    with reading(portal.store.engine) as connection:
        for name, value in view.wanted.filters:
            target = listing.referred_entity(view.entity, name)
            if target is not None and isinstance(value, bytes):
                told = listing.titles(connection, portal.store, rights, target, [value])
                rest = tuple(f for f in view.wanted.filters if f[0] != name)
                without = replace(view, wanted=replace(view.wanted, filters=rest))
                found.append((name, told[value], without.address()))
    return found
