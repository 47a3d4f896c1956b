"""The random fleet on both databases."""

from __future__ import annotations

import pytest

from tests.fleet.machine import Fleet
from tests.support.machine import run_machine


def test_devices_hold_their_slices_on_sqlite() -> None:
    run_machine(Fleet, 8, 35)


def test_devices_hold_their_slices_on_postgresql(fresh_postgres: str) -> None:
    class OnPostgres(Fleet):
        url = fresh_postgres

    run_machine(OnPostgres, 3, 30)


@pytest.mark.slow
def test_devices_hold_their_slices_for_longer() -> None:
    run_machine(Fleet, 300, 60)


@pytest.mark.slow
def test_devices_hold_their_slices_for_longer_on_postgresql(fresh_postgres: str) -> None:
    class OnPostgres(Fleet):
        url = fresh_postgres

    run_machine(OnPostgres, 60, 60)
