"""The history keeps when a device's changeset was made, as estimated; what waits for the office is
a queue of its own.

Entries of before have no estimate: they count as made when they were received. Work quarantined
before comes into the queue without the values that it met; who did it is the seat's person.
"""

from __future__ import annotations

from typing import Any

import msgpack
import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None

OPERATIONS, VERSION = 10, 7  # places in a changeset's body
OBJECTIONS = 5  # place in a verdict


def upgrade() -> None:
    op.add_column("changeset", sa.Column("edited", sa.BigInteger(), nullable=True))
    op.create_table(
        "review",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("changeset", sa.LargeBinary(length=16), nullable=False),
        sa.Column("incarnation", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("principal", sa.LargeBinary(length=16), nullable=True),
        sa.Column("base", sa.BigInteger(), nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=False),
        sa.Column("edited", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("lines", sa.LargeBinary(), nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index("review_queue", "review", ["kind", "state", "number"])
    _queue_earlier(op.get_bind())


def _queue_earlier(connection: sa.Connection) -> None:
    rows = connection.execute(
        sa.text(
            "SELECT v.incarnation, v.changeset, v.decided, v.received, v.payload, v.body, s.person"
            " FROM verdict v JOIN incarnation i ON i.id = v.incarnation"
            " JOIN seat s ON s.id = i.seat WHERE v.outcome = 'quarantined'"
            " ORDER BY v.received, v.incarnation, v.sequence"
        )
    ).all()
    for number, row in enumerate(rows, 1):
        wire = msgpack.unpackb(row.body, raw=False)
        objections = msgpack.unpackb(row.payload, raw=False)[OBJECTIONS]
        entry: dict[str, Any] = {
            "number": number,
            "changeset": row.changeset,
            "incarnation": row.incarnation,
            "person": row.person,
            "base": min(wire[VERSION], row.decided),
            "judged": row.decided + 1,
            "received": row.received,
            "body": msgpack.packb(wire[OPERATIONS], use_bin_type=True),
            "lines": msgpack.packb([]),
            "reasons": msgpack.packb([[code, detail] for _, code, detail, _ in objections]),
        }
        connection.execute(
            sa.text(
                "INSERT INTO review (number, kind, state, changeset, incarnation, person,"
                " principal, base, judged, edited, received, body, lines, reasons, reason) VALUES"
                " (:number, 'quarantine', 'open', :changeset, :incarnation, :person, :person,"
                " :base, :judged, :received, :received, :body, :lines, :reasons, '')"
            ),
            entry,
        )
