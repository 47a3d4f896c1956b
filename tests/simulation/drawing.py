"""Arguments of acts, drawn as plain data."""

from __future__ import annotations

from random import Random

from tests.fleet.office import PEOPLE
from tests.simulation.faults import COLLECTED
from tests.simulation.recipients import LIKELY, STATUSES
from tests.simulation.visiting import LIKELY_STATES

INDEX = 10**6
FEW = 3


def who(random: Random) -> str:
    return random.choice(PEOPLE)


def nobody_or_who(random: Random) -> str | None:
    return random.choice((None, *PEOPLE))


def index(random: Random) -> int:
    """Often one of the first few or of the last, so that people meet at the same rows."""
    chance = random.random()
    if chance < 0.3:
        return random.randrange(FEW)
    return -random.randint(1, 2) if chance < 0.6 else random.randrange(INDEX)


def seed(random: Random) -> int:
    """Of what goes wrong, or happens meanwhile: any, none more often than another."""
    return random.randrange(INDEX)


def some(random: Random) -> list[int]:
    return [index(random) for _ in range(random.randint(1, 3))]


def few(random: Random) -> int:
    return random.randrange(4)


def nothing_or_few(random: Random) -> int | None:
    return random.choice((None, 0, 1, 2, 3))


def nothing_or_index(random: Random) -> int | None:
    return random.choice((None, random.randrange(INDEX)))


def early(random: Random) -> int:
    return random.choice((0, 1, 1, 2))


def weeks(random: Random) -> int:
    return random.randint(20, 40)


def yes(random: Random) -> bool:
    return random.random() < 0.5


def phone(random: Random) -> str:
    return random.choice(("", "1", "2", f"{random.randrange(1000)}"))


def several(random: Random) -> int:
    return random.randint(2, 5)


def text(random: Random) -> str:
    """Another one than what is there, as a rule."""
    return f"{random.randrange(INDEX)}"


def kind(random: Random) -> str:
    return random.choice(("daily", "action", "action"))


def status(random: Random) -> str:
    return random.choice((*STATUSES, *LIKELY, *LIKELY))


def paper_state(random: Random) -> str:
    """Of a trip or a sheet, mostly one that the office can bring about."""
    likely = ("approved", "approved", "rejected", "reimbursed")
    return random.choice((*likely, *likely, "submitted", "in_review"))


def report_kind(random: Random) -> str:
    return random.choice(("standard", "dynamic", "dynamic"))


def report_status(random: Random) -> str:
    return random.choice(LIKELY_STATES)


def days(random: Random) -> int:
    return random.choice((0, 0, 1, 5, 11))


def crash(random: Random) -> int:
    return random.randrange(2 * len(COLLECTED))


def hours(random: Random) -> int:
    return random.choice((-1, 0, 1))


def years(random: Random) -> int:
    return random.choice((-30, -1, 0, 0, 5, 50))
