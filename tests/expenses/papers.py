"""PDFs as receipts: as they come, and as somebody would make them who means harm."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence

from pypdf import PdfReader, PdfWriter

A4 = (595, 842)
TILL = (227, 600)  # 80 mm wide
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def bill(*pages: str, size: tuple[float, float] = A4) -> bytes:
    """A page for each text; letters of ASCII."""
    return paper([_lines(text, size) for text in pages], size)


def _lines(text: str, size: tuple[float, float]) -> bytes:
    set_in = b"".join(b"(%s) Tj T* " % line.encode("ascii") for line in text.split("\n"))
    return b"BT /F 12 Tf 16 TL 30 %d Td %sET" % (size[1] - 40, set_in)


def paper(
    contents: Sequence[bytes],
    size: tuple[float, float] = A4,
    resources: bytes = b"",
    more: Sequence[bytes] = (),
    page: bytes = b"",
) -> bytes:
    """Pages of these contents. more: objects from number 4 on. page: entries of each page."""
    first = 4 + len(more)
    places = range(first, first + 2 * len(contents), 2)
    kids = b" ".join(b"%d 0 R" % n for n in places)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(contents)),
        FONT,
        *more,
    ]
    for n, content in zip(places, contents, strict=True):
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R%s"
            b"/Resources<</Font<</F 3 0 R>>%s>>>>"
            % (str(size[0]).encode(), str(size[1]).encode(), n + 1, page, resources),
            stream(content),
        ]
    return whole(objects)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """An object with content."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), entries, content)


def whole(objects: Sequence[bytes]) -> bytes:
    """A file of these objects; the first one is the catalog."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(made))
    return bytes(made) + b"xref\n0 %d\n%s" % (size, table) + end


def encrypted(pdf: bytes, password: str) -> bytes:
    """With a password; an empty one means that everybody may read it, and not change it."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt(password, "the owner's", algorithm="AES-256")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def filled_in() -> bytes:
    """A form with a field whose value, a black bar, stands in the field alone."""
    bar = stream(b"0 g 0 0 200 40 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 40]")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[4 0 R]>>>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Annots[4 0 R]>>",
        b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(x)/F 4/Rect[100 180 300 220]/AP<</N 5 0 R>>>>",
        bar,
    ]
    return whole(objects)


def laughing(deep: int = 12) -> bytes:
    """Forms that each show the next one ten times."""
    forms = []
    for n in range(deep):
        shows = b"/X Do " * 10 if n + 1 < deep else b"0 0 500 500 re f " * 10
        below = b"/Resources<</XObject<</X %d 0 R>>>>" % (5 + n)
        entries = b"/Type/XObject/Subtype/Form/BBox[0 0 500 500]" + (below if n + 1 < deep else b"")
        forms.append(stream(shows, entries))
    return paper([b"/X Do"], resources=b"/XObject<</X 4 0 R>>", more=forms)


def swelling(size: int = 2**31) -> bytes:
    """A few kilobytes that come to so many bytes, compressed twice."""
    packer = zlib.compressobj(9)
    head = packer.compress(b"") + packer.flush(zlib.Z_FULL_FLUSH)
    piece = packer.compress(b" " * 2**20) + packer.flush(zlib.Z_FULL_FLUSH)
    content = zlib.compress(head + piece * (size // 2**20), 9)
    swollen = stream(content, b"/Filter[/FlateDecode/FlateDecode]")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>",
        swollen,
    ]
    return whole(objects)


def immense(side: int = 60_000) -> bytes:
    """An image that says it has so many points on each side."""
    entries = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceRGB/BitsPerComponent 8"
        b"/Filter/FlateDecode" % (side, side)
    )
    image = stream(zlib.compress(b"\x80" * 1_000_000), entries)
    return paper([b"500 0 0 500 40 40 cm /X Do"], resources=b"/XObject<</X 4 0 R>>", more=[image])


def nested(deep: int = 200_000) -> bytes:
    """Arrays in arrays."""
    return paper([b"[" * deep + b"]" * deep + b" TJ"], page=b"/Foo " + b"[" * deep + b"]" * deep)
