"""What modules declare about leaving: fitting the schema, and complete for the master data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.conditions import Compare, Op
from syncengine.model.errors import InvalidSchema
from syncengine.model.handover import HandOver, fields_of_grants
from syncengine.model.manifest import Schema
from syncengine.model.terms import PersonalTo

SCHEMA = Schema((MASTERDATA,))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (HandOver("visit", "employee"), "unknown entity"),
        (HandOver("customer", "boss"), "must be a reference to employee"),
        (HandOver("customer", "name"), "must be a reference to employee"),
        (HandOver("customer", "market"), "must be a reference to employee"),
        (HandOver("note", "author"), "personal"),
        (HandOver("employee", "manager"), "a grant term's"),
        (HandOver("audience_member", "employee"), "a grant term's"),
        (HandOver("customer", "owner"), "twice"),
        (HandOver("appointment", "employee", from_now_on="subject"), "must be a timestamp"),
        (HandOver("appointment", "employee", from_now_on="due"), "must be a timestamp"),
        (HandOver("appointment", "employee", only=Compare("done", Op.IS_EMPTY)), "not there"),
    ],
)
def test_a_declaration_has_to_fit(wrong: HandOver, said: str) -> None:
    with pytest.raises(InvalidSchema, match=said):
        Schema((replace(MASTERDATA, hands_over=(HandOver("customer", "owner"), wrong)),))


def test_no_reference_to_people_of_the_master_data_is_forgotten() -> None:
    declared = {(h.entity, h.field) for h in SCHEMA.hands_over}
    personal = {
        (entity.name, term.field)
        for entity in SCHEMA.by_tag.values()
        for term in entity.terms
        if isinstance(term, PersonalTo)
    }
    known = declared | personal | set(fields_of_grants(SCHEMA.grants))
    assert {(e.name, field) for e, field in SCHEMA.referrers(SCHEMA.people)} == known
