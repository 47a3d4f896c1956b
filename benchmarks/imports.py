"""`syncengine bench sdk`: how long an app waits for `import device_sdk`, beside what no SDK of this
kind could do without: the libraries for the database, the wire, the keys and HTTP.

Every value is the CPU time of a fresh process, the two in turn, with caches warm: what else runs on
the machine counts less than with a clock.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.figures import Figures, machine, say

LIBRARIES = (
    "apsw", "backports.zstd", "cryptography.hazmat.primitives.asymmetric.ed25519",
    "httpx2", "msgpack", "msgspec",
)  # fmt: skip
TIMES = 21
WARM_UP = 2
TIMED = "import time; began = time.process_time(); import {}; print(time.process_time() - began)"


def milliseconds(modules: str) -> float:
    """CPU time of importing these in a fresh process."""
    command = [sys.executable, "-c", TIMED.format(modules)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(told) * 1000


def measure(times: int) -> dict[str, Any]:
    """Both, and the ratio of the medians."""
    figures = Figures()
    libraries = ", ".join(LIBRARIES)
    for turn in range(-WARM_UP, times):
        for key, modules in (("libraries_cpu_ms", libraries), ("device_sdk_cpu_ms", "device_sdk")):
            value = milliseconds(modules)
            if turn >= 0:
                figures.add(key, value)
    medians = figures.medians()
    return {
        **{key: round(value, 1) for key, value in medians.items()},
        "ratio": round(medians["device_sdk_cpu_ms"] / medians["libraries_cpu_ms"], 2),
        "spread": {k: [round(v, 1) for v in values] for k, values in figures.spread().items()},
        "times": times,
        "machine": machine(),
    }


def main(json_file: Path | None) -> int:
    """Run, print, write."""
    say(f"importing in {2 * (TIMES + WARM_UP)} processes")
    text = json.dumps(measure(TIMES), indent=1)
    print(text)
    if json_file:
        json_file.write_text(text + "\n", encoding="utf-8")
    return 0
