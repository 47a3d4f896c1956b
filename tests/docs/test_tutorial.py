"""The tutorial's code runs, in its order; its own asserts are the checks."""

from __future__ import annotations

import re
from pathlib import Path

TUTORIAL = Path(__file__).parents[2] / "docs" / "SDK.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_the_tutorial_runs(tmp_path: Path) -> None:
    text = TUTORIAL.read_text(encoding="utf-8")
    names: dict[str, object] = {"folder": tmp_path, "__name__": "tutorial"}
    for block in BLOCK.finditer(text):
        lines_before = text.count("\n", 0, block.start(1))
        code = compile("\n" * lines_before + block[1], str(TUTORIAL), "exec")
        exec(code, names)
