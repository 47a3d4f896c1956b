"""The office's portal with trips in it."""

from __future__ import annotations

from server.accounts.passwords import Passwords
from server.accounts.sessions import Lifetimes
from server.accounts.sign_in import Accounts
from tests.accounts.office import CHEAP, Office, Time
from tests.expenses.scene import Travel
from tests.portal.conftest import Desk


class Rooms(Office):
    """An office around an installation that is there."""

    def __init__(self, travel: Travel) -> None:
        self.time = Time(travel.at)
        self.world = travel
        self.store = travel.store
        self.passwords = Passwords(travel.environment, CHEAP)
        self.accounts = Accounts(self.store, self.passwords, Lifetimes())
        self.users = {}


def desk_of(travel: Travel) -> Desk:
    """With the same files as the installation."""
    return Desk(Rooms(travel), blob_folder=str(travel.folder / "blobs"))
