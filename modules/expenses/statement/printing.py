"""Setting a statement: its data beside a fixed template, into PDF/A-2b.

What people wrote reaches the template as data, never as markup. The same data give the same bytes:
fonts come with the library, and the time is passed in.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

import typst

from modules.expenses.statement.errors import NotPrinted

TEMPLATE = "statement.typ"
STANDARD: Final = "a-2b"


def set_statement(data: Mapping[str, Any], pictures: Mapping[str, bytes], at: dt.datetime) -> bytes:
    """The PDF. data: what `told` gives. pictures: JPEGs by the names that the data have for them.
    at: what it says of when it was made. NotPrinted.
    """
    template = resources.files("modules.expenses.statement").joinpath(TEMPLATE).read_bytes()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / TEMPLATE).write_bytes(template)
        (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
        for name, content in pictures.items():
            (folder / name).write_bytes(content)
        return _compiled(folder / TEMPLATE, at)


def _compiled(source: Path, at: dt.datetime) -> bytes:
    try:
        return typst.compile(
            source, root=source.parent, format="pdf", pdf_standards=STANDARD,
            ignore_system_fonts=True, timestamp=at.replace(microsecond=0),  # it takes none
        )  # fmt: skip
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise NotPrinted(f"A statement could not be set: {error}.") from error  # panics, too
