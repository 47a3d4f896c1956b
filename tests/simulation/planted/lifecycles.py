"""Bugs of lifecycles: steps, what is noted of them, deadlines, and whom a message is for."""

from __future__ import annotations

from modules.masterdata.targets import _customers, customers
from modules.messages.device import Messages
from modules.messages.jobs import _differences, _followed
from syncengine.model import transitions as model
from syncengine.store.deadlines import _due
from syncengine.store.placement import Placement
from syncengine.store.standing import Standing
from syncengine.store.transitions import Transitions
from tests.simulation.planted.planting import instead, plant

MIX = "messages"
PLANTS = (
    plant(
        "any_step_will_do",
        "The server takes a step whoever takes it.",
        instead(
            model.step,
            "mine = [transition for transition in between if transition.by & case.capacities]",
            "mine = list(between)",
        ),
        mix=MIX,
    ),
    plant(
        "guards_not_asked",
        "A message is confirmed though a mandatory task is open.",
        instead(model.step, "if why is None:", "if True:"),
        mix=MIX,
    ),
    plant(
        "one_done_is_all_done",
        "Of several mandatory tasks one has to be done.",
        instead(
            model._unmet,
            "(row for _, row in case.every(name, field) if",
            "(row for _, row in list(case.every(name, field))[:1] if",
        ),
        mix=MIX,
    ),
    plant(
        "late_step_refused",
        "A step that was one when it was taken, and comes too late, is refused.",
        instead(Transitions._step, "if late is None or late.late is Late.WAITS:", "if True:"),
        mix=MIX,
    ),
    plant(
        "late_step_prevails",
        "A step that comes too late takes effect all the same.",
        instead(
            Transitions._step,
            "return Taken(yielded={number: to}, stamps=self._noted(late, edit, after(), case))",
            "return late",
        ),
        mix=MIX,
    ),
    plant(
        "late_step_not_noted",
        "Of a step that comes too late nothing is noted.",
        instead(Transitions._noted, "if late.late is not Late.NOTED", "if True"),
        mix=MIX,
    ),
    plant(
        "late_step_overwrites",
        "A step that comes too late overwrites what was noted of the first one.",
        instead(Transitions._noted, "if edit.server[number] is None}", "}"),
        mix=MIX,
    ),
    plant(
        "stamp_not_set",
        "A step is taken and nothing is noted of it.",
        instead(Transitions._stamps, "in transition.stamps}", "in transition.stamps[:0]}"),
        mix=MIX,
    ),
    plant(
        "stamped_when_received",
        "What is noted is when a step arrived, not when it was taken.",
        instead(Transitions._stamps, "Stamp.MADE: standing.edited", "Stamp.MADE: standing.at"),
        mix=MIX,
    ),
    plant(
        "confirmed_for_oneself",
        "A substitute confirms for nobody but themselves.",
        instead(
            Standing.principal,
            "return others[0].via if others and len(others) == len(reasons) else self.actor.person",
            "return self.actor.person",
        ),
        mix=MIX,
    ),
    plant(
        "release_forgotten",
        "What is confirmed stays on the devices.",
        instead(
            Placement.buckets_of,
            "if lifecycle is not None and lifecycle.released(entity, values):",
            "if False:",
        ),
        mix=MIX,
    ),
    plant(
        "expired_too_early",
        "A message expires a day before its time.",
        instead(
            _due,
            "store.environment.now()",
            "store.environment.now() + 24 * 3600 * 1_000_000",
        ),
        mix=MIX,
    ),
    plant(
        "expired_a_moment_late",
        "What is due now waits for the next moment (`<` for `<=`).",
        instead(_due, "c[transition.when] <= store", "c[transition.when] < store"),
        mix=MIX,
    ),
    plant(
        "followed_too_long",
        "A message finds new recipients when its period is over.",
        instead(
            _followed, 'sa.and_(c.status == "published", ends > now)', 'c.status == "published"'
        ),
        mix=MIX,
    ),
    plant(
        "receipts_stay_behind",
        "Receipts do not follow when somebody is meant no longer.",
        instead(
            _differences,
            '*(made.step(recipient, "withdrawn") for recipient in gone),',
            "",
        ),
        mix=MIX,
    ),
    plant(
        "withdrawn_for_ever",
        "Who is meant once more is not addressed again.",
        instead(
            _differences,
            '*(made.step(recipient, "scheduled") for recipient in back),',
            "",
        ),
        mix=MIX,
    ),
    plant(
        "markets_without_those_below",
        "A message for a market is for no customer.",
        instead(_customers, "if target.market is not None:", "if False:"),
        mix=MIX,
    ),
    plant(
        "owners_only",
        "A message for people is for none of their customers.",
        instead(customers, "if who:", "if False:"),
        mix=MIX,
    ),
    plant(
        "substitutes_do_not_take_in",
        "A device offers a substitute's login what is at the absent rep's customers.",
        instead(
            Messages.at_day_login,
            'self._receipts("employee IS NOT NULL")',
            'self._receipts("1=1")',
        ),
        mix=MIX,
    ),
)
