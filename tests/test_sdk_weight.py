"""What an app takes on with the SDK may not grow unnoticed: what `import device_sdk` imports, and
what is installed. Counts and bytes, so that no machine is too slow for it; the time itself is a
figure of `syncengine bench sdk`.

A number that is too small is raised in tests/sdk_ratchet.json by the change that has a reason.
"""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.test_sdk_alone import needed

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = json.loads((ROOT / "tests" / "sdk_ratchet.json").read_text(encoding="utf-8"))
OWN = ("device_sdk", "syncengine", "modules", "conflict_rules", "server", "benchmarks")
STALE = 0.8  # of what is allowed: below, the number is to be lowered
PROBE = """
import json, sys
before = set(sys.modules)
import device_sdk
names = set(sys.modules) - before
print(json.dumps({name: getattr(sys.modules[name], "__file__", None) for name in names}))
"""


@cache
def imported() -> dict[str, str | None]:
    """Module -> file of all that a fresh process has imported."""
    command = [sys.executable, "-c", PROBE]
    environment = {"PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, str | None] = json.loads(told.stdout)
    return found


def own() -> dict[str, Path]:
    """Those of this repository."""
    return {
        name: Path(file) for name, file in imported().items() if file and name.split(".")[0] in OWN
    }


def installed_bytes(package: str) -> int:
    """The files of a package as they were installed, without caches."""
    files = importlib.metadata.distribution(package).files or []
    places = [Path(str(f.locate())) for f in files if "__pycache__" not in f.parts]
    return sum(place.stat().st_size for place in places if place.exists())


def weights() -> dict[str, int]:
    """Everything that the ratchet holds."""
    folders = {file.parent for file in own().values()}
    return {
        "imported_modules": len(imported()),
        "imported_own_modules": len(own()),
        "imported_own_bytes": sum(file.stat().st_size for file in own().values()),
        "installed_own_bytes": sum(f.stat().st_size for at in folders for f in at.glob("*.py")),
        "installed_library_bytes": sum(map(installed_bytes, needed("syncengine", set()))),
    }


def test_the_sdk_weighs_no_more_than_is_allowed() -> None:
    found = weights()
    most = ALLOWED["most"]
    assert found.keys() == most.keys()
    grown = {name: n for name, n in found.items() if n > most[name]}
    stale = {name: n for name, n in found.items() if n < STALE * most[name]}
    assert not grown, f"more than allowed ({most})"
    assert not stale, "much less than allowed; lower the number in tests/sdk_ratchet.json"


def test_the_sdk_imports_no_other_part_and_no_other_library() -> None:
    """No module's declarations and no rules: schemas come as data, and the server decides."""
    tops = {name.split(".")[0] for name in imported()} - sys.stdlib_module_names
    assert tops <= set(ALLOWED["packages"])
    parts = {".".join(name.split(".")[:2]) for name in own() if name.startswith("syncengine.")}
    assert parts == {"syncengine.model", "syncengine.protocol"}
