"""Group commit: whoever gets the turn commits for all that wait (bounded), one at a time a
process.
"""

from __future__ import annotations

import threading

import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.model.errors import Busy
from syncengine.model.manifest import Schema
from syncengine.store.author import Job
from syncengine.store.commit import Commit
from syncengine.store.database import writing
from syncengine.store.signals import Signals

MAX_WAITING_JOBS = 512
MAX_JOBS_PER_COMMIT = 50


class Writer:
    """The one write path of a process."""

    def __init__(
        self,
        engine: sa.Engine,
        schema: Schema,
        tables: dict[str, sa.Table],
        environment: Environment,
        signals: Signals,
    ) -> None:
        self._engine = engine
        self._schema = schema
        self._tables = tables
        self._environment = environment
        self._signals = signals
        self._turn = threading.Lock()
        self._guard = threading.Lock()
        self._waiting: list[Job] = []
        self._done: set[int] = set()

    def submit(self, job: Job) -> None:
        """Return once the job is durable; raise its error. Busy when too many wait already."""
        with self._guard:
            if len(self._waiting) >= MAX_WAITING_JOBS:
                raise Busy("Too many changesets are waiting; try again in a moment.")
            self._waiting.append(job)
        with self._turn:
            while id(job) not in self._done:
                self._commit(self._take())
            self._done.discard(id(job))
        if job.error is not None:
            raise job.error

    def _take(self) -> list[Job]:
        with self._guard:
            taken, self._waiting = (
                self._waiting[:MAX_JOBS_PER_COMMIT],
                self._waiting[MAX_JOBS_PER_COMMIT:],
            )
        return taken

    def _commit(self, jobs: list[Job]) -> None:
        """All together; when the database objects to that, each by itself."""
        try:
            self._commit_together(jobs)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].error = error
            else:
                for job in jobs:
                    self._commit([job])
        self._done |= {id(job) for job in jobs}

    def _commit_together(self, jobs: list[Job]) -> None:
        with writing(self._engine) as connection:
            commit = Commit(connection, self._schema, self._tables, self._environment)
            answers = commit.run(jobs)
            self._environment.reached("server.before_commit")
        self._environment.reached("server.committed")
        if commit.stamped:
            self._signals.committed()
        for job, (verdicts, error) in zip(jobs, answers, strict=True):
            job.answer, job.error = verdicts, error
