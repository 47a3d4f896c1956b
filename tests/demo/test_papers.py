"""What the demo hands out can be opened."""

from __future__ import annotations

import re
import zlib

from server.demo.papers import HEIGHT, WIDTH, pdf, photo


def test_a_document_is_found_by_its_table() -> None:
    made = pdf("Catalogue, summer")
    (table,) = re.findall(rb"startxref\n(\d+)\n%%EOF\n$", made)
    assert made[int(table) :].startswith(b"xref\n0 6\n")
    places = [int(place) for place in re.findall(rb"(\d{10}) 00000 n \n", made)]
    for number, place in enumerate(places, 1):
        assert made[place:].startswith(b"%d 0 obj\n" % number)
    assert len(places) == 5


def test_a_photo_has_all_its_points() -> None:
    made = photo()
    (data,) = re.findall(rb"IDAT(.*)\x00\x00\x00\x00IEND", made, re.DOTALL)
    assert len(zlib.decompress(data[:-4])) == HEIGHT * (1 + 3 * WIDTH)
