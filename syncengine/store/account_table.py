"""The tables of sign-in: what of an office user is secret, and therefore no row."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

# hash: Argon2id, with its salt and parameters. expires: of a one-time password, which is to be
# changed at the first sign-in; empty: an own one. signed_in: when that was done last.
account_secret = sa.Table(
    "account_secret",
    CORE,
    sa.Column("office_user", ID, primary_key=True),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("expires", sa.BigInteger),
    sa.Column("signed_in", sa.BigInteger),
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

# What another system sends instead of signing in. hash: the SHA-256 of the token. entities: a JSON
# list of those that it is for; empty: all. seen: to the minute. made_by: empty: the operator.
api_token = sa.Table(
    "api_token",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("hash", Bytes(32), nullable=False, unique=True),
    sa.Column("office_user", ID, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("read_only", sa.Boolean, nullable=False),
    sa.Column("entities", sa.Text),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("made_by", ID),
    sa.Column("expires", sa.BigInteger, nullable=False),
    sa.Column("revoked", sa.BigInteger),
    sa.Column("seen", sa.BigInteger),
)

# Answers to changesets of the office that may be sent again (store/office.py). asked: the hash of
# the request. decided: the clock then. payload: the verdict, and which rows it was about.
office_answer = sa.Table(
    "office_answer",
    CORE,
    sa.Column("changeset", ID, primary_key=True),
    sa.Column("asked", Bytes(32), nullable=False),
    sa.Column("decided", sa.BigInteger, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
    sa.Column("payload", Bytes, nullable=False),
    sa.Index("office_answer_decided", "decided"),
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
