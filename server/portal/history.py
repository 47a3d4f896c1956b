"""The history: of one record, and searched by who, when, kind, field and value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.days import midnight
from server.portal.lists import entity_of, found_row
from server.portal.pages import Portal
from server.portal.pickers import referred
from server.portal.record import title_of
from server.portal.refusals import Unclear
from server.portal.rule_rows import in_words
from server.portal.values import Wrong, read, retold
from syncengine.model.entity import Entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.history import HistoryEntry
from syncengine.store.history import history as entries_of
from syncengine.store.history_search import Place, Sought, search
from syncengine.store.listing import Listed, Wanted

ENTRIES = 100  # of one record
FOUND = 50  # on a page of results
ASKED = ("who", "since", "until", "entity", "field", "value")
Said = Callable[[str, str, Any], str]  # entity, field, a value -> how it reads


def history(portal: Portal, asked: Asked) -> Response:
    """Who changed the row, for whom, when it was done and when it came, old and new."""
    entity = entity_of(portal, asked)
    row = found_row(portal, asked, entity)
    tag = portal.store.schema.tags[entity.name]
    entries = entries_of(portal.store, tag, row.id, ENTRIES)
    return portal.page(
        asked, "history.html", open_=entity.name, entity=entity, row_id=to_text(row.id),
        title=title_of(portal, asked, entity, row), entries=entries,
        said=_teller(portal, asked, entries), limit=ENTRIES, records={},
    )  # fmt: skip


def found(portal: Portal, asked: Asked) -> Response:
    """What the search finds, the newest first; without a search, all of it."""
    store, rights = portal.store, asked.signed_in.rights
    form = {name: asked.value(name).strip()[:200] for name in ASKED}
    errors: dict[str, str] = {}
    sought = _sought(portal, asked, form, errors)
    entries, following = list[HistoryEntry](), ""
    if not errors:
        results = search(store, rights, sought, FOUND, _after(asked))
        entries = results.entries
        if results.following is not None:
            place = ".".join(map(str, results.following))
            said = {name: text for name, text in form.items() if text}
            following = f"/portal/history?{urlencode({**said, 'after': place})}"
    kinds = [e for e in store.schema.by_tag.values() if rights.may(Right.VIEW, e.name)]
    chosen = next((e for e in kinds if e.name == form["entity"]), None)
    fields = {f.name for e in kinds for f in e.fields} if chosen is None else {
        f.name for f in chosen.fields
    }  # fmt: skip
    w = asked.words
    return portal.page(
        asked, "history_search.html", 422 if errors else 200, open_="history", form=form,
        errors=errors, entries=entries, following=following, later=bool(asked.value("after")),
        kinds=sorted((w.entity(e.name), e.name) for e in kinds),
        fields=sorted((w.field(name), name) for name in fields),
        said=_teller(portal, asked, entries), records=_records(portal, asked, entries),
        may_verify=rights.limit is None, sought=any(form.values()),
    )  # fmt: skip


def _sought(portal: Portal, asked: Asked, form: dict[str, str], errors: dict[str, str]) -> Sought:
    """What is asked for; what does not fit comes into `errors`. Unclear: a kind or a field that
    there is not.
    """
    schema, rights, w = portal.store.schema, asked.signed_in.rights, asked.words
    entity = schema.entities.get(form["entity"])
    known = [entity] if entity else list(schema.entities.values())
    if form["entity"] and (entity is None or not rights.may(Right.VIEW, entity.name)):
        raise Unclear
    if form["field"] and not any(form["field"] in one.by_name for one in known):
        if entity is None:
            raise Unclear
        form["field"] = ""  # another kind was chosen since
    people, users = _who(portal, asked, form["who"]) if form["who"] else (set(), set())
    if form["who"] and not people and not users:
        errors["who"] = w("There is nobody with this number or name.")
    bounds: list[int | None] = []
    for name, days in (("since", 0), ("until", 1)):
        try:
            bounds.append(midnight(w, form[name], days) if form[name] else None)
        except Wrong as wrong:
            errors[name] = str(wrong)
            bounds.append(None)
    values = {v for one in known for v in _stored(portal, asked, one, form["field"], form["value"])}
    return Sought(
        frozenset(people), frozenset(users), bounds[0], bounds[1], form["entity"] or None,
        form["field"] or None, form["value"], frozenset(values),
    )  # fmt: skip


def _who(portal: Portal, asked: Asked, text: str) -> tuple[set[bytes], set[bytes]]:
    """The people and the users with this number or name; or else those that contain it."""
    store, rights = portal.store, asked.signed_in.rights
    accounts = store.schema.accounts
    found: list[list[Listed]] = [[], []]
    for place, entity in enumerate((store.schema.people, accounts.user if accounts else None)):
        if entity is not None:
            found[place], _ = listing.page(store, rights, Wanted(entity, text), FOUND, None)
    names = [
        {row.id for row in rows if text in (row.values.get("number"), row.values.get("name"))}
        for rows in found
    ]
    people, users = names if any(names) else ({row.id for row in rows} for rows in found)
    return people, users


def _stored(portal: Portal, asked: Asked, entity: Entity, name: str, text: str) -> set[Stored]:
    """What was typed as a stored value of that field, where it is one."""
    field = entity.by_name.get(name)
    if field is None or not text:
        return set()
    try:
        if isinstance(field.type, Reference):
            return {referred(portal, asked, field.type.entity, text)}
        return {read(asked.words, field, text)}
    except Wrong:
        return set()


def _after(asked: Asked) -> Place | None:
    text = asked.value("after")
    version, _, position = text.partition(".")
    if not text:
        return None
    if not all(part.isdecimal() and len(part) < 19 for part in (version, position)):
        raise Unclear
    return int(version), int(position)


def _records(
    portal: Portal, asked: Asked, entries: Iterable[HistoryEntry]
) -> dict[tuple[str, str], tuple[str, bool]]:
    """(entity, row) -> (what it is called, whether it is still there)."""
    store, rights = portal.store, asked.signed_in.rights
    by_entity: dict[str, set[bytes]] = {}
    for entry in entries:
        by_entity.setdefault(entry.entity, set()).add(from_text(entry.row))
    records: dict[tuple[str, str], tuple[str, bool]] = {}
    for entity, ids in by_entity.items():
        there = listing.visible(store, rights, entity, ids)
        with reading(store.engine) as connection:
            titles = listing.titles(connection, store, rights, entity, ids)
        for row_id, title in titles.items():
            records[entity, to_text(row_id)] = title, row_id in there
    return records


def _teller(portal: Portal, asked: Asked, entries: Iterable[HistoryEntry]) -> Said:
    """Values as the reader knows them; rows referred to by what they are called."""
    schema, named = portal.store.schema, dict[str, set[bytes]]()
    for entry in entries:
        for name, target in _references(schema.entities[entry.entity]).items():
            ids = {from_text(v) for v in (entry.before.get(name), entry.after.get(name)) if v}
            named.setdefault(target, set()).update(ids)
    with reading(portal.store.engine) as connection:
        rights = asked.signed_in.rights
        called = {
            (target, to_text(row_id)): title
            for target, ids in named.items()
            for row_id, title in listing.titles(
                connection, portal.store, rights, target, ids
            ).items()
        }

    def said(entity: str, name: str, value: Any) -> str:  # noqa: ANN401
        of, rules = schema.entities[entity], schema.rules
        if rules is not None and entity == rules.entity:
            if name == rules.condition and value:
                return in_words(portal, asked, value) or retold(asked.words, None, value)
            if name == rules.target and value:
                return asked.words.entities(str(value))
        title = called.get((_references(of).get(name, ""), str(value)))
        return title or retold(asked.words, of.by_name.get(name), value)

    return said


def _references(entity: Entity) -> dict[str, str]:
    return {f.name: f.type.entity for f in entity.fields if isinstance(f.type, Reference)}
