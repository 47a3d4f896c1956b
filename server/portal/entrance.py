"""Signing in and out, the own password, and how the portal looks to somebody."""

from __future__ import annotations

from starlette.responses import Response

from server.accounts.refusals import AccountRefused, PasswordRefused
from server.portal.asked import Asked
from server.portal.gate import COOKIE
from server.portal.pages import Portal, own_path, to
from server.portal.refusals import Unclear
from server.portal.words import LANGUAGES

THEMES = ("light", "dark")
YEAR = 365 * 24 * 3600


def sign_in(portal: Portal, asked: Asked) -> Response:
    """The form, and a session for whoever gives a name and its password."""
    after = own_path(asked.value("next"))
    if asked.method == "GET":
        return portal.page(asked, "sign_in.html", after=after, name="", refused=False)
    name = asked.value("name")
    try:
        user = portal.accounts.sign_in(name, asked.value("password"), asked.address)
    except AccountRefused:
        return portal.page(asked, "sign_in.html", 403, after=after, name=name, refused=True)
    return _with_session(asked, to("/portal/password" if user.must_change else after), user.token)


def sign_out(portal: Portal, asked: Asked) -> Response:
    """End the session."""
    if asked.user is not None:
        portal.accounts.sign_out(asked.user.token)
    answer = to("/portal/sign-in")
    answer.delete_cookie(COOKIE, path="/portal")
    return answer


def password(portal: Portal, asked: Asked) -> Response:
    """Set a password of one's own; asked for at the first sign-in."""
    user = asked.user
    if user is None:
        return to("/portal/sign-in")
    errors: dict[str, str] = {}
    if asked.method == "POST":
        if asked.value("new") != asked.value("again"):
            errors["again"] = asked.words("The two are not the same.")
        else:
            try:
                changed = portal.accounts.change_password(
                    user, asked.value("old"), asked.value("new"), asked.address
                )
                return _with_session(asked, to("/portal/"), changed.token)
            except AccountRefused:
                errors["old"] = asked.words("This is not the password, or there were too many"
                                            " attempts.")  # fmt: skip
            except PasswordRefused as refusal:
                errors["new"] = asked.words.reason(refusal.code, refusal.detail)
    return portal.page(asked, "password.html", 422 if errors else 200, errors=errors)


def looks(portal: Portal, asked: Asked) -> Response:
    """Language and brightness, for this browser."""
    answer = to(own_path(asked.value("next")))
    language, theme = asked.value("language"), asked.value("theme")
    if language:
        if language not in LANGUAGES:
            raise Unclear
        _keep(asked, answer, "language", language)
    if theme:
        if theme not in THEMES:
            raise Unclear
        _keep(asked, answer, "theme", theme)
    return answer


def _keep(asked: Asked, answer: Response, name: str, value: str) -> None:
    answer.set_cookie(
        name, value, max_age=YEAR, path="/portal", secure=asked.secure, samesite="lax"
    )


def _with_session(asked: Asked, answer: Response, token: str) -> Response:
    answer.set_cookie(
        COOKIE, token, path="/portal", secure=asked.secure, httponly=True, samesite="lax"
    )
    return answer
