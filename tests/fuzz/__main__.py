"""`python3 dev.py fuzz [--seconds N] [--target NAME]`: look for inputs that break a decoder.

Atheris follows which code an input reaches (of Python alone: msgspec, msgpack, zstd are compiled)
and goes on from those that reach something new. What is new and short joins tests/fuzz/corpus,
which the tests replay. An input that breaks a decoder is left in tests/fuzz/findings.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from syncengine.model.changeset import Outcome
from syncengine.model.conditions import Op
from syncengine.model.fields import FIELD_TYPES
from syncengine.model.schema_data import TERMS
from tests.fuzz.corpus import FOLDER, KEPT_BYTES, kept
from tests.fuzz.mutations import HOSTILE
from tests.fuzz.targets import TARGETS
from tests.support.conditions import THING

FINDINGS = FOLDER.parent / "findings"
INPUT_BYTES = 4_096
MEMORY_MB = 1_024
ONE_INPUT_SECONDS = 10
WORD_BYTES = 60  # libFuzzer's bound
WORDS = tuple(
    word.encode()
    for word in ("all", "any", "not", "field", "op", "value", "in_subtree_of", "parent", *Op,
                 *(f.name for f in THING.fields), *FIELD_TYPES, *TERMS, *Outcome)
)  # fmt: skip
DONE = re.compile(r"Done (\d+) runs in (\d+) second")


def child(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """One run of Atheris; its report goes to standard error."""
    command = [sys.executable, "-m", "tests.fuzz.child", name, *map(str, arguments)]
    return subprocess.run(command, stderr=subprocess.PIPE, text=True, errors="replace")


def escaped(word: bytes) -> str:
    """As libFuzzer reads it from a dictionary."""
    return "".join(f"\\x{byte:02x}" for byte in word[:WORD_BYTES])


def fuzz(name: str, seconds: int) -> tuple[int, str | None]:
    """(inputs tried, what was wrong): one target for some seconds; the corpus grows."""
    FINDINGS.mkdir(exist_ok=True)
    folder = FOLDER / name
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as made:
        found, samples = Path(made) / "found", Path(made) / "samples"
        found.mkdir()
        samples.mkdir()
        for number, data in enumerate(TARGETS[name].samples()):
            (samples / str(number)).write_bytes(data)
        words = Path(made) / "words"
        words.write_text("".join(f'"{escaped(word)}"\n' for word in (*HOSTILE, *WORDS)))
        run = child(
            name, found, folder, samples, f"-max_total_time={seconds}", f"-max_len={INPUT_BYTES}",
            f"-rss_limit_mb={MEMORY_MB}", f"-timeout={ONE_INPUT_SECONDS}",
            f"-artifact_prefix={FINDINGS}/{name}-", f"-dict={words}",
        )  # fmt: skip
        done = DONE.search(run.stderr)
        if run.returncode or done is None:
            return 0, run.stderr[-4_000:]
        child(name, "-merge=1", folder, samples, found, f"-max_len={KEPT_BYTES}")
    return int(done.group(1)), None


def main(words: Sequence[str]) -> int:
    """Each target in turn; 1 when a defect was found."""
    parser = argparse.ArgumentParser(prog="dev.py fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--target", action="append", choices=list(TARGETS), help="these alone")
    given = parser.parse_args(words)
    broken = 0
    for name in given.target or TARGETS:
        tried, wrong = fuzz(name, given.seconds)
        size = sum(path.stat().st_size for path in kept(name))
        line = f"{tried:,} inputs, none did harm" if wrong is None else f"BROKEN\n{wrong}"
        sys.stdout.write(f"{name}: {line} ({len(kept(name))} kept, {size:,} bytes)\n")
        sys.stdout.flush()
        broken += wrong is not None
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
