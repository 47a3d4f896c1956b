"""D14: what is recorded, and days while evaluation by person is off, are nowhere in the API and the
portal, whatever rights one has.
"""

from __future__ import annotations

from collections.abc import Sequence

from tests.accounts.office import Office, Time
from tests.api.conftest import Desk as ApiDesk
from tests.portal.conftest import Desk
from tests.support.askers import Rows, by_api, by_portal, place_of, told
from tests.timesheets.scene import MARCH, OF_SHEETS, Clocked

SPANS, SHEET = {"time_span"}, {"timesheet"}
DAYS = {"timesheet_day"}


def rows_of(clocked: Clocked, names: Sequence[str] = OF_SHEETS) -> Rows:
    """Of the sheet that is at the server."""
    found = {name: [row["id"] for row in clocked.rows(name)] for name in names}
    return {name: ids for name, ids in found.items() if ids}


def kinds(found: set[tuple[str, str]]) -> set[str]:
    return {kind for kind, _ in found}


def test_d14_what_is_recorded_is_nowhere_for_a_token_of_every_right(clocked: Clocked) -> None:
    office = Office.around(clocked, Time(clocked.at))
    system = ApiDesk(office).system()
    device, timesheets = clocked.device("a")
    since = place_of(system)
    clocked.tapped(device, timesheets)
    device.sync()
    anna = Desk(office).administrator()
    rows, person = rows_of(clocked), clocked.people["a"]
    assert set(rows) == SHEET | SPANS
    assert by_api(system, rows, "Berlin") == by_portal(anna, rows, person) == set()
    assert told(system, since) & set(OF_SHEETS) == set()
    timesheets.submit(MARCH)
    device.sync()
    assert kinds(by_api(system, rows, "Berlin")) == SHEET | SPANS
    assert ("timesheet", "search") in by_api(system, rows, "Berlin")
    assert kinds(by_portal(anna, rows, person)) == SHEET | SPANS
    assert told(system, since) & set(OF_SHEETS) == SHEET | SPANS


def test_d14_what_is_concealed_is_nowhere_for_a_token_of_every_right(clocked: Clocked) -> None:
    """And the whole sheet's total is; all of it again when it is switched on."""
    office = Office.around(clocked, Time(clocked.at))
    system = ApiDesk(office).system()
    device, timesheets = clocked.device("a")
    since, person = place_of(system), clocked.people["a"]
    clocked.submitted(device, timesheets)
    clocked.work()
    anna = Desk(office).administrator()
    rows = rows_of(clocked)
    everything = SHEET | SPANS | DAYS
    setting = clocked.insert("timesheet_setting", evaluation=False)
    assert kinds(by_api(system, rows, "Berlin")) == kinds(by_portal(anna, rows, person)) == SHEET
    assert told(system, since) & set(OF_SHEETS) == SHEET
    clocked.update("timesheet_setting", setting, evaluation=True)
    assert kinds(by_api(system, rows, "Berlin")) == everything
    assert told(system, since) & set(OF_SHEETS) == everything
