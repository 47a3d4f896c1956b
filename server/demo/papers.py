"""A document and a photo, made here: small, and shown by whatever shows documents and photos."""

from __future__ import annotations

import struct
import zlib

WIDTH, HEIGHT = 320, 200
BOARD, WALL = b"\x6b\x4a\x2f", b"\xf2\xee\xe6"
BOXES = (b"\xc8\x4b\x31", b"\x2b\x6c\xb0", b"\xe0\xa0\x30")


def pdf(title: str) -> bytes:
    """A PDF of one page A4. title: printable ASCII without brackets or backslash."""
    text = f"BT /F 32 Tf 64 742 Td ({title}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F 5 0 R>>>>>>",
        b"<</Length %d>>\nstream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    made, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, len(made))
    return made + b"xref\n0 %d\n%s" % (size, table) + end


def photo() -> bytes:
    """A PNG of a shelf: boards with boxes, the last place of the third board empty."""
    lines = b"".join(b"\0" + b"".join(_point(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_part(kind, data) for kind, data in parts)


def _point(x: int, y: int) -> bytes:
    (board, below), (place, beside) = divmod(y, 50), divmod(x, 40)
    if below >= 44:
        return BOARD
    if below < 12 or not 4 <= beside < 36 or (board, place) == (2, 7):
        return WALL
    return BOXES[(board + place // 3) % len(BOXES)]


def _part(kind: bytes, data: bytes) -> bytes:
    whole = kind + data
    return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))
