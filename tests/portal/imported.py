"""Files at every step of being imported, for pictures and for axe."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from server.importer import brought, works
from server.importer.folder import find_mappings
from server.importer.guessing import guessed
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.errands import Errand, Errands
from syncengine.store.listing import Listed, Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
HEAD = "Kundennummer;Name;SalesPersonID;Telefon;Jahresumsatz"


STEPS = {
    "columns": "Kunden Süd.csv", "checked": "Gebietsreform.csv", "errors": "Fehlerhaft.csv",
    "done": "Kunden Nord.csv", "back": "Versehen.csv",
}  # fmt: skip


def bring_files(store: Store, user: bytes) -> None:
    """One file for each step; the server does what is asked for."""
    shops, _ = listing.page(store, ALL, Wanted("customer", order="number"), 300, None)
    goes = [line(shop, "281") for shop in shops[:260]]
    good = [line(shops[-1], "", "+49 731 4711"), line(shops[-2], "", "+49 731 4712"), NEW]
    bad = [line(shops[-3], "999"), "77;;275;;lots", "78;Only three;275"]
    lines = {"checked": goes, "errors": bad, "back": [NEW.replace("90001", "90002")]}
    for step in STEPS:
        _bring(store, user, step, lines.get(step, good))


def addresses(store: Store) -> dict[str, str]:
    """Page -> the address of the file that has come so far."""
    named = {name: step for step, name in STEPS.items()}
    found = {
        f"import-{named[file.name]}": f"/portal/imports/{to_text(file.id)}"
        for file in brought.newest(store, 20)
        if file.name in named
    }
    return {**found, "import-columns": f"{found['import-columns']}/columns"}


NEW = "90001;Radhaus Ulm & Söhne;275;+49 731 99;120.000,00"


def line(shop: Listed, rep: str, phone: str = "") -> str:
    """A customer as a file has it; without a rep nobody's."""
    return f"{shop.values['number']!s};{shop.values['name']!s};{rep or '275'};{phone};"


def _bring(store: Store, user: bytes, step: str, lines: Sequence[str]) -> None:
    check = bring_file(store, user, STEPS[step], lines, step != "columns")
    if check is not None and step in ("done", "back"):
        written = _do(store, user, (check.subject, check.label), works.WRITE, check.id)
        assert written.code == "", written.detail
        if step == "back":
            _do(store, user, (check.subject, check.label), works.UNDO, written.id)


def bring_file(
    store: Store, user: bytes, name: str, lines: Sequence[str], checks: bool
) -> Errand | None:
    """A file of customers with these lines, looked at; its check, where it is checked."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_text("\n".join([HEAD, *lines, ""]), encoding="utf-8")
        file = brought.bring(store, user, name, path)
    _do(store, user, (file, name), works.LOOK, msgspec.msgpack.encode(("", "")))
    if not checks:
        return None
    seen = works.looked(Errands(store), file)
    assert seen is not None
    known, labels = find_mappings(store.schema), LABELS
    entity = store.schema.entities["customer"]
    mapping = guessed(store.schema, entity, seen, known, labels)
    brought.choose(store, file, "customer")
    return _do(store, user, (file, name), works.CHECK, msgspec.json.encode(mapping))


def _do(store: Store, user: bytes, file: tuple[bytes, str], kind: str, parameters: bytes) -> Errand:
    """Ask for it and wait for its end."""
    errands = Errands(store)
    asked = errands.ask(kind, user, file[1], file[0], parameters)
    for _ in range(600):
        done = errands.find(asked)
        if done is not None and done.finished:
            return done
        time.sleep(0.02)
    raise AssertionError(f"{kind} of {file[1]} does not end")


LABELS: dict[str, list[str]] = {
    "number": ["Nummer"], "phone": ["Telefon"], "annual_sales": ["Jahresumsatz"], "": ["Kunde"],
}  # fmt: skip
