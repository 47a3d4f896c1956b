"""Which column of a file goes to which field: guessed or remembered, decided by whoever imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import msgspec
from starlette.responses import Response

from server.importer import brought, remembered, works
from server.importer.brought import Brought
from server.importer.findings import MappingInvalid
from server.importer.folder import find_mappings
from server.importer.guessing import declared, entity_for, guessed, importable, lookups
from server.importer.looking import DATES, DELIMITERS, ENCODINGS, Look
from server.importer.mapping import FieldSource, Leads, MappingFile, bound
from server.portal.asked import Asked
from server.portal.imports import ask, found_file, kinds, look_again, place
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen
from server.portal.words import LANGUAGES, Words
from syncengine.model.entity import Entity
from syncengine.model.fields import Date, Decimal
from syncengine.store.errands import TooManyErrands

LEADS: dict[str, Leads] = {"import": "import", "last": "last", "portal": "portal"}
MODES = ("upsert", "update")
NAME = remembered.MAX_NAME


@dataclass
class Columns:
    """The form. to: by place of the column, "field" or "field:lookup". decimal, date: of all
    columns. wrong: what is not right, for the reader.
    """

    entity: Entity | None
    to: dict[int, str] = field(default_factory=dict)
    leads: dict[int, str] = field(default_factory=dict)
    keys: set[int] = field(default_factory=set)
    mode: str = "upsert"
    missing: str = "keep"
    empty: str = "clear"
    decimal: str = "."
    date: str = DATES[0]
    wrong: list[str] = field(default_factory=list)
    remembered: bool = False


def columns(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: check the file as it says."""
    file = found_file(portal, asked)
    seen = works.looked(portal.errands, file.id)
    if file.left is not None or seen is None:
        return to(place(file))
    allowed = kinds(portal, asked.signed_in.rights)
    if asked.method == "POST" and asked.value("do") == "look":
        return _look_again(portal, asked, file)
    entity = _entity(portal, asked, file, seen, allowed)
    if asked.method == "GET" or entity is None:
        form = _shown(portal, asked, file, seen, entity)
    else:
        form = _read(asked, seen, entity)
        limited = asked.signed_in.rights.limit is not None
        mapping = _mapping(portal, asked.words, seen, form, limited)
        if mapping is not None and not form.wrong:
            answer = _act(portal, asked, file, seen, entity, mapping, form)
            if answer is not None:
                return answer
    return _page(portal, asked, file, seen, form, allowed)


def _entity(
    portal: Portal, asked: Asked, file: Brought, seen: Look, allowed: list[str]
) -> Entity | None:
    name = asked.value("entity") or file.entity
    if not name:
        name = remembered.entity_of(portal.store, seen.head) or ""
    if name not in allowed and not asked.value("entity"):
        name = entity_for(seen.head, find_mappings(portal.store.schema), allowed)
    if not name:
        return None
    if name not in allowed:
        raise Unseen
    return portal.store.schema.entities[name]


def _look_again(portal: Portal, asked: Asked, file: Brought) -> Response:
    encoding, delimiter = asked.value("encoding"), asked.value("delimiter")
    if encoding not in ("", *ENCODINGS) or delimiter not in ("", *DELIMITERS):
        raise Unclear
    look_again(portal, asked, file.id, encoding, delimiter)
    return to(place(file))


# -- what the form shows


def _shown(
    portal: Portal, asked: Asked, file: Brought, seen: Look, entity: Entity | None
) -> Columns:
    """What was checked last, saved, used last, or is guessed: the first of these that there is."""
    if entity is None:
        return Columns(None)
    name = asked.value("use")[:NAME]
    known = None if name else _checked_last(portal, file, entity)
    known = known or remembered.recalled(portal.store, entity.name, seen.head, name)
    mapping = known or guessed(
        portal.store.schema,
        entity,
        seen,
        find_mappings(portal.store.schema),
        _labels(asked.words, entity),
    )
    form = _form_of(entity, seen, mapping)
    form.remembered = known is not None
    if asked.signed_in.rights.limit is not None:
        form.mode, form.missing = "update", "keep"
    return form


def _checked_last(portal: Portal, file: Brought, entity: Entity) -> MappingFile | None:
    for errand in portal.errands.of(file.id):
        if errand.kind == works.CHECK:
            found = msgspec.json.decode(errand.parameters, type=MappingFile)
            return found if found.output[0].entity == entity.name else None
    return None


def _labels(w: Words, entity: Entity) -> dict[str, list[str]]:
    """What it and its fields are called in every language of the portal."""
    every = [replace(w, language=code) for code in LANGUAGES]
    found = {f.name: [one.field(f.name) for one in every] for f in entity.fields}
    return found | {"": [one.entity(entity.name) for one in every]}


def _form_of(entity: Entity, seen: Look, mapping: MappingFile) -> Columns:
    output = mapping.output[0]
    form = Columns(entity, mode=output.mode, missing=output.missing)
    places = {name: number for number, name in enumerate(seen.head)}
    used: Counter[tuple[str, str]] = Counter()
    for name, source in output.fields.items():
        number = places.get(source.column or "")
        if number is None or name not in entity.by_name:
            continue
        form.to[number] = f"{name}:{source.lookup}" if source.lookup else name
        form.leads[number] = source.leads
        form.empty = source.empty
        if name in output.key:
            form.keys.add(number)
        if isinstance(entity.by_name[name].type, Decimal):
            used["decimal", source.decimal] += 1
        if isinstance(entity.by_name[name].type, Date):
            used["date", source.date] += 1
    for (what, value), _ in reversed(used.most_common()):
        setattr(form, what, value)
    return form


# -- what it sends


def _read(asked: Asked, seen: Look, entity: Entity) -> Columns:
    """Unclear, where no form of ours says that."""
    form = Columns(
        entity, mode=asked.value("mode", "upsert"), missing=asked.value("missing", "keep"),
        empty=asked.value("empty", "clear"),
        decimal=asked.value("decimal", "."), date=asked.value("date", DATES[0]),
    )  # fmt: skip
    if (
        form.mode not in MODES
        or form.missing not in ("keep", "deactivate")
        or form.empty not in ("clear", "keep")
        or form.decimal not in (".", ",")
        or form.date not in DATES
    ):
        raise Unclear
    for number in range(len(seen.head)):
        if chosen := asked.value(f"to.{number}"):
            form.to[number] = chosen
            form.leads[number] = asked.value(f"leads.{number}", "import")
            if asked.value(f"key.{number}") == "1":
                form.keys.add(number)
            if form.leads[number] not in LEADS:
                raise Unclear
    return form


def _mapping(
    portal: Portal, w: Words, seen: Look, form: Columns, limited: bool
) -> MappingFile | None:
    """What the form says, as a mapping; what is wrong with it comes into the form."""
    entity, schema = form.entity, portal.store.schema
    assert entity is not None
    fields: dict[str, FieldSource] = {}
    key: list[str] = []
    for number, chosen in form.to.items():
        name, _, lookup = chosen.partition(":")
        kind = entity.by_name.get(name)
        if kind is None or kind not in importable(entity):
            raise Unclear
        if lookup not in (lookups(schema, kind) or [""]):
            raise Unclear
        if name in fields:
            form.wrong.append(w("Two columns go to %(field)s.", field=w.field(name)))
        if seen.head.count(seen.head[number]) > 1:
            said = w("Two columns are called %(name)s.", name=seen.head[number])
            form.wrong.append(said)
        if number in form.keys:
            key.append(name)
        fields[name] = FieldSource(
            column=seen.head[number], lookup=lookup or None, leads=LEADS[form.leads[number]],
            decimal="," if form.decimal == "," else ".", date=form.date,
            empty="keep" if form.empty == "keep" else "clear",
        )  # fmt: skip
    if not key:
        form.wrong.append(w("Say which column tells which row it is."))
        return None
    if limited and form.mode != "update":
        raise Unclear
    missing = form.missing if _may_end(entity) and form.mode == "upsert" else "keep"
    made = declared(
        schema, entity, seen, fields, key, "update" if form.mode == "update" else "upsert",
        "deactivate" if missing == "deactivate" else "keep",
    )  # fmt: skip
    lacking = [f.name for f in entity.fields if f.required and f.name not in made.output[0].fields]
    if lacking and form.mode == "upsert":
        names = ", ".join(w.field(name) for name in lacking)
        form.wrong.append(w("New rows need %(fields)s, too.", fields=names))
    if len(fields) == len(key) and form.mode == "update":
        form.wrong.append(w("Nothing would change: choose a field for one more column."))
    return made


def _may_end(entity: Entity) -> bool:
    return "active" in entity.by_name


def _act(
    portal: Portal,
    asked: Asked,
    file: Brought,
    seen: Look,
    entity: Entity,
    mapping: MappingFile,
    form: Columns,
) -> Response | None:
    """Save it under a name, if there is one, and check; None: why not is in the form."""
    user = asked.signed_in.user_id
    try:
        bound(mapping, portal.store.schema, file.name)
        if name := asked.value("name").strip()[:NAME]:
            remembered.remember(portal.store, entity.name, seen.head, mapping, user, name)
        brought.choose(portal.store, file.id, entity.name)
        ask(portal, asked, file, works.CHECK, msgspec.json.encode(mapping))
    except (MappingInvalid, TooManyErrands) as refused:
        form.wrong.append(asked.words.reason(refused.code, refused.detail))
        return None
    return to(place(file))


# -- the page


def _page(
    portal: Portal, asked: Asked, file: Brought, seen: Look, form: Columns, allowed: list[str]
) -> Response:
    entity = form.entity
    saved = remembered.names(portal.store, entity.name, seen.head) if entity else []
    return portal.page(
        asked, "import_columns.html", 422 if form.wrong else 200, open_="imports", file=file,
        place=place(file), seen=seen, form=form, kinds=sorted(allowed, key=asked.words.entities),
        fields=list(_choices(portal, asked.words, entity)) if entity else [], saved=saved,
        encodings=ENCODINGS, delimiters=DELIMITERS, dates=DATES,
        may_end=entity is not None and _may_end(entity),
        limited=asked.signed_in.rights.limit is not None, name=asked.value("name")[:NAME],
        uses=asked.value("use"),
        has_date=entity and any(isinstance(f.type, Date) for f in importable(entity)),
        has_decimal=entity and any(isinstance(f.type, Decimal) for f in importable(entity)),
    )  # fmt: skip


def _choices(portal: Portal, w: Words, entity: Entity) -> Iterable[tuple[str, str, bool]]:
    """(value, text, needed) of each field that a column may go to."""
    for one in importable(entity):
        by = lookups(portal.store.schema, one)
        for name in by:
            said = w("%(field)s, by %(by)s", field=w.field(one.name), by=w.field(name))
            yield f"{one.name}:{name}", said, one.required
        if not by:
            yield one.name, w.field(one.name), one.required
