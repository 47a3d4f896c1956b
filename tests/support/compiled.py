"""Statements of SQLAlchemy that are compiled once a process: hundreds of tests open a database of
their own, and each engine would compile all of them again.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

MOST = 2_000


class _Compiled:
    """What an engine keeps of statements, by the name of its dialect: all of a name are alike."""

    def __init__(self) -> None:
        self._kept: LRUCache[Hashable, object] = LRUCache(MOST)

    @staticmethod
    def _key(key: tuple[Any, ...]) -> Hashable:
        return (key[0].name, *key[1:])

    def get(self, key: tuple[Any, ...]) -> object | None:
        return self._kept.get(self._key(key))

    def __setitem__(self, key: tuple[Any, ...], compiled: object) -> None:
        self._kept[self._key(key)] = compiled


def share() -> None:
    """For all engines that are made from now on."""
    make, kept = sa.create_engine, _Compiled()

    def create_engine(*args: Any, **options: Any) -> sa.Engine:
        engine = make(*args, **options)
        engine.update_execution_options(compiled_cache=kept)
        return engine

    sa.create_engine = create_engine
