"""D14: the facade for asyncio apps, from a document to the form that goes back."""

from __future__ import annotations

from io import BytesIO

from device_sdk import AsyncDevice
from modules.documents.aio import AsyncDocuments
from modules.documents.device import Documents
from tests.documents.scene import Library
from tests.support.loops import run


def test_a_day_of_an_asyncio_app(library: Library) -> None:
    customer = library.customer("a", "1")
    library.given_out({"customer": customer}, kind="form", content=b"%PDF-form")
    device = AsyncDevice(library.enrol("a"))
    documents = AsyncDocuments(Documents(device.device))

    async def day() -> None:
        await device.sync()
        (form,) = await documents.valid(customer)
        assert await documents.get(form.edition) == form
        assert b"".join([piece async for piece in documents.open(form.edition)]) == b"%PDF-form"
        await documents.keep(form.id)
        photo = await (await device.attachments()).attach(BytesIO(b"photo"))
        row = await documents.return_form(form.edition, photo, "Ms Meyer", customer)
        await device.sync()
        library.update("document_return", row.bytes, status="reopened", reason="torn")
        await device.sync()
        (open_,) = await documents.open_returns(customer)
        assert (open_.id, open_.reason) == (row, "torn")
        await documents.return_again(row, note="this is all there is")
        await device.sync()
        assert await documents.open_returns() == []

    run(day())
    assert [row["status"] for row in library.rows("document_return")] == ["returned"]
