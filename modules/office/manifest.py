"""The module's manifest."""

from __future__ import annotations

from modules.office import users
from syncengine.model.accounts import Accounts
from syncengine.model.module import Module

OFFICE = Module(
    number=2,
    name="office",
    version=1,
    entities=(
        users.OFFICE_USER,
        users.OFFICE_ROLE,
        users.OFFICE_USER_ROLE,
        users.OFFICE_ROLE_RIGHT,
        users.OFFICE_USER_RIGHT,
    ),
    migrations="modules.office:migrations",
    portal="modules.office.portal",
    accounts=Accounts(
        user="office_user",
        role="office_role",
        assignment="office_user_role",
        role_right="office_role_right",
        exception="office_user_right",
    ),
)
