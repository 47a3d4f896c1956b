"""What modules declare as concealed has to fit the schema, and stays off the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.masterdata.manifest import MASTERDATA
from modules.timesheets.manifest import TIMESHEETS
from modules.visit_reports.manifest import VISIT_REPORTS
from syncengine.model.concealed import Concealed
from syncengine.model.errors import InvalidSchema
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right, Rights
from syncengine.store.scope import Scope


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Concealed(("hours",), "timesheet_setting", "evaluation"), "unknown entity hours"),
        (Concealed(("time_span",), "setting", "evaluation"), "unknown entity setting"),
        (Concealed(("timesheet_setting",), "timesheet_setting", "evaluation"), "conceal itself"),
        (Concealed(("time_span",), "timesheet_setting", "zone"), "required yes or no"),
    ],
)
def test_a_declaration_has_to_fit(wrong: Concealed, said: str) -> None:
    with pytest.raises(InvalidSchema, match=said):
        Schema((MASTERDATA, VISIT_REPORTS, replace(TIMESHEETS, concealed=(wrong,))))


def test_devices_are_not_told() -> None:
    with_, without = (
        Schema((MASTERDATA, replace(TIMESHEETS, concealed=declared)))
        for declared in (TIMESHEETS.concealed, ())
    )
    assert with_.concealed == TIMESHEETS.concealed
    assert with_.data == without.data


@pytest.mark.parametrize("read_only", [True, False])
def test_nobody_has_a_right_on_what_is_concealed_nor_does_a_token(read_only: bool) -> None:
    hidden = frozenset({"time_span"})
    administrator = Rights(administers=True, concealed=hidden)
    user = Rights(False, {"time_span": frozenset(Right)}, concealed=hidden)
    scope = Scope(read_only, None)
    for rights in (administrator, user):
        for some in (rights, scope.narrowed(rights, ["time_span", "trip"])):
            assert not any(some.may(right, "time_span") for right in Right)
    assert scope.narrowed(administrator, ["trip"]).may(Right.VIEW, "trip")
