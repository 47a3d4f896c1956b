"""The steps themselves: what comes down again, what is refused at the start."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, ConflictRule, Entity, Field
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Reference, Stored, Text
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.steps import Added, Remade, Renamed, Rescaled, Split, Step
from syncengine.model.wording import Wordings
from tests.versions.module import SCHEMAS, TOURS_2, TOURS_3, tours

OF = {n: Wordings(SCHEMAS[n]).of({"tours": n - 1}) for n in (2, 3)}
TAG = SCHEMAS[1].tags["visit"]
texts = st.none() | st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60)
decimals = st.none() | st.integers(-(10**15), 10**15)


def upgraded(version: int, *fields: tuple[int, Stored]) -> dict[int, Stored]:
    """What an edit in the words of the version before says in those of `version`."""
    return OF[version].up(Operation(Action.UPDATE, TAG, bytes(16), dict(fields))).fields


def seen(version: int, fields: dict[int, Stored]) -> dict[int, Stored]:
    """A row as clients of the version before see it, by number."""
    today = SCHEMAS[version].by_tag[TAG]
    record = OF[version].down(TAG, [7, b"id", *(fields.get(f.number) for f in today.fields)])
    assert record[:2] == [7, b"id"]
    numbers = [f.number for f in OF[version].schema.by_tag[TAG].fields]
    return dict(zip(numbers, record[2:], strict=True))


@given(texts, decimals)
def test_what_goes_up_comes_down_as_it_was(person: Stored, fee: Stored) -> None:
    for version, number, value in ((2, 1, person), (3, 3, fee)):
        fields = upgraded(version, (number, value))
        assert number not in fields
        assert seen(version, fields)[number] == value


@given(texts, texts, texts, decimals)
def test_what_was_shown_and_is_saved_again_says_nothing(
    first: Stored, last: Stored, phone: Stored, price: Stored
) -> None:
    """However the old field was made of the new ones; other fields of the form count."""
    for version, row, old in (
        (2, {6: first, 7: last, 5: phone}, 1),
        (3, {9: price, 5: phone}, 3),
    ):
        shown = seen(version, row)
        edit = Operation(Action.UPDATE, TAG, bytes(16), {old: shown[old], 5: "new"})
        wording = OF[version]
        assert wording.said(edit, wording.up(edit).fields, row) == {5: "new"}


@pytest.mark.parametrize("version", [2, 3])
def test_old_words_have_all_that_the_version_before_had(version: int) -> None:
    """Under its number and name, of its type or a wider one; so does each changeset of it."""
    before, now = SCHEMAS[version - 1], OF[version].schema
    assert before.versions() == now.versions()
    for tag, entity in before.by_tag.items():
        for field in entity.fields:
            kept = now.by_tag[tag].known(field.number)
            assert kept is not None
            assert (kept.name, type(kept.type)) == (field.name, type(field.type))
            assert kept.required <= field.required


def visit(version: int) -> Entity:
    """As the module declares it."""
    return SCHEMAS[version].by_tag[TAG]


@pytest.mark.parametrize(
    ("version", "step", "wrong"),
    [
        (2, Renamed("visits", 5, "tel"), "unknown entity"),
        (2, Renamed("visit", 99, "tel"), "no field in use"),
        (2, Renamed("visit", 5, "first"), "cannot have been a name"),
        (2, Renamed("visit", 5, "person"), "cannot have been a name"),
        (2, Added("visit", 8, "one"), "expected"),
        (2, Split("visit", 5, (6, 7)), "declared as removed"),
        (2, Split("visit", 1, (6, 6)), "named twice"),
        (2, Split("visit", 1, (6, 8)), "only a text"),
        (2, Split("visit", 1, (6, 7), ""), "only a text"),
        (2, Split("visit", 1, ()), "declared as removed"),
        (3, Rescaled("visit", 1, (9,)), "only a decimal"),
        (3, Remade("visit", 3, (3,), lambda v: (v,), lambda v: v[0]), "no field in use"),
    ],
)
def test_a_step_that_does_not_fit_is_refused(version: int, step: Step, wrong: str) -> None:
    module = {2: TOURS_2, 3: TOURS_3}[version]
    with pytest.raises(InvalidSchema, match=wrong):
        Schema((MASTERDATA, replace(module, steps=(step,))))


def test_what_retires_has_nothing_left() -> None:
    with pytest.raises(InvalidSchema, match="no terms"):
        replace(visit(2), retired=True)
    gone = Entity(2, "flag", (Field(1, "title", Text(9)),), retired=True)
    assert Schema((MASTERDATA, tours(4, visit(3), gone))).entities["flag"].retired


def test_a_value_that_the_old_field_cannot_hold_is_empty_there() -> None:
    """Never an error in the middle of a pull."""
    unsayable = Remade("visit", 3, (9,), lambda v: (v,), lambda v: "words")
    schema = Schema((MASTERDATA, replace(TOURS_3, steps=(unsayable,))))
    wording = Wordings(schema).of({"tours": 2})
    values = [1 if f.number == 9 else None for f in schema.by_tag[TAG].fields]
    assert wording.down(TAG, [1, b"", *values])[2:].count(None) == len(values)


def test_the_field_by_which_copies_refer_may_be_renamed() -> None:
    other = Field(1, "text", Text(9), conflict=ConflictRule.KEEP_BOTH)
    sheet = Entity(
        1,
        "sheet",
        (other, Field(2, "original", Reference("sheet", dangling=True))),
        copies="original",
    )
    steps = (Renamed("sheet", 2, "copy_of"),)
    schema = Schema((MASTERDATA, Module(203, "sheets", 2, (sheet,), steps=steps)))
    assert Wordings(schema).of({"sheets": 1}).schema.entities["sheet"].copies == "copy_of"
