"""A first look: encodings, separators, decimals, days, and which column may be which field."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.importer import looking
from server.importer.findings import FileRefused
from server.importer.folder import find_mappings
from server.importer.guessing import entity_for, guessed, importable, lookups
from server.importer.looking import Look, look
from server.importer.mapping import bound
from tests.support.world import SCHEMA


def file(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "file.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_umlauts_and_separators(tmp_path: Path, encoding: str, sign: str) -> None:
    text = sign.join(("Nr", '"Größe, netto; |"', "Straße")) + "\n" + sign.join("äöü") + "\n"
    seen = look(file(tmp_path, text, encoding))
    assert (seen.head, seen.delimiter) == (("Nr", "Größe, netto; |", "Straße"), sign)
    assert (seen.samples, seen.rows) == ((("ä", "ö", "ü"),), 1)


def test_what_is_in_no_encoding_is_refused(tmp_path: Path) -> None:
    for raw in ("A;B\n".encode("utf-16-le"), b"\x81;\x8d\n"):
        path = tmp_path / "file.csv"
        path.write_bytes(raw)
        with pytest.raises(FileRefused) as refused:
            look(path)
        assert refused.value.finding.code == "encoding.unknown"


def test_numbers_and_days_only_where_they_tell(tmp_path: Path) -> None:
    """03/04/05 is for a person to say; so is what is written in two ways."""
    text = (
        "a;b;c;d;e;f\n"
        "1.234,5;1.5;31.12.2026;03/04/2026;1,5;2026-01-31\n"
        "7;2;01.02.2026;05/06/2026;1.5;2026-02-01\n"
    )
    seen = look(file(tmp_path, text))
    assert seen.decimal == {"a": ",", "b": "."}
    assert seen.date == {"c": "%d.%m.%Y", "f": "%Y-%m-%d"}


def test_a_look_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "MAX_ROWS", 3)
    assert look(file(tmp_path, "a\n" + "1\n\n" * 3)).rows == 3
    for text, code in (
        ("a\n" + "1\n" * 4, "file.too_many_rows"),
        (";".join("ab" * 200) + "\n", "header.invalid"),
        ("x" * 300 + "\n", "header.invalid"),
        ("\n1\n", "header.invalid"),
    ):
        with pytest.raises(FileRefused) as refused:
            look(file(tmp_path, text))
        assert refused.value.finding.code == code
    long = look(file(tmp_path, "a\n" + "y" * 10_000 + "\n"))
    assert len(long.samples[0][0]) == looking.MAX_SAMPLE


HEADS = st.lists(
    st.one_of(
        st.sampled_from(
            ["Number", "Name", "BusinessEntityID", "SalesPersonID", "PLZ", "Kunde Nr."]
        ),
        st.text(max_size=8),
    ),
    min_size=1,
    max_size=8,
)


@given(HEADS, st.sampled_from(sorted(SCHEMA.entities)))
def test_a_guess_fits_the_schema(head: list[str], name: str) -> None:
    """No column goes to two fields; with a key and what is required it is a mapping."""
    seen = Look(tuple(head), (), 0, "utf-8", ";", {}, {})
    entity = SCHEMA.entities[name]
    known = find_mappings(SCHEMA)
    mapping = guessed(SCHEMA, entity, seen, known, {"number": ["Nummer"], "": ["Kunde"]})
    output = mapping.output[0]
    columns = [source.column for source in output.fields.values() if source.column]
    assert len(columns) == len(set(columns))
    assert set(columns) <= set(head)
    by_name = {field.name: field for field in importable(entity)}
    for field, source in output.fields.items():
        by = lookups(SCHEMA, by_name[field])
        assert source.lookup in by if by else source.lookup is None
    given_fields = {f.name for f in entity.fields if f.required} <= output.fields.keys()
    if output.key != ["?"] and given_fields:
        assert bound(mapping, SCHEMA, "file").targets[0].entity is entity


def test_the_modules_own_files_are_known(tmp_path: Path) -> None:
    known = find_mappings(SCHEMA)
    stores = next(m for m in known if m.file == "stores.xlsx")
    every = [entity for entity in SCHEMA.entities if entity != "market"]
    assert entity_for(stores.columns, known, every) == "customer"
    assert entity_for(stores.columns, known, ["article"]) == ""
    seen = Look(tuple(stores.columns), (), 0, "", "", {}, {})
    fields = guessed(SCHEMA, SCHEMA.entities["customer"], seen, known, {}).output[0].fields
    owner = fields["owner"]
    assert (owner.column, owner.lookup, owner.leads) == ("SalesPersonID", "number", "last")
