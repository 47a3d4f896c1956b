"""What the tables are made of."""

from __future__ import annotations

import sqlalchemy as sa

CORE = sa.MetaData()


class Bytes(sa.LargeBinary):
    """Bytes as they are: both drivers take and give them, so no value is wrapped or copied."""

    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> None:
        """None: nothing to be done."""

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> None:
        """None: nothing to be done."""


ID = Bytes(16)
