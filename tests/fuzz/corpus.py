"""The inputs that are kept: small files, one a way through a decoder that no other one takes."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
KEPT_BYTES = 1_024  # of one; longer ones are shortened by the fuzzer, or left out


def kept(name: str) -> list[Path]:
    """The files of a target."""
    return sorted(path for path in (FOLDER / name).glob("*") if path.is_file())
