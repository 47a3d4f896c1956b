"""Importing in a real browser (D1): the main path, the main refusal, and once in German."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from syncengine.store import listing
from syncengine.store.listing import Wanted
from tests.portal.screenshots import ALL, sign_in
from tests.portal.stage import Stage, visit, watched


def write(folder: Path, *lines: str, name: str = "kunden.csv") -> Path:
    path = folder / name
    path.write_bytes("\n".join(["Kundennummer;Name;Ort", *lines, ""]).encode("cp1252"))
    return path


def bring(page: Page, address: str, file: Path, button: str) -> None:
    """To the page of the columns, which opens by itself once the server has read the file."""
    page.goto(f"{address}/portal/imports/new")
    page.set_input_files("#file", file)
    page.get_by_role("button", name=button).click()
    page.wait_for_url(re.compile("/columns$"))


def names(stage: Stage, number: str) -> list[object]:
    found, _ = listing.page(
        stage.store, ALL, Wanted("customer", filters=(("number", number),)), 5, None
    )
    return [row.values["name"] for row in found]


def test_a_file_is_imported_and_taken_back(stage: Stage, tmp_path: Path) -> None:
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Imports").first.click()
    page.get_by_role("link", name="Import a file").click()
    bring(page, stage.address, write(tmp_path, "70001;Räder Müller;Ulm"), "Go on")
    page.select_option("#entity", "customer")
    expect(page.get_by_label("Kundennummer goes to")).to_have_value("number")
    expect(page.get_by_label("Ort goes to")).to_have_value("city")
    expect(page.locator(".samples").nth(1)).to_have_text("Räder Müller")
    page.get_by_role("button", name="Check").press("Enter")  # by keyboard
    expect(page.locator("#import")).to_contain_text("Räder Müller")
    assert names(stage, "70001") == []
    page.get_by_role("button", name="Import 1 row").click()
    expect(page.get_by_role("status")).to_contain_text("1 row was imported")
    assert names(stage, "70001") == ["Räder Müller"]
    page.get_by_role("button", name="Take this import back").click()
    expect(page.get_by_role("status")).to_contain_text("The import was taken back")
    assert names(stage, "70001") == []
    page.goto(f"{stage.address}/portal/imports")
    expect(page.locator("#imports tbody tr").first).to_contain_text("taken back")
    context.close()
    assert said == []


def test_a_file_with_errors_is_refused_in_german(stage: Stage, tmp_path: Path) -> None:
    context = visit(stage, "de")
    page, said = watched(context)
    sign_in(page, stage.address)
    bring(page, stage.address, write(tmp_path, "70002;;Ulm", "70003;Läden"), "Weiter")
    page.select_option("#entity", "customer")
    page.get_by_role("button", name="Prüfen").click()
    expect(page.get_by_role("alert")).to_contain_text("Die Datei hat 2 Fehler")
    expect(page.locator("#import tbody tr").first).to_contain_text("Das darf nicht leer sein.")
    expect(page.get_by_role("button", name=re.compile("importieren"))).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "70002" not in names(stage, "70002")
    assert "value.missing" in Path(download.value.path()).read_text(encoding="utf-8-sig")
    page.get_by_role("button", name="Verwerfen").click()
    expect(page.locator("#import")).to_contain_text("Die Datei wurde verworfen")
    context.close()
    assert said == []
