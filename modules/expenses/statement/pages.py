"""Pages of receipts that are PDFs, drawn as pictures by a process of their own (`drawing`).

What a PDF does to who draws it, a loop without end, all of the memory or a crash, ends with that
process and its limits. It has neither the server's environment nor its open files.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace

import msgspec

from modules.expenses.statement.errors import NotPrinted

PDF = b"%PDF-"  # what a PDF begins with
DRAWING = "modules.expenses.statement.drawing"
TOO_MUCH = 3  # the exit status of a process that ran into a limit by itself
KEPT = ("LD_LIBRARY_PATH", "SYSTEMROOT")  # of the environment: without them some Pythons do not run
INTERRUPTED = {-signal.SIGINT, -signal.SIGTERM}  # the server is stopped: not the PDF's doing
MOST_SAID = 500  # characters of an error


@dataclass(frozen=True)
class Limits:
    """For one PDF. pages: that are drawn of it. seconds: of a processor; waiting: seconds until the
    process is ended whatever it does. memory: bytes of its addresses; written: bytes that it makes.
    """

    pages: int = 20
    seconds: int = 10
    waiting: int = 60
    memory: int = 768 * 2**20
    written: int = 64 * 2**20


@dataclass(frozen=True)
class Page:
    """jpeg: its picture. width, height: its own size in millimetres."""

    jpeg: bytes
    width: float
    height: float


@dataclass(frozen=True)
class Drawn:
    """pages: the first ones. of: how many there are. note: why there are none, a word of
    statements. seconds: of a processor that they took.
    """

    pages: tuple[Page, ...] = ()
    of: int = 0
    note: str = ""
    seconds: float = 0.0


LIMITS = Limits()


def pages_of(pdf: bytes, limits: Limits = LIMITS) -> Drawn:
    """The first pages of a PDF, whatever it is. NotPrinted: nothing can be drawn here at all."""
    command = (sys.executable, "-P", "-m", DRAWING, msgspec.json.encode(limits).decode())
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as made:
        given.write(pdf)
        given.seek(0)
        with tempfile.TemporaryFile() as said:
            try:
                ended = subprocess.run(  # noqa: S603  the command is ours
                    command, stdin=given, stdout=made, stderr=said, env=environment(),
                    timeout=limits.waiting, check=False, start_new_session=True,
                ).returncode  # fmt: skip
            except subprocess.TimeoutExpired:
                ended = TOO_MUCH
            except OSError as error:
                raise NotPrinted(f"Receipts cannot be drawn: {error}.") from error
            said.seek(0)
            last = said.read().decode(errors="replace").strip()[-MOST_SAID:]
        if ended == 1 or ended in INTERRUPTED:
            raise NotPrinted(f"Receipts cannot be drawn: {last or 'the server stops'}.")
        made.seek(0)
        return _read(made.read(), limits) if ended == 0 else _stopped(limits)


def _read(made: bytes, limits: Limits) -> Drawn:
    """What it made, not believed more than what it drew from."""
    try:
        drawn = msgspec.msgpack.decode(made, type=Drawn)
    except msgspec.DecodeError:
        return _stopped(limits)
    return replace(drawn, pages=drawn.pages[: limits.pages])


def _stopped(limits: Limits) -> Drawn:
    return Drawn(note="pdf_too_much", seconds=float(limits.seconds))


def environment() -> dict[str, str]:
    """What that process has of this one's: where the libraries are, nothing that it knows."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {"PYTHONPATH": os.pathsep.join(sys.path)}
