"""The modules of this installation: those that come with it, and third parties' by entry points."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint, entry_points

import sqlalchemy as sa

from modules.documents.manifest import DOCUMENTS
from modules.expenses.manifest import EXPENSES
from modules.masterdata.manifest import MASTERDATA
from modules.messages.manifest import MESSAGES
from modules.office.manifest import OFFICE
from modules.timesheets.manifest import TIMESHEETS
from modules.visit_reports.manifest import VISIT_REPORTS
from server.portal.brought import brought
from server.problem import Problem
from syncengine.model.module import Module
from syncengine.store.absent import Kept, kept_modules, package_of, with_absent
from syncengine.store.migration import last_migrations

OWN_MODULES = (MASTERDATA, OFFICE, MESSAGES, VISIT_REPORTS, DOCUMENTS, EXPENSES, TIMESHEETS)
ENTRY_POINTS = "syncengine.modules"


@dataclass(frozen=True)
class Installed:
    """A module that is here. distribution: what was installed to bring it, with its version; empty
    where it came with the engine.
    """

    module: Module
    distribution: str = ""


def installed() -> list[Installed]:
    """Every module that is here. Problem: an entry point gives none, or cannot be loaded."""
    found = [Installed(module) for module in OWN_MODULES]
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda p: p.name):
        module = _loaded(point)
        if all(module != one.module for one in found):
            dist = point.dist
            found.append(Installed(module, f"{dist.name} {dist.version}" if dist else ""))
    return found


def _loaded(point: EntryPoint) -> Module:
    try:
        module = point.load()
    except (ImportError, AttributeError) as error:
        raise Problem(
            "module.invalid", f"The entry point {point.name} cannot be loaded: {error}."
        ) from error
    if not isinstance(module, Module):
        raise Problem("module.invalid", f"The entry point {point.name} gives no module manifest.")
    return module


class State(StrEnum):
    """How a module and the database stand to each other."""

    READY = "ready"
    TO_MIGRATE = "to migrate"  # the database lacks it, or has it as it was before
    ABSENT = "absent"  # the database has its data, and the package is missing


@dataclass(frozen=True)
class Standing:
    """A module beside a database. pages: those that it has in the portal's
    navigation."""

    module: Module
    package: str
    distribution: str
    state: State
    pages: tuple[str, ...]


def standing(engine: sa.Engine) -> list[Standing]:
    """Every module that is installed or that the database has data of, by number."""
    here = {one.module.number: one for one in installed()}
    kept = {one.module.number: one for one in kept_modules(engine)}
    pages = brought((one.module for one in here.values()), ())
    latest = last_migrations([one.module for one in here.values()])
    return [
        Standing(
            module,
            kept[module.number].package if module.absent else package_of(module),
            "" if module.absent else here[module.number].distribution,
            _state(module, kept.get(module.number), latest.get(module.name)),
            tuple(f"/portal/{module.name}{link.path}" for link in pages[module.name].links)
            if module.name in pages
            else (),
        )
        for module in with_absent(engine, (one.module for one in here.values()))
    ]


def _state(module: Module, kept: Kept | None, latest: str | None) -> State:
    if module.absent:
        return State.ABSENT
    same = kept is not None and kept.is_of(module) and kept.migration == latest
    return State.READY if same else State.TO_MIGRATE
