"""Wordings: today's schema as clients of a module's version before know it, and the way between.

Such a client is served what everybody is, in its own words: under the names of before, and with the
fields that became others beside these. What is new is there, too; it need not look at it. So
nothing is kept back, no checksum differs, and a newer app finds all that it needs on the device.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from syncengine.model.changeset import Loss, Objection, Operation, Verdict
from syncengine.model.entity import Action, Entity, VisibleWindow
from syncengine.model.errors import InvalidSchema, UpgradeRequired
from syncengine.model.fields import Stored
from syncengine.model.fit import target
from syncengine.model.lifecycle_names import Called, renamed_lifecycle, renamed_protection
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.steps import (
    Added,
    Fields,
    Moved,
    Remade,
    Renamed,
    Rescaled,
    Split,
    Step,
    carried,
    downwards,
    upwards,
)
from syncengine.model.terms import Carried


class Wording:
    """`schema`: today's in the words of the version before of each module of `earlier`."""

    def __init__(self, today: Schema, earlier: frozenset[str]) -> None:
        self.today = today
        self.schema = today
        self._steps: dict[int, list[Step]] = {}
        if not earlier:
            return
        modules = tuple(_before(m) if m.name in earlier else m for m in today.modules)
        try:
            self.schema = Schema(modules)
        except (InvalidSchema, KeyError) as error:
            named = ", ".join(sorted(earlier))
            raise InvalidSchema(f"the steps of {named} give no schema: {error}") from None
        for module in today.modules:
            for step in (module.steps or ()) if module.name in earlier else ():
                self._steps.setdefault(today.tags[step.entity], []).append(step)

    def _moved(self, tag: int) -> list[Moved]:
        return [s for s in self._steps.get(tag, ()) if isinstance(s, Split | Rescaled | Remade)]

    @property
    def rewords(self) -> frozenset[int]:
        """The entities whose rows have other values in these words."""
        return frozenset(tag for tag in self._steps if self._moved(tag))

    def up(self, operation: Operation) -> Operation:
        """An operation in these words, in today's; InvalidValue when that cannot be said.

        Of what was renamed, the number says enough.
        """
        new: dict[int, Stored] = {}
        entity = self.today.by_tag[operation.tag]
        steps = self._steps.get(operation.tag, ())
        if operation.action is Action.INSERT:
            new = {s.number: s.value for s in steps if isinstance(s, Added)}
        return replace(operation, fields={**new, **carried(steps, entity, operation.fields)})

    def said(self, operation: Operation, up: Fields, base: Fields) -> Fields:
        """What an edit says of today's fields: not what it only repeats.

        operation: in these words; up: its fields in today's. base: the row as it was made on. An
        app that saves a whole form says of an old field what it was shown; nothing that the old
        field cannot tell of the new ones is lost by that.
        """
        repeated: set[int] = set()
        entity = self.today.by_tag[operation.tag]
        for step in self._moved(operation.tag):
            if step.before in operation.fields:
                shown = downwards(step, entity, tuple(base.get(n) for n in step.after))
                if shown == operation.fields[step.before]:
                    repeated.update(set(step.after) - operation.fields.keys())
        return {n: v for n, v in up.items() if n not in repeated}

    def down(self, tag: int, record: Sequence[Any]) -> list[Any]:
        """A record of today, [version, id, values by position...], in these words."""
        entity = self.today.by_tag[tag]
        numbers = [f.number for f in entity.fields]
        values: dict[int, Any] = dict(zip(numbers, record[2:], strict=False))  # may be shorter
        for step in self._moved(tag):
            parts = tuple(values.get(n) for n in step.after)
            values[step.before] = downwards(step, entity, parts)
        return [*record[:2], *(values.get(f.number) for f in self.schema.by_tag[tag].fields)]

    def told(self, verdict: Verdict, operations: Sequence[Operation]) -> Verdict:
        """A verdict on operations in these words, in these words."""
        if not self._steps:
            return verdict
        losses: dict[tuple[int, int], Loss] = {}
        for loss in verdict.losses:
            told = self._told_loss(loss, verdict.losses, operations[loss.operation])
            losses[told.operation, told.field] = told
        objections = tuple(self._told_objection(o, operations) for o in verdict.objections)
        return replace(verdict, objections=objections, losses=tuple(losses.values()))

    def _told_loss(self, loss: Loss, losses: Iterable[Loss], operation: Operation) -> Loss:
        entity = self.today.by_tag[operation.tag]
        for step in self._moved(operation.tag):
            if loss.field in step.after and step.before in operation.fields:
                lost = operation.fields[step.before]
                parts = upwards(step, entity, lost) | {
                    x.field: x.kept for x in losses if x.operation == loss.operation
                }
                kept = downwards(step, entity, tuple(parts[n] for n in step.after))
                return Loss(loss.operation, step.before, lost, kept)
        return loss

    def _told_objection(self, objection: Objection, operations: Sequence[Operation]) -> Objection:
        if objection.operation >= len(operations):
            return objection
        tag = operations[objection.operation].tag
        entity = self.today.by_tag.get(tag)
        field = entity.by_name.get(objection.field or "") if entity else None
        if field is None:
            return objection
        number = field.number
        for step in self._moved(tag):
            if number in step.after and step.before in operations[objection.operation].fields:
                number = step.before
        known = self.schema.by_tag[tag].known(number)
        return replace(objection, field=known.name if known else objection.field)


class Wordings:
    """All wordings that a server has; made at its start: InvalidSchema when a step does not fit."""

    def __init__(self, today: Schema) -> None:
        self._modules = {m.name: m for m in today.modules}
        self.today = Wording(today, frozenset())
        self._made = {frozenset[str](): self.today}
        every = frozenset(m.name for m in today.modules if m.steps is not None)
        for earlier in [*(frozenset({name}) for name in every), every]:
            self._of(earlier)

    def of(self, versions: Mapping[str, int]) -> Wording:
        """That of clients with these versions of modules; of those not named they have today's.

        UpgradeRequired: `module`, its `version` and the newest one that is spoken, `speaks`.
        """
        earlier = set()
        for name, version in versions.items():
            module = self._modules.get(name)
            now = module.version if module else 0
            if module is not None and version == now - 1 and module.steps is not None:
                earlier.add(name)
            elif version != now:
                detail = f"Module {name} in version {version} is not spoken here."
                raise UpgradeRequired(detail, module=name, version=version, speaks=now)
        return self._of(frozenset(earlier))

    def _of(self, earlier: frozenset[str]) -> Wording:
        if earlier not in self._made:
            self._made[earlier] = Wording(self.today.schema, earlier)
        return self._made[earlier]


def _before(module: Module) -> Module:
    """The module as its version before, without what only the server needs."""
    steps = module.steps or ()
    before = {(s.entity, s.number): s.before for s in steps if isinstance(s, Renamed)}
    own = {e.name: e for e in module.entities}

    def called(entity: str, name: str) -> str:
        if entity not in own:
            return name
        return before.get((entity, own[entity].by_name[name].number), name)

    entities = tuple(
        _entity_before(e, [s for s in steps if s.entity == e.name], called) for e in module.entities
    )

    def referred(entity: str, name: str) -> str:
        return target(own[entity], name)

    return replace(
        module,
        version=module.version - 1,
        entities=entities,
        hands_over=(),
        steps=None,
        lifecycles=tuple(renamed_lifecycle(x, called, referred) for x in module.lifecycles),
        protections=tuple(renamed_protection(x, called, referred) for x in module.protections),
    )


def _entity_before(entity: Entity, steps: Sequence[Step], called_in: Called) -> Entity:
    """New fields are not required, those that became others are back, names are those of before."""
    names = {s.number: s.before for s in steps if isinstance(s, Renamed)}
    new = {s.number for s in steps if isinstance(s, Added)}
    moved = [s for s in steps if not isinstance(s, Renamed | Added)]
    new |= {n for s in moved for n in s.after}
    back = {s.before for s in moved}
    fields = [
        replace(f, name=names.get(f.number, f.name), required=f.required and f.number not in new)
        for f in (*entity.fields, *entity.removed)
        if f.number in entity.by_number or f.number in back
    ]
    called = {f.name: names[f.number] for f in entity.fields if f.number in names}
    window = entity.window
    return replace(
        entity,
        fields=tuple(sorted(fields, key=lambda f: f.number)),
        terms=tuple(_renamed(term, called, called_in) for term in entity.terms),
        removed=tuple(f for f in entity.removed if f.number not in back),
        copies=called.get(entity.copies, entity.copies) if entity.copies else None,
        window=window and VisibleWindow(*(called.get(n, n) for n in (window.starts, window.ends))),
    )


def _renamed(term: Any, called: Mapping[str, str], called_in: Called) -> Any:  # noqa: ANN401  terms have no common type
    """A term with its field under the name of before; that of `Carried` is another entity's."""
    if isinstance(term, Carried):
        return replace(term, field=called_in(term.entity, term.field))
    field = getattr(term, "field", None)
    if not isinstance(field, str) or field not in called:
        return term
    return replace(term, field=called[field])
