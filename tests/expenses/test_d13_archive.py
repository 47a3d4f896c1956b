"""D13: a statement is a PDF/A-2b: what can be read of that from the file, as ISO 19005-2 has it.

This is no validator: it looks for what is forbidden in objects, and not into fonts or pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from tests.expenses.papers import bill, encrypted, filled_in
from tests.expenses.scene import Travel
from tests.expenses.stated import approved, content, correct, make, photo, statements

FILTERS = {"/FlateDecode", "/DCTDecode", "/ASCIIHexDecode", "/ASCII85Decode", "/RunLengthDecode"}
ACTIONS = {"/URI", "/GoTo", "/GoToR", "/Named", "/Thread", "/SubmitForm"}
SPACES = {"/DeviceRGB", "/DeviceGray"}  # what an output intent of RGB covers
FONT_FILES = {"/FontFile", "/FontFile2", "/FontFile3"}
NEVER = {"/AA", "/JS", "/EF", "/XFA", "/Alternates", "/OPI", "/TR", "/HTP", "/PS", "/Requirements"}
BLENDS = {"/Normal", "/Compatible"}


def _plain(travel: Travel) -> None:
    approved(travel)


def _corrected(travel: Travel) -> None:
    correct(travel, approved(travel, purpose='"\\ \u20ac \u0141ód\u017a \U0001f600'), -100)


def _transparent(travel: Travel) -> None:
    approved(travel, receipt=photo("PNG"))


def _pages(travel: Travel) -> None:
    approved(travel, receipt=bill("Hotel", "Breakfast", "Thanks"))


def _form(travel: Travel) -> None:
    approved(travel, receipt=filled_in())


def _named(travel: Travel) -> None:
    approved(travel, receipt=encrypted(bill("x"), "secret"))


KINDS = [_plain, _corrected, _transparent, _pages, _form, _named]


@pytest.fixture(params=KINDS)
def reader(travel: Travel, request: pytest.FixtureRequest) -> PdfReader:
    """The newest statement of a trip of some kind."""
    prepare: Callable[[Travel], None] = request.param
    prepare(travel)
    while make(travel):
        pass
    return PdfReader(BytesIO(content(travel, statements(travel)[-1]["file"])))


def _root(reader: PdfReader) -> Any:
    return reader.root_object


def _trailer(reader: PdfReader) -> Any:
    return reader.trailer


def _objects(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary of the file, also in others."""
    for number in range(1, _trailer(reader)["/Size"]):
        yield from _within(reader.get_object(IndirectObject(number, 0, reader)))


def _within(found: Any) -> Iterator[DictionaryObject]:
    if isinstance(found, DictionaryObject):
        yield found
        for one in found.values():
            yield from _within(one)
    elif isinstance(found, ArrayObject):
        for one in found:
            yield from _within(one)


def test_d13_it_says_which_standard_it_keeps(reader: PdfReader) -> None:
    said = reader.xmp_metadata
    assert said is not None
    assert (said.pdfaid_part, said.pdfaid_conformance) == ("2", "B")
    assert reader.pdf_header in ("%PDF-1.4", "%PDF-1.5", "%PDF-1.6", "%PDF-1.7")
    assert "/Filter" not in _root(reader)["/Metadata"].get_object()
    assert reader.metadata is not None
    assert said.dc_title is not None
    assert reader.metadata.title == said.dc_title["x-default"]


def test_d13_its_colours_have_a_profile(reader: PdfReader) -> None:
    (intent,) = (one.get_object() for one in _root(reader)["/OutputIntents"])
    assert intent["/S"] == "/GTS_PDFA1"
    profile = intent["/DestOutputProfile"].get_object()
    assert profile["/N"] == 3
    assert profile.get_data()[36:40] == b"acsp"
    assert profile.get_data()[16:20] == b"RGB "
    for found in _objects(reader):
        space = found.get("/ColorSpace")
        if found.get("/Subtype") == "/Image" or found.get("/S") == "/Transparency":
            assert _covered(found.get("/CS", space)), found


def _covered(space: Any) -> bool:
    space = space.get_object() if space is not None else None
    if isinstance(space, ArrayObject):
        return bool(space[0] == "/ICCBased")
    return space is None or space in SPACES


def test_d13_its_fonts_are_in_it(reader: PdfReader) -> None:
    described = [found for found in _objects(reader) if found.get("/Type") == "/FontDescriptor"]
    fonts = [found for found in _objects(reader) if found.get("/Type") == "/Font"]
    assert all(FONT_FILES & set(one) for one in described)
    assert all("/FontDescriptor" in one or "/DescendantFonts" in one for one in fonts)
    assert described


def test_d13_nothing_in_it_is_forbidden(reader: PdfReader) -> None:
    assert "/Encrypt" not in _trailer(reader)
    assert len(_trailer(reader)["/ID"]) == 2
    assert not {"/OpenAction", "/AcroForm", "/Collection"} & set(_root(reader))
    for found in _objects(reader):
        assert not NEVER & set(found), found
        assert _filters(found) <= FILTERS, found
        assert found.get("/BM", "/Normal") in BLENDS, found
        assert found.get("/Type") != "/Action" or _kind(found) in ACTIONS, found
        assert not found.get("/Interpolate"), found
        assert not (isinstance(found, StreamObject) and {"/F", "/FFilter"} & set(found)), found


def _filters(found: Mapping[str, Any]) -> set[str]:
    named = found.get("/Filter", [])
    return {named} if isinstance(named, str) else set(named)


def _kind(action: Mapping[str, Any]) -> Any:
    return action.get("/S")
