"""Running the suite against a URL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import httpx2

from server.conformance import pulling, pushing, signing_in, transport
from server.conformance.check import CHECKS, Check, Failed, Skipped
from server.conformance.wire import NotServing, Wire
from syncengine.model.environment import Environment
from syncengine.model.errors import SyncError

GROUPS = (transport, signing_in, pulling, pushing)  # importing them enters their checks
SEATS = 2
SECONDS = 60.0  # that a server may take


@dataclass(frozen=True)
class Result:
    """outcome: passed, failed or skipped. why: a sentence unless it passed."""

    group: str
    title: str
    outcome: str
    why: str = ""


def conform(
    url: str,
    codes: Sequence[str],
    environment: Environment,
    tell: Callable[[Result], None] = lambda _: None,
) -> list[Result]:
    """The result of every check; `tell` gets each as it comes. NotServing: nothing can be asked.

    codes: two one-time codes for enrolment, best of people who own rows. Rows are written, and the
    second seat is fenced in the end: a database for tests, please.
    """
    with httpx2.Client(base_url=url, timeout=SECONDS, trust_env=False) as http:
        wire = Wire(http, environment)
        try:
            for code in codes[:SEATS]:
                wire.enrol(code)
        except httpx2.TransportError as error:
            raise NotServing(f"{url} was not reached: {error}") from None
        results = []
        for entered in CHECKS:
            results.append(_result(entered, wire))
            tell(results[-1])
        return results


def _result(entered: Check, wire: Wire) -> Result:
    try:
        entered.run(wire)
    except Skipped as skipped:
        return Result(entered.group, entered.title, "skipped", str(skipped))
    except Failed as failed:
        return Result(entered.group, entered.title, "failed", str(failed))
    except (SyncError, httpx2.TransportError) as error:  # an answer that nothing can be made of
        return Result(entered.group, entered.title, "failed", f"{type(error).__name__}: {error}")
    return Result(entered.group, entered.title, "passed")
