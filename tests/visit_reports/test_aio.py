"""The facade for asyncio apps: the same work, in threads."""

from __future__ import annotations

import asyncio
import inspect
from pathlib import Path

from modules.visit_reports.aio import AsyncReports
from modules.visit_reports.device import Reports
from tests.visit_reports.scene import Office


def test_a_visit_from_an_event_loop(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop})
    device, reports = office.device("a")
    app = AsyncReports(reports)

    async def visit() -> None:
        made = await app.check_in(shop)
        assert (await app.visit(made.id)) == made
        (one,) = await app.applying(shop)
        filling = await app.start(made.id, one.template)
        filling = await app.answer(filling.report, "filled", True)
        filling = await app.add_photo(filling.report, "view", bytes(32))
        (photo,) = filling.photos("view")
        await app.remove_photo(filling.report, photo.answer)
        assert (await app.complete(filling.report)).status == "complete"
        assert (await app.resume(filling.report)).status == "in_progress"
        assert (await app.open_reports())[0] == await app.filling(filling.report)
        await app.confirm(filling.report)
        await app.check_out(made.id)

    asyncio.run(visit())
    device.sync()
    assert [row["status"] for row in office.rows("report", template=template)] == ["confirmed"]
    device.close()
    office.close()


def test_every_call_is_there() -> None:
    """With the same parameters."""
    for name, made in vars(Reports).items():
        if not name.startswith("_"):
            assert inspect.signature(getattr(AsyncReports, name)) == inspect.signature(made)
