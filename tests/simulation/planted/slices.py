"""Bugs in who holds what: placing rows, moving what follows, grants, rules, substitutions."""

from __future__ import annotations

from syncengine.model.manifest import Schema
from syncengine.model.windows import Window
from syncengine.store import boundaries, grants, rules, substitutions
from syncengine.store.lent import LentRows
from syncengine.store.misplaced import Misplaced
from syncengine.store.moves import Moves, _told
from syncengine.store.placement import Placement
from syncengine.store.reach import _Counts
from syncengine.store.settle import Settlement
from syncengine.store.substitutions import Link, _Way
from tests.simulation.planted.planting import instead, plant

PLANTS = (
    plant(
        "followers_forgotten",
        "Rows that follow a moved one stay where they are.",
        instead(Schema.followers, "for child in self.by_tag.values()", "for child in ()"),
    ),
    plant(
        "followers_of_followers_only",
        "Where several rows move, what follows the last one moves.",
        instead(
            Settlement._following,
            "by_tag.setdefault(tag, []).append(row_id)",
            "by_tag[tag] = [row_id]",
        ),
    ),
    plant(
        "revocation_missed",
        "A row that moves to another bucket stays in its first one, too.",
        instead(_told, "told - after", "frozenset()"),
    ),
    plant(
        "first_coming_forgotten",
        "A row that left and came back counts as new to its bucket: who had it the first time does"
        " not hear that it leaves again.",
        instead(Moves._tell, 'keep = ("since",)', "keep = ()"),
    ),
    plant(
        "moves_told_as_of_yesterday",
        "A row that moves because another one did is told as of the version before.",
        instead(
            Settlement._put,
            "self.moves.add(key, before, after, self._version)",
            "self.moves.add(key, before, after, self._version - 1)",
        ),
    ),
    plant(
        "rule_edit_removes_nothing",
        "When a rule changes, rows come, and those that no longer meet it stay.",
        instead(
            Misplaced._steps,
            "ways = (self._leaving, self._coming)",
            "ways = (self._coming,)",
        ),
    ),
    plant(
        "large_rule_left_half_done",
        "What a rule could not move in one commit is never moved.",
        instead(
            Settlement.go_on,
            "keep(self._working.connection, cause, rest)",
            "keep(self._working.connection, cause, None)",
        ),
    ),
    plant(
        "rules_ask_hierarchies_once",
        "A rule about a subtree is not asked again when the subtree changes.",
        instead(
            Settlement._touched_rules, "touched |= rules.asking_about(name, parent)", "continue"
        ),
    ),
    plant(
        "subtree_of_one_level",
        "Rules know who or what is directly below, and nothing deeper.",
        instead(Placement._is_below, "here = above", "return above == node"),
    ),
    plant(
        "managers_see_one_level",
        "A manager holds what direct reports have, and not what theirs have.",
        instead(
            grants._below,
            "list(connection.scalars(sa.select(walk.c.id)))",
            "list(connection.scalars(sa.select(table.c.id).where(table.c[parent] == person)))",
        ),
    ),
    plant(
        "facet_for_everybody",
        "A facet goes to whoever holds its row, in its audience or not.",
        instead(grants._facets, "if audience in numbers", "if True"),
    ),
    plant(
        "personal_rows_travel",
        "Personal rows are in the business bucket, with substitutes and managers.",
        instead(
            Placement._by_reference,
            "BucketName(BucketKind.PERSONAL, target)",
            "BucketName(BucketKind.BUSINESS, target)",
        ),
    ),
    plant(
        "rule_ends_late",
        "A rule lasts a moment longer than it says (`>=` for `>`).",
        instead(rules.ruled_grants, "ends > at", "ends >= at"),
    ),
    plant(
        "rule_never_begins_early",
        "A rule begins a moment later than it says (`<` for `<=`).",
        instead(rules.ruled_grants, "starts <= at", "starts < at"),
    ),
    plant(
        "switched_off_rule_shows",
        "A rule that is switched off goes on showing rows.",
        instead(rules.ruled_grants, "rules.c[term.active].is_(True)", "sa.true()"),
    ),
    plant(
        "substitution_begins_at_once",
        "A planned substitution holds from the moment that it is entered.",
        instead(substitutions.substituted, "if link.hold.begun(at)", "if True"),
    ),
    plant(
        "switched_off_substitution_stands",
        "A substitution that is switched off goes on.",
        instead(substitutions.active_links, "table.c[term.active].is_(True), ", ""),
        instead(substitutions.link_of, "values[term.active] and ", ""),
    ),
    plant(
        "trailing_days_forgotten",
        "The days of reading after a substitution are not granted.",
        instead(substitutions.link_of, "lead * DAY, trail * DAY", "lead * DAY, 0"),
    ),
    plant(
        "leading_days_are_for_work",
        "In the days before a substitution the substitute may work already.",
        instead(
            substitutions.link_of,
            "return Link(row_id, absent, substitute, hold, write, is_only_listed(term, values))",
            "return Link(row_id, absent, substitute, hold, hold, is_only_listed(term, values))",
        ),
    ),
    plant(
        "chains_end_after_one",
        "A substitute's substitute holds nothing.",
        instead(substitutions.substituted, "range(term.depth)", "range(1)"),
    ),
    plant(
        "chain_lasts_too_long",
        "In a chain the last substitution alone says how long it lasts.",
        instead(_Way.over, "link.hold.within(self.hold)", "link.hold"),
    ),
    plant(
        "windows_end_late",
        "What ends at an instant is not over at that instant (`<` for `<=`).",
        instead(Window.over, "self.ends <= at", "self.ends < at"),
    ),
    plant(
        "everything_lent",
        "A substitution for listed customers gives all of them.",
        instead(Link.bucket, "if self.only_listed:", "if False:"),
    ),
    plant(
        "lent_to_the_end",
        "A listed customer stays lent when it is the absent rep's no longer.",
        instead(LentRows.buckets_of, "and absent == owner", ""),
    ),
    plant(
        "lists_not_followed",
        "A customer that is put on a list, or taken off, does not move.",
        instead(LentRows._listed_in, "if of == tag", "if False"),
    ),
    plant(
        "listing_switched_unnoticed",
        "A substitution that is for all customers now, or for listed ones, moves nothing.",
        instead(LentRows._of_changed, "_at(before, places) != _at(after, places)", "False"),
    ),
    plant(
        "end_is_no_boundary",
        "Nothing happens when a substitution's days of reading end.",
        instead(
            boundaries._instants,
            "yield end_of(table, term), table.c[term.active].is_(True)",
            "yield table.c[term.ends], table.c[term.active].is_(True)",
        ),
    ),
    plant(
        "begin_is_no_boundary",
        "Nothing happens when a substitution's days of reading begin.",
        instead(
            boundaries._instants,
            "yield begin_of(table, term), table.c[term.active].is_(True)",
            "yield table.c[term.starts], table.c[term.active].is_(True)",
        ),
    ),
    plant(
        "boundaries_overlooked",
        "A new date of a substitution or a rule is no boundary until another one passes.",
        instead(boundaries.moves_boundaries, "return any(", "return False and any("),
    ),
    plant(
        "reached_markets_miscounted",
        "A market that moves takes nobody's customers with it.",
        instead(_Counts.move, "self._add(after, self._below(node), 1)", "pass"),
    ),
    plant(
        "reached_rows_stay",
        "A catalogue for a market does not follow the customers there to their new owner.",
        instead(Settlement._move_reached, "self._place(keys)", "pass"),
    ),
)
