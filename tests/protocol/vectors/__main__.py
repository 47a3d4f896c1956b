"""Write tests/vectors/ and say which fingerprints docs/PROTOCOL.md has to state."""

from __future__ import annotations

from tests.protocol.fingerprints import FOLDER, fingerprints
from tests.protocol.vectors.every import text, vectors

if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in vectors().items():
        (FOLDER / name).write_text(text(content), encoding="utf-8")
    for of, digest in fingerprints().items():
        print(f"| `{of}` | `{digest}` |")  # noqa: T201
