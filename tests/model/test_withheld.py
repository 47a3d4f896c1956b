"""What modules declare as withheld has to fit the schema, and stays off the wire."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.masterdata.manifest import MASTERDATA
from modules.visit_reports.manifest import VISIT_REPORTS
from syncengine.model.errors import InvalidSchema
from syncengine.model.manifest import Schema
from syncengine.model.withheld import Withheld


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (Withheld("meeting", ("latitude",), "visit_setting", "places"), "unknown entity meeting"),
        (Withheld("visit", ("latitude",), "setting", "places"), "unknown entity setting"),
        (Withheld("visit", ("altitude",), "visit_setting", "places"), "must be optional"),
        (Withheld("visit", ("customer",), "visit_setting", "places"), "must be optional"),
        (Withheld("visit", ("latitude",), "visit_setting", "erase"), "required yes or no"),
        (Withheld("visit", ("latitude",), "report", "template"), "required yes or no"),
    ],
)
def test_a_declaration_has_to_fit(wrong: Withheld, said: str) -> None:
    with pytest.raises(InvalidSchema, match=said):
        Schema((MASTERDATA, replace(VISIT_REPORTS, withheld=(wrong,))))


def test_devices_are_not_told() -> None:
    with_, without = (
        Schema((MASTERDATA, replace(VISIT_REPORTS, withheld=declared)))
        for declared in (VISIT_REPORTS.withheld, ())
    )
    assert with_.withheld.keys() == {"visit"}
    assert with_.data == without.data
