"""Working time on a rep's device: one call for one tap, offline, and the month with what is told.

    timesheets = Timesheets(device)
    timesheets.start_day()
    timesheets.start_break()
    timesheets.end_break()
    timesheets.end_day()
    for day in timesheets.month(dt.date(2026, 3, 1)).days:
        print(day.day, day.worked, day.notices)
    timesheets.submit(dt.date(2026, 3, 1))  # NotReady, with every reason

Every step is an ordinary changeset. Apps import this module; nothing else does.
"""

from modules.timesheets.device.months import Month as Month
from modules.timesheets.device.months import NotReady as NotReady
from modules.timesheets.device.months import Sheet as Sheet
from modules.timesheets.device.reading import NoSheet as NoSheet
from modules.timesheets.device.reading import NoSpan as NoSpan
from modules.timesheets.device.timesheets import Timesheets as Timesheets
from modules.timesheets.device.today import Entry as Entry
from modules.timesheets.device.today import Today as Today
