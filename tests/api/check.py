"""Asks a real server, on each kind of database, whatever schemathesis makes of its description.

`python3 dev.py api-check`, with `--seed N`, `--examples N` (of a call), `--database sqlite`. It
fails at: an answer that is not as described, a wrong request that is taken, a right one that is not
understood, a call without a token that is answered, anything of 500 and above.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.processes import serving
from server.accounts.api_tokens import ApiTokens
from server.accounts.directory import make_first
from server.compose import open_store
from server.cursor import cursor_of
from server.settings import load_settings
from syncengine.model.ids import to_text
from syncengine.store.listing import Listed
from syncengine.store.scope import Scope
from tests.server.conftest import fill
from tests.server.wire import WORLD
from tests.support.postgres import empty_database, launch

PLACE = cursor_of(None, Listed(bytes(6) + b"\x70\0\x80" + bytes(7), 1, {}))  # of any list
CONFIG = Path(__file__).with_name("schemathesis.toml")
DATABASES = ("sqlite", "postgresql")
# Every type of field, with key and without, and what refers to what: the others add none.
KINDS = ("market", "customer", "appointment", "article", "expense_type", "rule", "employee")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An empty one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'server.db'}"
        return
    with launch() as cluster, empty_database(cluster, "api_check") as url:
        yield url


def check(kind: str, seed: int, examples: int) -> int:
    """Run it on one kind of database; 0 when there is nothing to complain about."""
    found = shutil.which("schemathesis", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if found is None:
        raise SystemExit("schemathesis is not installed: use `python3 dev.py api-check`")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary, database(kind, Path(temporary)) as url:
        folder = Path(temporary)
        with open_store(load_settings(None, {}, database=url), WORLD, migrated=True) as store:
            people, _ = fill(store)
            user = make_first(store, "integrator")
            token = ApiTokens(store).make(None, user, "check", Scope(False, frozenset(KINDS)), 1)
        os.environ["SYNCENGINE_API_PER_MINUTE"] = "1000000"
        log = folder / "server.log"
        with serving(url, log) as (address, _):
            environment = {**os.environ, "API_TOKEN": token, "API_URL": f"{address}/api/v1",
                           "API_ROW": to_text(people["279"]), "API_PLACE": PLACE}  # fmt: skip
            command = [
                found, "--config-file", str(CONFIG), "run", f"{address}/api/v1/openapi.json",
                "--seed", str(seed), "--max-examples", str(examples),
            ]  # fmt: skip
            status = subprocess.run(command, env=environment, cwd=folder).returncode
        lines = [json.loads(line) for line in log.read_text().splitlines()]
    failed = [line for line in lines if line["event"] == "internal_error"]
    said = "is content" if not status else "complains"
    took = time.monotonic() - began
    _say(f"{kind}: schemathesis {said}, {len(failed)} internal errors, {took:.0f} s")
    for line in failed[:5]:
        _say(line.get("exception", line))
    return int(bool(status or failed))


def _say(text: object) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--database", choices=DATABASES)
    given = parser.parse_args()
    kinds = [given.database] if given.database else DATABASES
    return max(check(kind, given.seed, given.examples) for kind in kinds)


if __name__ == "__main__":
    sys.exit(main())
