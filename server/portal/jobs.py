"""What the server does by the clock: next and last runs, errors, run now."""

from __future__ import annotations

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen


def jobs(portal: Portal, asked: Asked) -> Response:
    """The jobs of the process that answers; with POST: run one at once."""
    if not asked.signed_in.rights.administers:
        raise Unseen
    found = {status.name: status for status in portal.jobs.statuses()}
    if asked.method == "POST":
        name = asked.value("job")
        if name not in found:
            raise Unclear
        asked.signed_in.author("jobs")  # with a password of one's own only
        told = "begun" if portal.jobs.hasten(name) else "stopped"
        return to(f"/portal/jobs?{told}={name}")
    begun = asked.value("begun")
    return portal.page(
        asked, "jobs.html", open_="jobs", jobs=list(found.values()),
        begun=begun if begun in found else "", stopped=bool(asked.value("stopped")),
    )  # fmt: skip
