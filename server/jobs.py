"""What the server does by the clock, without anybody asking."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib import import_module

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from server import export_files
from server.importer import brought
from server.logs import logger
from server.problem import Problem
from server.settings import Settings
from server.watching import Watching, Work
from syncengine.model.errors import SyncError
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.module import Module
from syncengine.model.windows import DAY
from syncengine.store.blob_collection import Collector
from syncengine.store.bulk_steps import resume
from syncengine.store.compaction import Retention, compact
from syncengine.store.deadlines import take_deadlines
from syncengine.store.errands import Errands
from syncengine.store.files import Files
from syncengine.store.list_index import ListIndex
from syncengine.store.store import Store
from syncengine.store.sync_log import SyncLog

EVERY_SECONDS = 20  # boundaries in time take effect to the minute
LISTS_SECONDS = 5  # until then lists look at the rows that changed by themselves
COMPACT_SECONDS = 300
FileWork = Callable[[Store, Files, int], int]  # the same, of one that works with files
BATCHES = 100  # of compaction or deadlines in one run: some seconds


def retention_of(settings: Settings) -> Retention:
    """How long things are kept."""
    return Retention(
        left=settings.left_days * DAY,
        answers=settings.answers_days * DAY,
        history=settings.history_days * DAY or None,
    )


@dataclass(frozen=True)
class Status:
    """A job as this process knows it. began, took: of the last run that is over, since the process
    started (microseconds; began empty: there was none). error: why that run failed, empty where it
    did not. next: when it runs by itself again; empty while it runs, or while the jobs stand still.
    """

    name: str
    seconds: int
    began: int | None = None
    took: int = 0
    error: str = ""
    next: int | None = None


@dataclass(frozen=True)
class _Job:
    """failed: what the log calls it when it did not work."""

    work: Callable[[], None]
    seconds: int
    failed: str


def _of_modules(modules: Iterable[Module], files: Files | None) -> Iterator[tuple[str, Work]]:
    """(name, work) of the jobs that modules bring, as `module.job`; those of FILE_JOBS where there
    are files. What WATCHED names looks after rows of its entities changed. Problem: one gives none.
    """
    for module in modules:
        if module.jobs is None:
            continue
        brings = import_module(module.jobs)
        found = getattr(brings, "JOBS", None)
        if not isinstance(found, dict):
            raise Problem("module.invalid", f"{module.jobs} gives no JOBS for the server.")
        watched: Mapping[str, Collection[str]] = getattr(brings, "WATCHED", {})
        for name, work in found.items():
            watching = Watching(work, watched[name]) if name in watched else work
            yield f"{module.name}.{name}", watching
        with_files: Mapping[str, FileWork] = getattr(brings, "FILE_JOBS", {})
        if files is not None:
            for name, work in with_files.items():
                yield f"{module.name}.{name}", partial(_with_files, work, files)


def _with_files(work: FileWork, files: Files, store: Store, batches: int) -> int:
    return work(store, files, batches)


class Jobs:
    """The jobs of one server process, between `start` and `stop`.

    Several processes may run them: whoever gets the clock's lock first passes the time, and the
    others find nothing left to do. What was missed while no process ran is made up at the start.
    """

    def __init__(
        self,
        store: Store,
        retention: Retention,
        log: SyncLog | None = None,
        collector: Collector | None = None,
        files: Files | None = None,
    ) -> None:
        self._store = store
        self._retention = retention
        self._log = log or SyncLog(store)
        self._jobs = {
            "time": _Job(self._pass_time, EVERY_SECONDS, "time_not_passed"),
            "deadlines": _Job(self._take_deadlines, EVERY_SECONDS, "deadlines_not_taken"),
            "changes": _Job(self._resume, EVERY_SECONDS, "bulk_not_finished"),
            "rest": _Job(self._settle_rest, EVERY_SECONDS, "rest_not_settled"),
            "syncs": _Job(self._write_syncs, EVERY_SECONDS, "syncs_not_written"),
            "lists": _Job(self._index_lists, LISTS_SECONDS, "lists_not_indexed"),
            "compaction": _Job(self._compact, COMPACT_SECONDS, "not_compacted"),
        }
        if collector is not None:
            work = partial(self._collect, collector)
            self._jobs["blobs"] = _Job(work, COMPACT_SECONDS, "blobs_not_collected")
        for name, brings in _of_modules(store.schema.modules, files):
            does = partial(self._of_module, name, brings)
            self._jobs[name] = _Job(does, EVERY_SECONDS, "module_job_failed")
        self._lock = threading.Lock()
        self._known = {name: Status(name, job.seconds) for name, job in self._jobs.items()}
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        """Make up for what was missed, then go on by the clock."""
        for name, job in self._jobs.items():
            if job.seconds == EVERY_SECONDS:
                self.run(name)
            every = IntervalTrigger(seconds=job.seconds)
            self._scheduler.add_job(self.run, every, (name,), id=name)
        self._scheduler.start()

    def stop(self) -> None:
        """End after the job that runs."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            self.run("syncs")

    def run(self, name: str) -> None:
        """One job, here and now. What the store refuses is logged and in its status; KeyError."""
        job, began, error = self._jobs[name], self._store.environment.now(), "unexpected"
        try:
            job.work()
            error = ""
        except SyncError as refused:  # busy: the next run finds it still to be done
            logger().warning(job.failed, code=refused.code, detail=refused.detail)
            error = refused.detail
        finally:
            took = self._store.environment.now() - began
            with self._lock:
                done = replace(self._known[name], began=began, took=max(took, 0), error=error)
                self._known[name] = done

    def hasten(self, name: str) -> bool:
        """Have a job run at once, after the one that runs; whether the jobs are running at all.
        KeyError.
        """
        self._known[name]
        job = self._scheduler.get_job(name) if self._scheduler.running else None
        if job is not None:
            job.modify(next_run_time=datetime.now(job.trigger.timezone))
        return job is not None

    def statuses(self) -> list[Status]:
        """Of every job."""
        with self._lock:
            known = list(self._known.values())
        return [replace(status, next=self._next(status.name)) for status in known]

    def _next(self, name: str) -> int | None:
        job = self._scheduler.get_job(name) if self._scheduler.running else None
        due = job.next_run_time if job is not None else None
        return None if due is None else (due - EPOCH) // MICROSECOND

    def _pass_time(self) -> None:
        """Substitutions begin and end. Without a boundary that lies behind, it is one read."""
        if self._store.is_overdue():
            self._store.pass_time()
            logger().info("time_passed", version=self._store.status().version)

    def _take_deadlines(self) -> None:
        """Rows whose lifecycle has a step for when an instant has come take it."""
        taken = take_deadlines(self._store, batches=BATCHES)
        if taken:
            logger().info("deadlines_taken", rows=taken)

    def _resume(self) -> None:
        """Finish bulk changes that were decided; with whoever is at it already."""
        for written in resume(self._store):
            logger().info("bulk_finished", label=written.label, refused=len(written.refused))

    def _settle_rest(self) -> None:
        """Move what large rules and ended windows still have to move, commit by commit; devices
        come in between.
        """
        if self._store.unsettled():
            logger().info("rest_settled", commits=self._store.settle_rest())

    def _write_syncs(self) -> None:
        """Put on record what the syncs of this process were like."""
        self._log.write()

    def _index_lists(self) -> None:
        """Put what changed into the index of lists; a new one is made in several runs."""
        ListIndex(self._store).catch_up(BATCHES)

    def _collect(self, collector: Collector) -> None:
        """Drop uploads that were never finished and blobs that nothing refers to."""
        gone = collector.collect(BATCHES)
        if gone:
            logger().info("blobs_collected", blobs=gone)

    def _of_module(self, name: str, work: Work) -> None:
        """What a module does by the clock."""
        rows = work(self._store, BATCHES)
        if rows:
            logger().info("module_job_done", job=name, rows=rows)

    def _compact(self) -> None:
        """Drop some of what is older than it is kept; the other jobs do not wait for all of it."""
        Errands(self._store).drop_old()
        brought.drop_old(self._store)
        export_files.drop_old(self._store)
        dropped = compact(self._store, self._retention, batches=BATCHES)
        if any(dropped.values()):
            logger().info("compacted", **{k.replace(" ", "_"): n for k, n in dropped.items()})
