"""Whom a template is for, as it is typed: rows that name somebody, conditions on customers, and
the period. Nothing is stored before it is published: what is typed travels with the form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modules.masterdata.targets import Target
from modules.visit_reports.portal.reading import TARGET, TEMPLATE, targets_of
from server.portal.public import (
    TARGET_KINDS,
    Asked,
    Form,
    Group,
    Portal,
    TargetLine,
    TooMuch,
    Unclear,
    Words,
    Wrong,
    builder,
    read,
    target_lines,
    target_of,
    typed,
)
from syncengine.model.condition_data import read_condition, write_condition
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed

PEOPLE = ("employee", "team", "audience")  # what lines of a standard template can name
PERIOD = ("starts_at", "ends_at")
MOST_CONDITIONS = 10
Aim = dict[str, Stored]  # the fields of a row of report_target that say whom it is for


@dataclass
class Aims:
    """The form. conditions: as they are stored. tree: one that is being built. values: the period
    and kind in stored form, as far as they fit. found: what the lines name, as far as they do.
    """

    form: Form
    rows: list[TargetLine]
    conditions: list[str]
    tree: Group
    values: dict[str, Stored] = field(default_factory=dict)
    found: list[Aim] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """Of the template."""
        return self.form.texts["kind"]

    @property
    def fits(self) -> bool:
        """Whether it can be published."""
        errors = self.form.errors or self.form.general or self.tree.error
        return not errors and not any(row.error for row in self.rows)

    @property
    def all(self) -> list[Aim]:
        """Everything that it is for."""
        conditions = self.conditions if self.kind == "dynamic" else []
        by_condition: list[Aim] = [{"condition": one} for one in conditions]
        return [*self.found, *by_condition]


def offered(portal: Portal, asked: Asked, kind: str) -> list[str]:
    """What lines can name, of what the user may view."""
    tables, rights = portal.store.tables, asked.signed_in.rights
    return [
        name
        for name, entity in TARGET_KINDS.items()
        if (kind == "dynamic" or name in PEOPLE)
        and entity in tables
        and rights.may(Right.VIEW, entity)
    ]


def shown(portal: Portal, asked: Asked, row: Listed) -> Aims:
    """Those that the draft has, as when it is a new edition; else one empty line."""
    entity = portal.store.schema.entities[TEMPLATE]
    texts = {
        name: typed(asked.words, entity.by_name[name], row.values[name], {}) for name in PERIOD
    }
    rows: list[TargetLine] = []
    conditions: list[str] = []
    targets = targets_of(portal.store, asked.signed_in.rights, row.id)
    for target in targets:
        values = target.values
        if values["condition"] is not None:
            conditions.append(str(values["condition"]))
        for name in ("market", "customer", "employee", "audience"):
            named = values[name]
            if isinstance(named, bytes):
                kind = "team" if name == "employee" and values["below"] else name
                number = _number(portal, asked, name, named)
                rows.append(TargetLine(len(rows), kind, number, target_of(kind, named)))
    kind = str(row.values["kind"])
    if not rows and not conditions:
        rows.append(TargetLine(0, "market" if kind == "dynamic" else "employee", ""))
    form = Form({"kind": kind, **texts}, {}, row.version)
    aims = Aims(form, rows, conditions, Group("all"))
    _resolve(portal, asked, aims)
    return aims


def _number(portal: Portal, asked: Asked, entity: str, row_id: bytes) -> str:
    found = listing.one(portal.store, asked.signed_in.rights, entity, row_id)
    number = found.values.get("number") if found else None
    return str(number) if number else to_text(row_id)


def sent(portal: Portal, asked: Asked) -> Aims:
    """What the form holds after what its button does, with what does not fit at its place."""
    kind = asked.value("kind")
    if kind not in ("standard", "dynamic"):
        raise Unclear
    try:
        version = int(asked.value("version", "0"))
    except ValueError:
        raise Unclear from None
    customer = portal.store.schema.entities["customer"]
    tree = builder.read_tree(asked, portal.store.schema, customer)
    form = Form({"kind": kind, **{n: asked.value(n) for n in PERIOD}}, {}, version)
    aims = Aims(form, target_lines(portal, asked), _conditions(portal, asked), tree)
    _act(portal, asked, aims, asked.value("do"))
    _resolve(portal, asked, aims)
    _read_period(portal, asked.words, aims)
    return aims


def _conditions(portal: Portal, asked: Asked) -> list[str]:
    texts = asked.form.get("condition", [])
    if len(texts) > MOST_CONDITIONS:
        raise TooMuch
    try:
        return [_canonical(portal, json.loads(text)) for text in texts]
    except (ValueError, InvalidValue):  # nothing that a page of ours sends
        raise Unclear from None


def _canonical(portal: Portal, data: object) -> str:
    """A condition on customers as it is stored; InvalidValue."""
    schema = portal.store.schema
    read_condition(schema.entities["customer"], schema, data)
    return str(schema.entities[TARGET].by_name["condition"].type.store(data))


def _act(portal: Portal, asked: Asked, aims: Aims, do: str) -> None:
    """A condition taken, built on or taken away; Unclear."""
    gone = re.fullmatch(r"remove\.condition\.(\d{1,2})", do)
    if gone is not None and int(gone[1]) < len(aims.conditions):
        del aims.conditions[int(gone[1])]
    elif do == "take":
        _take(portal, asked, aims)
    elif re.fullmatch(r"(add-line|add-group|remove)\.0(\.\d+)*", do):
        builder.change_tree(aims.tree, portal.store.schema.entities["customer"], do)


def _take(portal: Portal, asked: Asked, aims: Aims) -> None:
    """The condition that was built becomes one of the targets."""
    w, customer = asked.words, portal.store.schema.entities["customer"]
    if not aims.tree.parts:
        aims.tree.error = w("This group is empty.")
        return
    found = builder.condition_of(portal, asked, customer, aims.tree)
    if found is None:
        return
    if len(aims.conditions) == MOST_CONDITIONS:
        aims.tree.error = w("These are too many conditions.")
        return
    try:
        aims.conditions.append(_canonical(portal, write_condition(customer, found)))
    except InvalidValue as error:
        aims.tree.error = w.reason(error.code, error.detail)
        return
    aims.tree = Group("all")


def _resolve(portal: Portal, asked: Asked, aims: Aims) -> None:
    """What the lines name, as fields of targets; what cannot be is told at its line."""
    for row in aims.rows:
        if row.target is None:
            continue
        try:
            if aims.kind == "standard" and row.kind not in PEOPLE:
                raise Wrong(asked.words("A standard report is for people."))
            aims.found.append(_aim(portal, asked, row.target))
        except Wrong as wrong:
            row.error = str(wrong)


def _aim(portal: Portal, asked: Asked, target: Target) -> Aim:
    """Wrong."""
    w, store = asked.words, portal.store
    if target.rule is None:
        return {name: value for name, value in vars(target).items() if value}
    rule, term = listing.one(store, asked.signed_in.rights, "rule", target.rule), store.schema.rules
    if rule is None or term is None or rule.values[term.target] != "customer":
        raise Wrong(w("This rule is about other rows than customers."))
    try:
        return {"condition": _canonical(portal, json.loads(str(rule.values[term.condition])))}
    except InvalidValue:
        raise Wrong(w("The condition of this rule does not fit any more.")) from None


def _read_period(portal: Portal, w: Words, aims: Aims) -> None:
    fields, form = portal.store.schema.entities[TEMPLATE].by_name, aims.form
    now = portal.store.environment.now()
    aims.values["kind"] = aims.kind
    for name in PERIOD:
        try:
            aims.values[name] = read(w, fields[name], form.texts[name])
        except Wrong as wrong:
            form.errors[name] = str(wrong)
    starts, ends = aims.values.get("starts_at"), aims.values.get("ends_at")
    if starts is None and aims.kind == "dynamic" and "starts_at" not in form.errors:
        starts = aims.values["starts_at"] = now
    if ends is None and aims.kind == "dynamic" and "ends_at" not in form.errors:
        form.errors["ends_at"] = w("This is needed.")
    if isinstance(ends, int) and isinstance(starts, int) and ends <= starts:
        form.errors["ends_at"] = w("It has to end after it begins.")
    elif isinstance(ends, int) and ends <= now:
        form.errors["ends_at"] = w("That is over already.")


def whole(w: Words, aims: Aims, asks: bool) -> None:
    """What else is wanted of what is to be published. asks: whether there are questions."""
    if not aims.rows and not aims.conditions:
        aims.form.errors["target"] = w("Say whom it is for.")
    if aims.tree.parts and aims.kind == "dynamic":
        aims.tree.error = w("This condition is not added yet. Add it, or remove its lines.")
    if not asks:
        aims.form.general.append(w("There are no questions yet."))


def calm(aims: Aims) -> None:
    """Without errors of what is still being written."""
    aims.form.errors.clear()
    for row in aims.rows:
        row.error = ""


def targets(aims: Aims) -> Sequence[Mapping[str, Stored]]:
    """The rows of report_target that it comes to, without their template; each once."""
    period = {name: aims.values.get(name) for name in PERIOD}
    return [dict(one) for one in dict.fromkeys(tuple({**a, **period}.items()) for a in aims.all)]
