"""The small installation with errands, whose module can be taken away and put back."""

from __future__ import annotations

from pathlib import Path

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.store.absent import with_absent
from syncengine.store.database import open_engine
from syncengine.store.store import Store
from tests.lifecycles.module import LIFECYCLES
from tests.lifecycles.scene import Life
from tests.support.world import World

WITH, WITHOUT = Schema((MASTERDATA, LIFECYCLES)), Schema((MASTERDATA,))


class Shrinking(Life):
    """Servers start as the composition root starts them: the packages that are there, and what the
    database knows beside them.
    """

    def __init__(self, url: str, folder: Path) -> None:
        super().__init__(url, folder)
        self.url = url

    def _start(self, schema: Schema) -> Store:
        engine = open_engine(self.url)
        whole = Schema(with_absent(engine, schema.modules))
        engine.dispose()
        return World._start(self, whole)

    def errands(self) -> list[dict[str, Stored]]:
        """All of them, as they are stored."""
        table = self.store.tables["errand"]
        with self.store.engine.connect() as connection:
            found = connection.execute(table.select().order_by(table.c.id)).mappings().all()
        return [dict(row) for row in found]


def shown(device: Device) -> dict[str, str]:
    """Title -> state of the errands on a device."""
    return {str(row.title): str(row.state) for row in device.rows("errand")}
