"""What accounts refuse, with codes."""

from __future__ import annotations

from syncengine.model.errors import Advice, SyncError


class AccountRefused(SyncError):
    """Nobody is signed in: name, password, lock-out, all answer alike."""

    code = "account.refused"
    advice = Advice.STOP

    def __init__(self) -> None:
        super().__init__("Name or password are not right, or there were too many attempts.")


class PasswordRefused(SyncError):
    """A new password that will not do; the sentence says why."""

    code = "account.password_refused"
    advice = Advice.FIX


class AccessDenied(SyncError):
    """The user's rights do not allow it, or the password has to be changed first."""

    code = "access.denied"
    advice = Advice.STOP


class AccountUnknown(SyncError):
    """There is no such user."""

    code = "account.unknown"
    advice = Advice.FIX


class TokenRefused(SyncError):
    """A token that cannot be made so; `data["field"]` names what of it will not do."""

    code = "token.refused"
    advice = Advice.FIX


class TokenUnknown(SyncError):
    """There is no such token."""

    code = "token.unknown"
    advice = Advice.FIX
