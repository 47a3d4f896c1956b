"""What is evaluated: as it is asked for in an address, and what that comes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from modules.visit_reports.evaluation.chosen import (
    TEMPLATE,
    By,
    Chosen,
    Grouping,
    may_evaluate,
)
from modules.visit_reports.portal.returned import families, viewer
from server.portal.public import Asked, Portal, Unclear, Unseen, Words, Wrong, midnight, referred
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.ids import from_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

EVALUATION = "/portal/visit_reports/evaluation"
EDITIONS = 100  # that can be chosen
MONTHS = 24  # that are told apart, up to this one
ASKED = ("template", "edition", "market", "employee", "from", "until", "confirmed", "by")


@dataclass
class Evaluated:
    """texts: of the inputs. errors: what does not fit, by input; then nothing is chosen. chosen:
    None: no template is.
    """

    texts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    chosen: Chosen | None = None
    grouping: Grouping = field(default_factory=Grouping)
    families: Sequence[tuple[str, str]] = ()
    editions: Sequence[Listed] = ()

    @property
    def title(self) -> str:
        """What the templates are called."""
        return str(self.editions[0].values["title"]) if self.editions else ""

    def address(self, path: str = "", **changed: str) -> str:
        """Of a page with the same, but for what is changed."""
        known = {name: text for name, text in (self.texts | changed).items() if text}
        return f"{EVALUATION}{path}?{urlencode(known)}" if known else EVALUATION + path


def evaluator(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see reports with their answers."""
    rights = viewer(asked)
    if not may_evaluate(rights):
        raise Unseen
    return rights


def evaluated(portal: Portal, asked: Asked) -> Evaluated:
    """What is asked for. Unclear: it names what cannot be chosen."""
    rights, store = evaluator(asked), portal.store
    found = Evaluated({name: asked.value(name).strip()[:100] for name in ASKED})
    found.families = families(store, rights)
    try:
        found.grouping = Grouping(By(found.texts["by"]))
    except ValueError:
        raise Unclear from None
    family = found.texts["template"]
    if not family:
        return found
    wanted = Wanted(TEMPLATE, filters=(("family", family),), order="edition", descending=True)
    rows, _ = listing.page(store, rights, wanted, EDITIONS, None)
    found.editions = [row for row in rows if row.values["status"] != "draft"]
    if not found.editions:
        raise Unseen
    chosen = _chosen(portal, asked, found, Chosen(family, _edition(found)))
    found.chosen = None if found.errors else chosen
    if found.grouping.by is By.MONTH:
        found.grouping = Grouping(By.MONTH, months(asked.words, store.environment.now()))
    return found


def _edition(found: Evaluated) -> bytes | None:
    text = found.texts["edition"]
    if not text:
        return None
    try:
        row_id = from_text(text)
    except ValueError:
        raise Unclear from None
    if row_id not in {row.id for row in found.editions}:
        raise Unseen
    return row_id


def _chosen(portal: Portal, asked: Asked, found: Evaluated, chosen: Chosen) -> Chosen:
    """With the other inputs; what does not fit is told at its input."""
    texts, w = found.texts, asked.words
    chosen = replace(chosen, confirmed=bool(texts["confirmed"]))
    for name in ("market", "employee", "from", "until"):
        if not texts[name]:
            continue
        try:
            match name:
                case "market":
                    chosen = replace(chosen, market=referred(portal, asked, name, texts[name]))
                case "employee":
                    chosen = replace(chosen, employee=referred(portal, asked, name, texts[name]))
                case "from":
                    chosen = replace(chosen, since=midnight(w, texts[name], 0))
                case _:
                    chosen = replace(chosen, until=midnight(w, texts[name], 1))
        except Wrong as wrong:
            found.errors[name] = str(wrong)
    return chosen


def months(w: Words, now: int) -> list[int]:
    """When each of the last MONTHS begins by the reader's clock, and the one after this."""
    today = w.local(now)
    count = today.year * 12 + today.month - 1
    begins = (divmod(count + n, 12) for n in range(1 - MONTHS, 2))
    return [
        (w.instant(datetime(year, month + 1, 1)) - EPOCH) // MICROSECOND  # noqa: DTZ001
        for year, month in begins
    ]
