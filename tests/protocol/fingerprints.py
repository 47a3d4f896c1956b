"""The fingerprints that docs/PROTOCOL.md states: of the message definitions and of the vectors."""

from __future__ import annotations

import hashlib
import inspect
import json
from pathlib import Path

from syncengine.protocol import changesets, enrolment, hand_in, messages, version1
from syncengine.protocol.messages import Struct

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "tests" / "vectors"
PAGE = ROOT / "docs" / "PROTOCOL.md"


def structs() -> dict[str, type[Struct]]:
    """Every message and part of one, by name."""
    return {
        name: kind
        for module in (messages, enrolment, changesets, hand_in, version1)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Struct
    }


def fingerprints() -> dict[str, str]:
    """SHA-256 of names, tags, fields and types of all messages, and of the files of vectors."""
    definitions = [
        [name, kind.__struct_config__.tag, list(inspect.get_annotations(kind).items())]
        for name, kind in sorted(structs().items())
    ]
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(FOLDER.glob("*.json"))
    ]
    return {
        "messages": hashlib.sha256(json.dumps(definitions).encode()).hexdigest(),
        "vectors": hashlib.sha256("".join(lines).encode()).hexdigest(),
    }
