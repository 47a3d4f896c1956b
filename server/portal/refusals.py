"""What the portal refuses before or instead of a page: each becomes an error page."""

from __future__ import annotations


class Refused(Exception):
    """An error page with this status; `said` is a message of the catalogues."""

    status = 400
    title = "That did not work"
    said = "This request cannot be understood."


class Unclear(Refused):
    """What no page of ours sends: a broken address or form."""


class Unseen(Refused):
    """No such page, no such row, or none that this user may see: one answer for all."""

    status = 404
    title = "There is nothing here"
    said = "This page does not exist, or it is not yours to see."


class Forged(Refused):
    """A form that another site sent, or one of a session that is over."""

    status = 403
    title = "This form is no longer valid"
    said = "It comes from another place or from a session that is over. Open the page again."


class TooMuch(Refused):
    """More fields or bytes than a form of ours has."""

    status = 413
    title = "That is too much"
    said = "The form is larger than any form of this portal."


class FileTooLarge(Refused):
    """A file beyond what is taken."""

    status = 413
    title = "That is too much"
    said = "The file is larger than 64 MiB. Split it, or have it imported at the command line."


class NotAllowed(Refused):
    """The user's rights do not allow it."""

    status = 403
    title = "That is not allowed"
    said = "Your rights do not allow this. Ask whoever administers the users."
