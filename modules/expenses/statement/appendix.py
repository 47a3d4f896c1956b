"""The receipts of a statement: photos and the pages of PDFs, within what one statement may show.

What there is no room for is named, with its hash: the files themselves are kept with the trip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from modules.expenses.statement.facts import Facts
from modules.expenses.statement.pages import PDF, Drawn, Page, pages_of
from modules.expenses.statement.pictures import MOST_READ, for_print
from modules.expenses.statement.told import Picture, Receipt, ordered
from syncengine.store.files import Files

MOST_PICTURES = 300  # that a statement shows
MOST_BYTES = 48 * 2**20  # of these, as they are printed
MOST_SECONDS = 60.0  # of a processor for the PDFs of a statement, but for the last one of them
MOST_PDFS = 100  # that are looked into
PHOTO = (82.0, 100.0)  # millimetres
PAGE = (174.0, 225.0)  # the same, of a page that is larger by itself

Draw = Callable[[bytes], Drawn]


@dataclass
class Appendix:
    """receipts: in their order. pictures: JPEGs by the names that the receipts have for them.
    seconds: of a processor that PDFs took; pdfs: how many were looked into.
    """

    receipts: list[Receipt] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    size: int = 0
    seconds: float = 0.0
    pdfs: int = 0

    def full(self) -> bool:
        """No picture more."""
        return len(self.pictures) >= MOST_PICTURES or self.size >= MOST_BYTES

    def show(self, jpeg: bytes, room: tuple[float, float], framed: bool = False) -> Picture:
        """One more picture; room: millimetres."""
        name = f"{len(self.pictures)}.jpg"
        self.pictures[name] = jpeg
        self.size += len(jpeg)
        return Picture(name, *room, framed)


def appendix_of(facts: Facts, files: Files, draw: Draw = pages_of) -> Appendix:
    """That of a statement. NotPrinted: what draws the pages of PDFs does not run."""
    made = Appendix()
    for row in _in_order(facts):
        receipt = Receipt(row["item"], row["file"], note="left_out")
        if not made.full():
            content = files.read(row["file"], MOST_READ)
            if content is not None and content.startswith(PDF):
                receipt = _pdf(made, receipt, content, draw)
            elif content is not None:
                receipt = _photo(made, receipt, content)
        made.receipts.append(receipt)
    return made


def _photo(made: Appendix, receipt: Receipt, content: bytes) -> Receipt:
    jpeg = for_print(content)
    if jpeg is None:
        return replace(receipt, note="unreadable")
    return replace(receipt, pictures=(made.show(jpeg, PHOTO),), note="")


def _pdf(made: Appendix, receipt: Receipt, content: bytes, draw: Draw) -> Receipt:
    if made.pdfs >= MOST_PDFS or made.seconds >= MOST_SECONDS:
        return receipt
    drawn = draw(content)
    made.pdfs += 1
    made.seconds += drawn.seconds
    if not drawn.pages:
        return replace(receipt, note=drawn.note)
    pictures = []
    for page in drawn.pages:
        if not made.full():
            pictures.append(made.show(page.jpeg, _room(page), framed=True))
    note = "" if len(pictures) == drawn.of else "pdf_first_pages"
    return replace(receipt, pictures=tuple(pictures), pages=drawn.of, note=note)


def _room(page: Page) -> tuple[float, float]:
    """Its own size, or as large as there is room for."""
    scale = min(1.0, PAGE[0] / page.width, PAGE[1] / page.height)
    return round(page.width * scale, 1), round(page.height * scale, 1)


def _in_order(facts: Facts) -> Iterator[dict[str, Any]]:
    receipts: Sequence[Any] = facts.written.receipts
    for item in ordered(facts.written.items):
        yield from sorted(
            (one for one in receipts if one["item"] == item["id"]), key=lambda one: one["position"]
        )
