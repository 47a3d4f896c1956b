"""Trips on a rep's device: written offline, with the total while it is typed and why it is so.

    expenses = Expenses(device)
    trip = expenses.begin("Fair in Cologne")
    expenses.add_stage(trip, "DE", starts, ends)
    for day in expenses.statement(trip).days:
        print(day.day, day.rule, day.amount)
    expenses.submit(trip)  # NotReady, with every reason

Every step is an ordinary changeset. Apps import this module; nothing else does.
"""

from modules.expenses.device.expenses import Expenses as Expenses
from modules.expenses.device.expenses import NotReady as NotReady
from modules.expenses.device.expenses import Statement as Statement
from modules.expenses.device.reading import NEW as NEW
from modules.expenses.device.reading import NoTrip as NoTrip
from modules.expenses.device.reading import Objection as Objection
