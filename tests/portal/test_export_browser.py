"""A long export in a real browser: asked for, left, found again, fetched."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from server import export_errand
from server.portal import exports
from tests.portal.screenshots import sign_in
from tests.portal.stage import Stage, faults, visit, watched


def test_a_long_export_is_left_and_found_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was searched without a new page is what is exported, too."""
    monkeypatch.setattr(exports, "AT_ONCE", 10)
    go_on, real = threading.Event(), export_errand._read

    def slow(*args: object) -> object:
        assert go_on.wait(30)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(export_errand, "_read", slow)
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/data/customer?c=number&c=name")
    with page.expect_response(re.compile("q=bike")):
        page.fill("#q", "bike")
    page.locator("summary", has_text="Export").click()
    export = page.locator("#export-as").get_by_role("link", name="CSV")
    expect(export).to_have_attribute("href", re.compile("q=bike"))
    export.click()
    expect(page.get_by_role("heading", name="This is a long list.")).to_be_visible()
    assert faults(page, "long") == []
    page.get_by_role("button", name="Make the file").press("Enter")  # by keyboard
    expect(page.get_by_text("The file is being made.")).to_be_visible()
    assert faults(page, "under way") == []
    page.get_by_role("link", name="Start").first.click()  # left
    page.get_by_role("link", name="Exports").first.click()  # found again
    row = page.locator("#exports tbody tr").first
    expect(row).to_contain_text("under way")
    go_on.set()
    expect(row).to_contain_text("ready")  # by itself
    row.get_by_role("link").click()
    expect(page.get_by_role("status")).to_contain_text("The file is ready.")
    assert faults(page, "ready") == []
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download").click()
    assert fetched.value.suggested_filename == "customer.csv"
    lines = Path(fetched.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Number,Name"
    assert len(lines) > 10
    assert all("bike" in line.lower() for line in lines[1:])
    context.close()
    assert said == []


def test_the_page_of_one_says_by_itself_when_it_is_ready(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In German."""
    monkeypatch.setattr(exports, "AT_ONCE", 10)
    context = visit(stage, "de")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/data/customer/export.xlsx?sort=name")
    page.get_by_role("button", name="Datei erstellen").click()
    expect(page.get_by_role("status")).to_contain_text("Die Datei ist fertig.")
    context.close()
    assert said == []
