"""The office's portal with trips in it."""

from __future__ import annotations

from tests.accounts.office import Office, Time
from tests.expenses.scene import Travel
from tests.portal.conftest import Desk


def desk_of(travel: Travel) -> Desk:
    """With the same files as the installation."""
    office = Office.around(travel, Time(travel.at))
    return Desk(office, blob_folder=str(travel.folder / "blobs"))
