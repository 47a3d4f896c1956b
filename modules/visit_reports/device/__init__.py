"""Visit reports on a rep's device: check-in, which reports apply, and answering them.

    reports = Reports(device)
    visit = reports.check_in(customer)
    for one in reports.applying(customer):
        filling = reports.start(visit.id, one.template)
        filling = reports.answer(filling.report, "filled", True)
    reports.confirm(filling.report)
    reports.check_out(visit.id)

Every step is an ordinary changeset, so all of it works offline, and another device of the person,
or a substitute's, goes on with what was begun. Apps import this package; nothing else does.
"""

from modules.visit_reports.device.applying import Applying as Applying
from modules.visit_reports.device.applying import Why as Why
from modules.visit_reports.device.filling import Filling as Filling
from modules.visit_reports.device.filling import NotHere as NotHere
from modules.visit_reports.device.filling import Photo as Photo
from modules.visit_reports.device.reports import Reports as Reports
from modules.visit_reports.device.reports import Visit as Visit
