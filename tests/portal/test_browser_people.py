"""Users and roles in a real browser (domain D2)."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.portal.screenshots import PASSWORD, sign_in
from tests.portal.stage import Stage, visit, watched


def preview_and_save(page: Page) -> None:
    """See what would happen, then let it."""
    page.get_by_role("button", name="Preview", exact=True).last.click()
    expect(page.locator("#preview")).to_contain_text("What would happen")
    page.get_by_role("button", name="Save").click()


def test_a_user_gets_a_role_signs_in_and_works(stage: Stage) -> None:
    """From a new role to somebody who edits customers, with the password that was shown once."""
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Roles").click()
    page.get_by_role("link", name="New role").click()
    page.fill("#name", "Customer care")
    page.get_by_label("Customers: edit", exact=True).check()
    expect(page.get_by_label("Customers: view", exact=True)).to_be_checked()  # it needs that
    preview_and_save(page)
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.get_by_role("link", name="Users", exact=True).click()
    page.get_by_role("link", name="New user").click()
    page.fill("#full_name", "Emil Ernst")
    page.fill("#name", "emil")
    page.get_by_label("Customer care").check()
    page.select_option("#add", "note")
    page.get_by_role("button", name="Exception").press("Enter")  # by keyboard
    page.get_by_label("Notes: view").select_option("allow")
    page.get_by_role("button", name="Preview", exact=True).last.click()
    expect(page.locator("#preview")).to_contain_text("Customers: view, edit; Notes: view")
    page.get_by_label("Notes: add").select_option("allow")
    expect(page.locator("#preview section")).to_have_count(0)  # it is about something else now
    preview_and_save(page)
    once = page.locator(".code code").inner_text()
    page.get_by_role("link", name="To the user").click()
    page.get_by_role("link", name="What they may do").click()
    row = page.get_by_role("row", name=re.compile("^Customers "))
    expect(row.get_by_role("cell").nth(2)).to_contain_text("Customer care")
    context.close()
    theirs = visit(stage, "en")
    emil, complained = watched(theirs)
    emil.goto(f"{stage.address}/portal/sign-in")
    emil.fill("#name", "emil")
    emil.fill("#password", once)
    emil.locator("button.btn-primary").click()
    for name, text in (("old", once), ("new", PASSWORD), ("again", PASSWORD)):
        emil.fill(f"#{name}", text)
    emil.locator("button.btn-primary").click()
    emil.get_by_role("link", name="Customers").click()
    expect(emil.locator("#rows tbody tr").first).to_be_visible()
    expect(emil.get_by_role("link", name="Users", exact=True)).to_have_count(0)
    theirs.close()
    assert said == complained == []


def test_in_german_the_last_administrator_stays(stage: Stage) -> None:
    """Refused before it is saved, with a sentence; a role is changed, and the history says it."""
    context = visit(stage, "de", width=390)
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("button", name="Menü").click()
    page.get_by_role("link", name="Rollen").click()
    page.get_by_role("link", name="Administration").click()
    page.get_by_label("Alle Rechte:").uncheck()
    page.get_by_role("button", name="Vorschau", exact=True).first.click()
    expect(page.get_by_role("alert").first).to_contain_text("Dann bliebe niemand übrig")
    expect(page.get_by_role("button", name="Speichern")).to_have_count(0)
    page.goto(f"{stage.address}/portal/roles")
    page.get_by_role("link", name="Service desk").click()
    page.get_by_label("Ansprechpartner: löschen").check()
    page.get_by_role("button", name="Vorschau", exact=True).first.click()
    expect(page.locator("#preview")).to_contain_text("Cleo Cantz")
    expect(page.locator("#preview")).to_contain_text("Ansprechpartner: löschen")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status")).to_contain_text("Gespeichert")
    page.get_by_role("link", name="Verlauf").last.click()
    expect(page.locator(".timeline li").first).to_contain_text(
        "Die Rolle „Service desk“, Ansprechpartner: darf jetzt löschen."
    )
    context.close()
    assert [text for text in said if "422" not in text] == []
