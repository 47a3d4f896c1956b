"""The process that draws the pages of one PDF: from its standard input to its standard output.

`pages` starts it. It limits itself before it reads anything.
"""

from __future__ import annotations

import io
import math
import sys
import time
from contextlib import suppress
from itertools import islice

import msgspec
import pypdfium2 as pdfium
from PIL import Image
from pypdfium2 import raw

from modules.expenses.statement.pages import TOO_MUCH, Drawn, Limits, Page

DPI = 150  # of the page at its own size
MOST_POINTS = 4_000_000  # of a picture: A3 at that resolution
LONG_SIDE = 8_000  # points: a till receipt of 1.3 m
QUALITY = 75
INCH = 25.4  # millimetres
LOCKED = (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)


def main(given: str) -> int:
    """given: the limits, as JSON. The exit status."""
    limits = msgspec.json.decode(given, type=Limits)
    _limit(limits)
    try:
        drawn = draw(sys.stdin.buffer.read(), limits.pages)
        sys.stdout.buffer.write(msgspec.msgpack.encode(drawn))
        sys.stdout.flush()
    except (MemoryError, OSError, ValueError, OverflowError):
        return TOO_MUCH
    return 0


def draw(content: bytes, most: int) -> Drawn:
    """The first pages, up to one that cannot be read. Fonts that a PDF does not bring are those of
    the library, so that the same PDF gives the same pictures on every machine.
    """
    raw.FPDF_SetSystemFontInfo(None)
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError:
        locked = raw.FPDF_GetLastError() in LOCKED
        return Drawn(note="pdf_locked" if locked else "pdf_unreadable", seconds=time.process_time())
    document.init_forms()  # what is filled in is drawn; nothing in this library runs scripts
    pages: list[Page] = []
    with suppress(pdfium.PdfiumError):  # those before it are shown, and how many there are
        pages.extend(map(_page, islice(document, most)))
    note = "" if pages else "pdf_unreadable"
    return Drawn(tuple(pages), len(document), note, time.process_time())


def _page(page: pdfium.PdfPage) -> Page:
    width, height = page.get_size()
    if not (0 < width < math.inf and 0 < height < math.inf):
        raise pdfium.PdfiumError("A page without a size.")
    scale = min(DPI / 72, (MOST_POINTS / width / height) ** 0.5, LONG_SIDE / max(width, height))
    shown: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    made = io.BytesIO()
    shown.save(made, "JPEG", quality=QUALITY)
    return Page(made.getvalue(), width / 72 * INCH, height / 72 * INCH)


def _limit(limits: Limits) -> None:
    """As far as the system has such limits; how long it is waited for holds everywhere."""
    if sys.platform == "win32":
        return
    import resource

    wanted = {
        resource.RLIMIT_CPU: limits.seconds,
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.written,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: 0,
    }
    for which, most in wanted.items():
        _, hard = resource.getrlimit(which)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(which, (least, least))
        except (OSError, ValueError):
            continue  # macOS does not limit addresses


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
