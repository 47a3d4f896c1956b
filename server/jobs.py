"""What the server does by the clock, without anybody asking."""

from __future__ import annotations

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from server.logs import logger
from server.settings import Settings
from syncengine.model.errors import SyncError
from syncengine.model.windows import DAY
from syncengine.store.bulk_steps import resume
from syncengine.store.compaction import Retention, compact
from syncengine.store.deadlines import take_deadlines
from syncengine.store.store import Store

EVERY_SECONDS = 20  # boundaries in time take effect to the minute
COMPACT_SECONDS = 300
BATCHES = 100  # of compaction or deadlines in one run: some seconds


def retention_of(settings: Settings) -> Retention:
    """How long things are kept."""
    return Retention(
        left=settings.left_days * DAY,
        answers=settings.answers_days * DAY,
        history=settings.history_days * DAY or None,
    )


class Jobs:
    """The jobs of one server process, between `start` and `stop`.

    Several processes may run them: whoever gets the clock's lock first passes the time, and the
    others find nothing left to do. What was missed while no process ran is made up at the start.
    """

    def __init__(self, store: Store, retention: Retention) -> None:
        self._store = store
        self._retention = retention
        self._scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )

    def start(self) -> None:
        """Make up for what was missed, then go on by the clock."""
        for job in (self._pass_time, self._take_deadlines, self._resume, self._settle_rest):
            job()
            self._scheduler.add_job(job, IntervalTrigger(seconds=EVERY_SECONDS))
        self._scheduler.add_job(self._compact, IntervalTrigger(seconds=COMPACT_SECONDS))
        self._scheduler.start()

    def stop(self) -> None:
        """End after the job that runs."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def _pass_time(self) -> None:
        """Substitutions begin and end. Without a boundary that lies behind, it is one read."""
        try:
            if self._store.is_overdue():
                self._store.pass_time()
                logger().info("time_passed", version=self._store.status().version)
        except SyncError as error:  # busy: the next run, or a device, finds it still overdue
            logger().warning("time_not_passed", code=error.code, detail=error.detail)

    def _take_deadlines(self) -> None:
        """Rows whose lifecycle has a step for when an instant has come take it."""
        try:
            taken = take_deadlines(self._store, batches=BATCHES)
            if taken:
                logger().info("deadlines_taken", rows=taken)
        except SyncError as error:
            logger().warning("deadlines_not_taken", code=error.code, detail=error.detail)

    def _resume(self) -> None:
        """Finish bulk changes that were decided; with whoever is at it already."""
        try:
            for written in resume(self._store):
                refused = len(written.refused)
                logger().info("bulk_finished", label=written.label, refused=refused)
        except SyncError as error:
            logger().warning("bulk_not_finished", code=error.code, detail=error.detail)

    def _settle_rest(self) -> None:
        """Move what large rules and ended windows still have to move, commit by commit; devices
        come in between.
        """
        try:
            if self._store.unsettled():
                commits = self._store.settle_rest()
                logger().info("rest_settled", commits=commits)
        except SyncError as error:
            logger().warning("rest_not_settled", code=error.code, detail=error.detail)

    def _compact(self) -> None:
        """Drop some of what is older than it is kept; the other jobs do not wait for all of it."""
        try:
            dropped = compact(self._store, self._retention, batches=BATCHES)
            if any(dropped.values()):
                logger().info("compacted", **{k.replace(" ", "_"): n for k, n in dropped.items()})
        except SyncError as error:
            logger().warning("not_compacted", code=error.code, detail=error.detail)
