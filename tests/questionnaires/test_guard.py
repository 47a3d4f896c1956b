"""A step that demands a filled form: device and server agree, and no client gets round it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings

from device_sdk.device import Device
from device_sdk.errors import Refused
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Action, Entity, Field, VisibleWindow
from syncengine.model.errors import InvalidSchema, InvalidValue
from syncengine.model.fields import Decimal, FieldType, Stored, Text, Timestamp
from syncengine.model.filling import ANSWER_FIELDS, Answer, judge
from syncengine.model.lifecycle import Filled, Protection
from syncengine.model.lifecycle_diagram import diagram
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.questionnaire_data import read_form
from syncengine.model.schema_data import module_data, read_module
from syncengine.model.steps import Renamed
from syncengine.model.terms import Carried
from syncengine.model.wording import Wordings
from syncengine.store.doctor import doctor
from tests.questionnaires.forms import ARTICLES, Data, stored
from tests.questionnaires.module import FILLED, REPLY, SCHEMA, SURVEY, SURVEYS, VISITS
from tests.questionnaires.test_filling import filled
from tests.support.wire import NaiveDevice, codes
from tests.support.world import World

TEXT = {"de": "Preis?", "en": "Price?"}
PRICE = {"key": "price", "kind": "number", "text": TEXT, "mandatory": True}
SHELF = {"key": "shelf", "kind": "yes_no", "text": {"en": "On the shelf?"}, "mandatory": True}
TIDY = {"key": "tidy", "kind": "rating", "text": {"de": "Ordnung"}}


def form(*questions: Data) -> Data:
    return {"sections": [{"key": "s", "title": TEXT, "questions": list(questions)}]}


class Asking(World):
    """The small installation with surveys."""

    def visit(self, data: Data, owner: str = "a") -> bytes:
        """An open one of the owner, with a survey of its own."""
        survey = self.insert("survey", title="as planned", form=stored(data))
        return self.insert("visit", owner=self.people[owner], survey=survey, state="open")

    def state(self, visit: bytes) -> Stored:
        """At the server."""
        table = self.store.tables["visit"]
        with self.store.engine.connect() as connection:
            return connection.scalars(  # type: ignore[no-any-return]
                table.select().where(table.c.id == visit).with_only_columns(table.c.state)
            ).one()


@pytest.fixture
def asking(database_url: str, tmp_path: Path) -> Iterator[Asking]:
    made = Asking(database_url, tmp_path, schema=SCHEMA)
    yield made
    made.close()


def finish(device: Device, visit: bytes) -> None:
    with device.changeset() as changes:
        changes.update("visit", visit, state="done")


def reply(device: Device, visit: bytes, question: str, **values: Any) -> UUID:
    with device.changeset() as changes:
        return changes.insert("reply", visit=visit, question=question, **values)


def test_offline_the_device_says_which_question_is_open(asking: Asking) -> None:
    visit = asking.visit(form(PRICE, SHELF, TIDY))
    with asking.enrol("a") as device:
        device.sync()
        with pytest.raises(Refused, match=r"no answer: Preis\? / Price\? \(\+1\)\.") as refused:
            finish(device, visit)
        assert refused.value.data["reason"] == "lifecycle.guard"
        reply(device, visit, "price", amount="1.99")
        with pytest.raises(Refused, match=r"no answer: On the shelf\?\."):
            finish(device, visit)
        reply(device, visit, "shelf", yes=False)
        wrong = reply(device, visit, "tidy", amount="6")
        with pytest.raises(Refused, match="does not fit: Ordnung"):
            finish(device, visit)
        with device.changeset() as changes:  # what the draft does counts
            changes.update("reply", wrong, amount="5")
            changes.update("visit", visit, state="done")
        assert device.sync().verdicts == {"accepted": 4}
        with pytest.raises(Refused, match="protected"):
            reply(device, visit, "tidy", amount="4")
    assert asking.state(visit) == "done"
    assert doctor(asking.store).findings == []


def test_a_later_row_counts_before_an_earlier_one(asking: Asking) -> None:
    visit = asking.visit(form(SHELF))
    with asking.enrol("a") as device:
        device.sync()
        reply(device, visit, "shelf", yes=True)
        taken_back = reply(device, visit, "shelf")
        with pytest.raises(Refused, match="no answer"):
            finish(device, visit)
        with device.changeset() as changes:
            changes.delete("reply", taken_back)
        finish(device, visit)
        assert device.sync().verdicts == {"accepted": 4}


def test_no_client_gets_round_it(asking: Asking) -> None:
    """Invariant 21: without the SDK, by a device or by the office."""
    visit = asking.visit(form(SHELF))
    device = NaiveDevice(asking, "a")
    device.sync()
    device.sync()
    (verdict,) = device.push(device.changeset(device.update("visit", visit, state="done")))
    assert (verdict.outcome, codes(verdict)) == ("rejected", {"lifecycle.guard"})
    assert asking.update("visit", visit, state="done").version is None
    other = asking.visit(form(SHELF))
    elsewhere = device.insert("reply", visit=other, question="shelf", yes=True)
    step = device.update("visit", visit, state="done")
    (verdict,) = device.push(device.changeset(elsewhere, step))
    assert verdict.outcome == "rejected"
    mine = device.insert("reply", visit=visit, question="shelf", yes=True)
    step = device.update("visit", visit, state="done")
    (verdict,) = device.push(device.changeset(mine, step))
    assert verdict.outcome == "accepted"
    assert asking.state(visit) == "done"


@pytest.mark.parametrize("what", ["form", "reply"])
def test_what_was_complete_at_its_base_is_late(asking: Asking, what: str) -> None:
    """The office asks one question more, or takes an answer away, while the visit is finished
    offline: the step yields, and nothing that was entered is lost.
    """
    visit = asking.visit(form(SHELF))
    with asking.enrol("a") as device:
        device.sync()
        answered = reply(device, visit, "shelf", yes=True)
        device.sync()
        survey = device.get("visit", visit)["survey"].bytes  # type: ignore[index, union-attr]
        finish(device, visit)
        if what == "form":
            asking.update("survey", survey, form=stored(form(SHELF, PRICE)))
        else:
            asking.update("reply", answered.bytes, yes=None)
        assert device.sync().verdicts == {"merged": 1}
        (item,) = device.inbox()
        assert [reason.code for reason in item.reasons] == ["lifecycle.late"]
    assert asking.state(visit) == "open"


def test_what_is_no_form_is_refused_wherever_it_comes_from(asking: Asking) -> None:
    survey = asking.insert("survey", title="as planned", form=stored(form(SHELF)))
    for wrong in ('{"sections":[7]}', "[]"):
        with pytest.raises(InvalidValue) as refused:
            asking.update("survey", survey, form=wrong)
        assert refused.value.data["field"] == "form"
        assert refused.value.data["fault"] == "questionnaire.malformed"
    assert asking.update("survey", survey, form=stored(form(PRICE))).version is not None


class Sides:
    """A server, a device, and who forges; without a repr of all that they hold."""

    def __init__(self, asking: Asking, device: Device) -> None:
        self.asking = asking
        self.device = device
        self.forger = NaiveDevice(asking, "a")


@pytest.fixture(scope="module")
def sides() -> Iterator[Sides]:
    """One for all examples, on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        made = Asking(f"sqlite:///{folder}/server.db", Path(folder), schema=SCHEMA)
        for number, article in enumerate(ARTICLES):
            made.insert("article", article, number=str(number), name="Tea", active=True)
        with made.enrol("a") as device:
            yield Sides(made, device)
        made.close()


@settings(max_examples=25, deadline=None)
@given(example=filled)
def test_device_and_server_judge_as_the_form_says(
    sides: Sides, example: tuple[Data, list[Answer]]
) -> None:
    asking, device, forger = sides.asking, sides.device, sides.forger
    data, given = example
    given = [replace(answer, file=None) for answer in given]  # no attachments here
    visit = asking.visit(data)
    for answer in sorted(given, key=lambda one: one.id):
        names = (*ANSWER_FIELDS, "article")
        values = {name: getattr(answer, name) for name in names}
        asking.insert("reply", visit=visit, **values)
    complete = judge(read_form(data), given).complete
    device.sync()
    with nullcontext() if complete else pytest.raises(Refused):
        finish(device, visit)
    forger.sync()
    (verdict,) = forger.push(forger.changeset(forger.update("visit", visit, state="done")))
    assert (verdict.outcome == "accepted") is complete


def changed(entity: Entity, **changes: Any) -> Module:
    """The module with another entity."""
    made = (replace(e, **changes) if e.name == entity.name else e for e in SURVEYS.entities)
    return replace(SURVEYS, entities=tuple(made))


def asked(guard: Filled) -> Module:
    """The module with another guard."""
    steps = (replace(VISITS.transitions[0], guards=(guard,)), *VISITS.transitions[1:])
    return replace(SURVEYS, lifecycles=(replace(VISITS, transitions=steps),))


def typed(entity: Entity, name: str, kind: FieldType) -> Module:
    """The module with another type of a field."""
    fields = (replace(f, type=kind) if f.name == name else f for f in entity.fields)
    return changed(entity, fields=tuple(fields))


MISFITS = {
    "refers to nothing": (asked(replace(FILLED, form="state")), "must refer to"),
    "refers to no form": (asked(replace(FILLED, form="owner")), "employee needs a questionnaire"),
    "a form that may be empty": (
        changed(SURVEY, fields=(SURVEY.fields[0], replace(SURVEY.fields[1], required=False))),
        "survey needs a questionnaire",
    ),
    "a form that is elsewhere": (changed(SURVEY, terms=()), "holds its survey"),
    "a form that hides by itself": (
        changed(
            SURVEY,
            window=VisibleWindow("from", "until"),
            fields=(*SURVEY.fields, Field(3, "from", Timestamp()), Field(4, "until", Timestamp())),
        ),
        "holds its survey",
    ),
    "answers that are elsewhere": (asked(replace(FILLED, answers="survey")), "follows nothing"),
    "answers without an amount": (
        changed(REPLY, fields=tuple(f for f in REPLY.fields if f.name != "amount")),
        "reply.amount must be a decimal",
    ),
    "amounts of another scale": (typed(REPLY, "amount", Decimal(2)), "reply.amount must be"),
    "an article that is none": (typed(REPLY, "article", Text()), "reply.article must be"),
    "a protection that asks": (
        replace(SURVEYS, protections=(Protection("visit", frozenset(Action), (FILLED,)),)),
        "more than rows",
    ),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_is_refused(name: str) -> None:
    module, told = MISFITS[name]
    with pytest.raises(InvalidSchema) as refused:
        Schema((MASTERDATA, module))
    assert told in refused.value.detail


def test_the_guard_travels_with_the_schema_and_is_drawn() -> None:
    assert read_module(module_data(SURVEYS)).lifecycles == SURVEYS.lifecycles
    assert "open --> done: finish (owner) [its survey filled by every reply]" in diagram(VISITS)


def test_what_it_reads_keeps_its_name_in_earlier_words() -> None:
    """Invariant 25: an app of before judges by the same guard."""
    steps = (Renamed("visit", 2, before="asks"), Renamed("reply", 1, before="belongs_to"))
    today = Schema((MASTERDATA, replace(SURVEYS, version=2, steps=steps)))
    before = Wordings(today).of({"surveys": 1}).schema
    (guard,) = before.lifecycles["visit"].transitions[0].guards
    assert guard == Filled("asks", "reply", "belongs_to")
    assert before.entities["survey"].terms == (Carried("visit", "asks"),)
