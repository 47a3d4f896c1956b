"""Photos of customers in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.portal.screenshots import sign_in
from tests.portal.stage import Stage, faults, visit, watched

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "portal.png"


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_photo_is_chosen_saved_replaced_and_removed(
    stage: Stage, language: str, tmp_path: Path
) -> None:
    """Whatever it is: a picture is shown, other files are fetched."""
    save, remove = {"en": ("Save", "Remove the file"), "de": ("Speichern", "Datei entfernen")}[
        language
    ]
    (tmp_path / "offer.pdf").write_bytes(b"%PDF-1.4\n" + b"x" * 3_000_000)
    context = visit(stage, language, width=390)
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/data/customer")
    page.locator("table tbody a").first.click()
    shown = page.locator(".attachment .file")
    page.set_input_files("input[type=file]", PICTURE)
    expect(shown).to_contain_text(PICTURE.name)
    page.get_by_role("button", name=save, exact=True).click()
    page.locator(".attachment img").scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.attachment img').naturalWidth > 0")
    assert not faults(page, "a record with a picture")
    page.set_input_files("input[type=file]", tmp_path / "offer.pdf")
    expect(shown).to_contain_text("offer.pdf")
    page.get_by_role("button", name=save, exact=True).click()
    with page.expect_download() as fetched:
        shown.click()
    assert fetched.value.path().stat().st_size == 3_000_009
    page.get_by_role("button", name=remove).click()
    page.get_by_role("button", name=save, exact=True).click()
    expect(page.get_by_role("status").first).to_be_visible()
    expect(shown).to_have_count(0)
    assert said == []
    context.close()
