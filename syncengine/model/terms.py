"""Slice terms: the declared ways in which rows reach buckets, and buckets reach people.

Row terms stand on an entity and say in which buckets a row is. Grant terms stand on a module and
say which buckets a person may hold besides their own. A bucket is named by its kind and its key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from syncengine.model.ids import ZERO_ID
from syncengine.model.parts import MAIN
from syncengine.model.windows import ALWAYS, Window


class BucketKind(StrEnum):
    """What a bucket's key is: for business and personal a person's id, for everyone nothing, for
    rule the rule's id, for lent the substitution's, for facet a digest of the bucket whose rows it
    adds to, for addressed the id of the addressed row.
    """

    BUSINESS = "business"
    PERSONAL = "personal"
    EVERYONE = "everyone"
    RULE = "rule"
    LENT = "lent"
    FACET = "facet"
    ADDRESSED = "addressed"


KINDS = {str(kind): kind for kind in BucketKind}  # by what is stored


class BucketName(NamedTuple):
    """A bucket's identity. `key` is 16 bytes; all zero for everyone. `part`: the number of the part
    whose rows it has.
    """

    kind: BucketKind
    key: bytes
    part: int = MAIN.number

    @property
    def whole(self) -> BucketName:
        """As grants name it: who holds kind and key holds every part of them."""
        return self if self.part == MAIN.number else BucketName(self.kind, self.key)


def facet_of(tag: int, name: BucketName) -> BucketName:
    """The bucket with the facet rows of entity `tag` that belong to the rows of a bucket."""
    named = tag.to_bytes(2, "big") + name.kind.encode() + name.key
    return BucketName(BucketKind.FACET, hashlib.sha256(named).digest()[:16])


EVERYONE = BucketName(BucketKind.EVERYONE, ZERO_ID)


@dataclass(frozen=True)
class OwnedBy:
    """The row is in the business bucket of the person that `field` refers to."""

    field: str


@dataclass(frozen=True)
class PersonalTo:
    """The row is in the personal bucket of the person that `field` refers to; it never travels
    on.
    """

    field: str


@dataclass(frozen=True)
class Follows:
    """The row is in every bucket that the row `field` refers to is in."""

    field: str


@dataclass(frozen=True)
class Everyone:
    """The row is on every device."""


@dataclass(frozen=True)
class Ruled:
    """The row is in the bucket of every active rule for its entity whose condition it meets."""


@dataclass(frozen=True)
class FacetOf:
    """The row has more fields of the row that `field` refers to. Who holds that one and is in the
    audience of this number holds it, too; the device's view shows both as one.
    """

    field: str
    audience: str


@dataclass(frozen=True)
class Addressed:
    """The row is in a bucket of its own: once, for everybody to whom AddressedTo addresses it."""


@dataclass(frozen=True)
class Reaches:
    """The row is in the business bucket of everybody who owns a row of `through` at the node that
    `field` refers to, or below it: so it goes where those rows go.

    parent: the field of the node's entity that refers to the node above. place: the field of
    `through` that refers to a node; whose it is, its term OwnedBy says.
    """

    field: str
    parent: str
    through: str
    place: str


@dataclass(frozen=True)
class Lent:
    """The row is in the lent bucket of every substitution of its owner that is for listed rows
    only and lists it.

    Rows of `entity` are the lists: `row` refers to a row like this one, `substitution` to the
    substitution that lists it. `owner` is this row's own field, as in OwnedBy: a row that goes to
    somebody else is lent no longer, whoever still lists it. Neither the substitution's dates nor
    its switch matter here; the grant minds them.
    """

    entity: str
    row: str
    substitution: str
    owner: str


@dataclass(frozen=True)
class Carried:
    """The row is in every bucket that a row of `entity` is in which refers to it by `field`: once
    for all of them, and as long as one is there.
    """

    entity: str
    field: str


RowTerm = (
    OwnedBy
    | PersonalTo
    | Follows
    | Everyone
    | Ruled
    | FacetOf
    | Addressed
    | Reaches
    | Lent
    | Carried
)


class Reason(StrEnum):
    """Why a person may hold a bucket."""

    OWN = "own"
    EVERYONE = "everyone"
    HIERARCHY = "hierarchy"
    SUBSTITUTION = "substitution"
    RULE = "rule"
    ADDRESSED = "addressed"


@dataclass(frozen=True)
class Subtree:
    """Who leads holds the business buckets of everybody below, at any depth.

    `entity` is the people's entity, `parent` its field that refers to who leads them.
    """

    entity: str
    parent: str


@dataclass(frozen=True)
class Substitution:
    """While a row of `entity` is `active`, between its `starts` and `ends`, the substitute holds
    the absent person's own business bucket.

    `lead_days` before and `trail_days` after, the substitute holds it too, and may only read. Who
    substitutes a substitute holds what they substitute as well, through at most `depth` of them,
    while all of these substitutions last. Never the personal bucket, and never what the absent
    person holds for another reason.

    A row with `only_listed` is for the rows alone that it lists (the row term Lent): the substitute
    holds its lent bucket instead, and nothing of what the absent person substitutes.
    """

    entity: str
    absent: str
    substitute: str
    active: str
    starts: str
    ends: str
    lead_days: str
    trail_days: str
    depth: int = 3
    only_listed: str | None = None


@dataclass(frozen=True)
class Rules:
    """The audience of an active rule holds its bucket between its `starts` and `ends`.

    A row of `entity` is a rule: `target` names an entity with the term Ruled, `condition` is the
    data of syncengine.model.condition_data, `audience` refers to one of the schema's Audiences.
    """

    entity: str
    target: str
    condition: str
    audience: str
    active: str
    starts: str
    ends: str


@dataclass(frozen=True)
class Audiences:
    """Groups of people, for rules and facets: by themselves they grant nothing.

    Rows of `entity` are audiences, known by `number`. Rows of `members` say who is in one:
    `person`, and with `below` everybody whom that person leads.
    """

    entity: str
    number: str
    members: str
    audience: str
    person: str
    below: str


@dataclass(frozen=True)
class AddressedTo:
    """Whom a row of `entity` names in `person` holds the row that it refers to by `content`, which
    has the term Addressed, and what follows that one. Substitutes do not.
    """

    entity: str
    content: str
    person: str


GrantTerm = Subtree | Substitution | Rules | Audiences | AddressedTo


@dataclass(frozen=True)
class Grant:
    """A person may hold `bucket` because of `reason`, during `hold`, and work on it during `write`.

    via: whose rows these are, or the rule that selects or the row that addresses them (zero:
    nobody's). path: who stands
    between in a chain of substitutions, from the person on.
    """

    bucket: BucketName
    reason: Reason
    via: bytes
    hold: Window = ALWAYS
    write: Window = ALWAYS
    path: tuple[bytes, ...] = ()
