"""Writing the package of a new module: a skeleton that runs, from the files in `module_template`.

Nothing is ever overwritten, and the folder appears whole or not at all.
"""

from __future__ import annotations

import importlib.util
import keyword
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template

from server.problem import Problem
from syncengine.model.module import Module

TEMPLATE = Path(__file__).parent / "module_template"
ENDING = ".txt"  # of the template's files, which nothing may take for code of the engine
NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
FIRST_NUMBER, LAST_NUMBER = 100, 250  # of third parties' modules


@dataclass(frozen=True)
class Plan:
    """What is to be written. entity: of the module's first kind of row."""

    name: str
    entity: str
    number: int

    @property
    def imports(self) -> str:
        """Of the tests, in the order that a linter wants."""
        named = {
            "device_sdk.errors": "Refused",
            "device_sdk.testing": "Server",
            "modules.masterdata.manifest": "MASTERDATA",
            f"{self.name}.manifest": self.name.upper(),
        }
        return "\n".join(f"from {place} import {named[place]}" for place in sorted(named))

    def words(self) -> dict[str, str]:
        """What stands in the template's places."""
        return {
            "name": self.name,
            "NAME": self.name.upper(),
            "entity": self.entity,
            "ENTITY": self.entity.upper(),
            "imports": self.imports,
            "number": str(self.number),
            "title": self.name.replace("_", " ").capitalize(),
            "one": self.entity.replace("_", " ").capitalize(),
        }


def planned(
    name: str,
    entity: str | None,
    number: int | None,
    modules: Collection[Module],
    pages: Collection[str] = (),
) -> Plan:
    """The plan of a module beside those that are here; Problem: a name or number cannot be.
    pages: what the portal has of its own below /portal/.
    """
    entity = entity or f"{name}_row"
    for word in (name, entity):
        if not NAME.fullmatch(word) or keyword.iskeyword(word):
            raise Problem(
                "module.name_invalid",
                f"{word!r} cannot be a name: take 1 to 20 lower case letters, digits and _, a"
                " letter first, and no word of Python.",
            )
    if name == entity or name.upper() == "LIFECYCLE" or entity.upper() == "LIFECYCLE":
        raise Problem("module.name_invalid", f"Module and entity need names apart: not {entity}.")
    if importlib.util.find_spec(name) is not None or any(m.name == name for m in modules):
        raise Problem("module.name_taken", f"There is a package {name} already: take another name.")
    if name in pages:
        raise Problem("module.name_taken", f"The portal has a page {name}: take another name.")
    if any(e.name == entity for m in modules for e in m.entities):
        raise Problem("module.name_taken", f"There are rows called {entity} already.")
    return Plan(name, entity, _number(number, {m.number for m in modules}))


def _number(wanted: int | None, taken: Collection[int]) -> int:
    free = [n for n in range(FIRST_NUMBER, LAST_NUMBER + 1) if n not in taken]
    if wanted is None and free:
        return free[0]
    if wanted is None or wanted not in free:
        raise Problem(
            "module.number_taken",
            f"Take a number from {FIRST_NUMBER} to {LAST_NUMBER} that no module here has.",
        )
    return wanted


def write(plan: Plan, into: Path) -> Path:
    """Write the package's folder below `into`; Problem: it is there already, or `into` is not."""
    folder = into / plan.name
    if not into.is_dir():
        raise Problem("module.no_folder", f"There is no folder {into}.")
    if folder.exists():
        raise Problem("module.exists", f"There is {folder} already. Nothing was written.")
    with tempfile.TemporaryDirectory(dir=into, prefix=".new-") as aside:
        made = Path(aside) / plan.name
        for place, text in _files(plan):
            (made / place).parent.mkdir(parents=True, exist_ok=True)
            (made / place).write_text(text, encoding="utf-8")
        shutil.copymode(into, made)
        made.rename(folder)
    return folder


def _files(plan: Plan) -> Iterator[tuple[Path, str]]:
    """(place below the folder, text) of each file."""
    for source in sorted(TEMPLATE.rglob(f"*{ENDING}")):
        top, *below = source.relative_to(TEMPLATE).parts
        place = Path(plan.name if top == "package" else top, *below)
        name = place.name.removesuffix(ENDING).replace("MODULE", plan.name)
        text = Template(source.read_text(encoding="utf-8")).substitute(plan.words())
        yield place.with_name(name), text
