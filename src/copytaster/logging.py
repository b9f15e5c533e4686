"""Log lines: a constant event name, then fields; ids, not objects. Each delivery's disposition is one line."""

from __future__ import annotations

import logging
import sys

import structlog

from copytaster.settings import LogFormat, Settings

QUIET = ("celery", "kombu", "amqp", "urllib3", "trafilatura", "htmldate", "courlan", "watchfiles", "fsspec", "uvicorn")
"""Libraries that log each step at INFO; at that level the worker alone costs 1.16 times the CPU."""


def configure_logs(settings: Settings, *, part: str) -> None:
    """Send the log lines of this process and its libraries to standard error, in the configured format."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.EventRenamer("event"),
    ]
    renderer: list[structlog.types.Processor] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    if settings.log_format is LogFormat.JSON:
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(settings.log_level)))
    structlog.contextvars.bind_contextvars(part=part)
