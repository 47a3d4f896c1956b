"""The tables of sign-in: what of an office user is secret, and therefore no row."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

# hash: Argon2id, with its salt and parameters. expires: of a one-time password, which is to be
# changed at the first sign-in; empty: an own one.
account_secret = sa.Table(
    "account_secret",
    CORE,
    sa.Column("office_user", ID, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger),
)

# token: the SHA-256 of what the browser has. seen: to the minute.
session = sa.Table(
    "session",
    CORE,
    sa.Column("token", Bytes(32), primary_key=True),
    sa.Column("office_user", ID, nullable=False),
    sa.Column("began", sa.BigInteger, nullable=False),
    sa.Column("seen", sa.BigInteger, nullable=False),
    sa.Index("session_user", "office_user"),
    sa.Index("session_seen", "seen"),
)

# subject: a digest of the name or address, so that a password typed as a name is not kept.
sign_in_attempt = sa.Table(
    "sign_in_attempt",
    CORE,
    sa.Column("subject", Bytes(32), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Index("sign_in_attempt_until", "until"),
)
