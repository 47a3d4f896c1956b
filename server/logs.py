"""Structured logs: one JSON object a line for machines, aligned text for a person at a console."""

from __future__ import annotations

import logging
import sys
from typing import TextIO, cast

import structlog
from structlog.typing import Processor

from server.settings import Settings


def configure_logs(settings: Settings, stream: TextIO | None = None, quiet: bool = False) -> None:
    """Send everything, uvicorn's own lines included, to `stream` (standard error by default).

    quiet: errors only, for commands that print their own result.
    """
    out = stream or sys.stderr
    level = logging.ERROR if quiet else getattr(logging, settings.log_level.upper())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=_plain)
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        foreign_pre_chain=shared,
    )
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # uvicorn's start and stop lines are told by our own events already
    root.setLevel(max(level, logging.WARNING))


def _plain(out: TextIO, error: object) -> None:
    out.write(str(error))


def logger() -> structlog.typing.FilteringBoundLogger:
    """The logger that all of server/ uses."""
    return cast(structlog.typing.FilteringBoundLogger, structlog.get_logger())
