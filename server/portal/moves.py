"""Moving a node of a tree to another place: what that does to people and devices, then the move.

Dragging a node and choosing its place in the form are the same request. The form says where the
node was when it was seen: who has moved it meanwhile is not undone unknowingly.
"""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.effects import Told, told
from server.portal.forms import Form, operation_on, previewed, write
from server.portal.lists import found_row
from server.portal.pages import Portal, to
from server.portal.pickers import referred
from server.portal.refusals import Unclear
from server.portal.trees import tree_of
from server.portal.values import Wrong
from syncengine.model.entity import Action
from syncengine.model.fields import Reference
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.author import Expected
from syncengine.store.database import reading
from syncengine.store.listing import Listed
from syncengine.store.parents import Tree
from syncengine.store.trees import nodes, paths


@dataclass
class Move:
    """A node and where it is to be. target: None: at the top. clash: somebody has moved it since
    the form was made. tried: it fits, so what it does is shown.
    """

    tree: Tree
    row: Listed
    form: Form
    target: bytes | None = None
    clash: bool = False
    tried: bool = False
    told: Told | None = None

    @property
    def now(self) -> bytes | None:
        """What the node is below."""
        above = self.row.values[self.tree.parent]
        return above if isinstance(above, bytes) else None

    @property
    def wrong(self) -> bool:
        """Something does not fit."""
        return bool(self.form.errors or self.form.general)


def move(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: what would happen, or the move itself."""
    shown = tree_of(portal, asked, Right.EDIT)
    entity = portal.store.schema.entities[shown.entity]
    row, do = found_row(portal, asked, entity), asked.value("do")
    move = Move(shown, row, Form({shown.parent: ""}, {}, row.version))
    if asked.method == "GET":
        there = f"/portal/data/{entity.name}/tree?at={to_text(row.id)}"
        return to(there) if entity.absent else _page(portal, asked, move)
    if do not in ("preview", "save"):
        raise Unclear
    _read(portal, asked, move)
    if move.clash:
        return _page(portal, asked, move, 409)
    if not move.wrong:
        fields = {shown.parent: move.target}
        operation = operation_on(portal, Action.UPDATE, entity, row.id, fields)
        if do == "save":
            expected = Expected({(operation.tag, row.id): row.version})
            if not write(portal, asked, [operation], move.form, expected):
                move.row, move.clash = found_row(portal, asked, entity), True
                return _page(portal, asked, move, 409)
            if not move.wrong:
                at = to_text(move.target or row.id)
                return to(f"/portal/data/{entity.name}/tree?at={at}&moved=1")
        else:
            found = previewed(portal, asked, move.form, operation)
            move.told = told(found.seats if found else ())
            move.tried = not move.wrong
    return _page(portal, asked, move, 422 if move.wrong else 200)


def _read(portal: Portal, asked: Asked, move: Move) -> None:
    """Where the node is to be, and what speaks against it."""
    w, shown, row, form = asked.words, move.tree, move.row, move.form
    text, was = asked.value(f"v.{shown.parent}").strip(), asked.value(f"was.{shown.parent}")
    form.texts[shown.parent] = text
    try:
        seen = from_text(was) if was else None
    except ValueError:
        raise Unclear from None
    try:
        if text:
            move.target = referred(portal, asked, shown.entity, text)
        elif portal.store.schema.entities[shown.entity].by_name[shown.parent].required:
            raise Wrong(w("This is needed."))
        move.clash = seen != move.now
        if move.clash:
            return
        if move.target == move.now:
            raise Wrong(w("It is there already."))
        if move.target is not None and _is_below(portal, asked, move):
            called = _titles(portal, asked, shown, [row.id, move.target])
            said = w(
                "%(target)s is %(row)s itself or below: nothing can be above itself.",
                target=called[move.target], row=called[row.id],
            )  # fmt: skip
            raise Wrong(said)
    except Wrong as wrong:
        form.errors[shown.parent] = str(wrong)


def _is_below(portal: Portal, asked: Asked, move: Move) -> bool:
    """Whether the place is the node itself or below it: the write path refuses that, too, in fewer
    words.
    """
    assert move.target is not None
    way = paths(portal.store, asked.signed_in.rights, move.tree, [move.target])[move.target]
    return move.row.id in (*way, move.target)


def _titles(portal: Portal, asked: Asked, shown: Tree, ids: list[bytes | None]) -> dict[bytes, str]:
    rights = asked.signed_in.rights
    with reading(portal.store.engine) as connection:
        return listing.titles(connection, portal.store, rights, shown.entity, ids)


def _leaders(portal: Portal, asked: Asked, move: Move) -> tuple[list[bytes], list[bytes]]:
    """(who no longer leads the node, who leads it then), from the top down."""
    ends = [one for one in (move.now, move.target) if one is not None]
    ways = paths(portal.store, asked.signed_in.rights, move.tree, ends)
    before, after = ([*ways[one], one] if one else [] for one in (move.now, move.target))
    return [x for x in before if x not in after], [x for x in after if x not in before]


def _page(portal: Portal, asked: Asked, move: Move, status: int = 200) -> Response:
    store, rights, shown = portal.store, asked.signed_in.rights, move.tree
    entity, target = store.schema.entities[shown.entity], move.target
    node = nodes(store, rights, shown, [move.row])[0]
    lose, gain = _leaders(portal, asked, move) if move.tried else ([], [])
    called = _titles(portal, asked, shown, [move.row.id, move.now, target, *lose, *gain])
    people = [seat.person for seat in move.told.seats] if move.told else []
    with reading(store.engine) as connection:
        called |= listing.titles(connection, store, rights, store.schema.people, people)
    if target is not None and not move.wrong:
        row = listing.one(store, rights, shown.entity, target)
        number = row.values.get("number") if row else None
        move.form.texts[shown.parent] = str(number) if number else to_text(target)
    kind = entity.by_name[shown.parent].type
    assert isinstance(kind, Reference)
    return portal.page(
        asked, "move.html", status, open_=shown.entity, hierarchy=shown, move=move, node=node,
        field=entity.by_name[shown.parent], form=move.form, row_id=to_text(move.row.id),
        was=to_text(move.now) if move.now else "", seen_at=asked.value(f"was.{shown.parent}"),
        called=called, told=move.told,
        counted=shown.counted[0] if node.counted is not None and shown.counted else "",
        lose=lose, gain=gain, led=shown.entity == store.schema.people,
    )  # fmt: skip
