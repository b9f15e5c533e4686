"""Log lines: a constant event name, then fields; ids, not objects. Each delivery's disposition is one line.

In the console format, records of libraries and Python's warnings are reduced to one line each.
"""

from __future__ import annotations

import logging
import sys
import traceback
from typing import TextIO

import structlog

from copytaster.model.printable_text import escape
from copytaster.settings import LogFormat, Settings

QUIET = ("celery", "kombu", "amqp", "urllib3", "trafilatura", "htmldate", "courlan", "fsspec", "uvicorn")
"""Libraries that log each step at INFO; at that level the worker alone costs 1.16 times the CPU."""


def log_to_stderr() -> None:
    """Write the log lines of a command to standard error: its results go to standard output, for programs to read."""
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))


def configure_logs(settings: Settings, *, part: str, stream: TextIO | None = None) -> None:
    """Write the log lines of this process and its libraries in the configured format.

    ``stream`` is where they go, standard error if it is None.
    """
    stream = stream or sys.stderr
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.EventRenamer("event"),
    ]
    renderer: list[structlog.types.Processor] = [
        # Plain tracebacks: the default prints local variables as well, and so the contents of files.
        escape_strings,
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback),
    ]
    foreign = [*shared, one_line]
    if settings.log_format is LogFormat.JSON:
        foreign = shared
        renderer = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=foreign,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    _omit_details(settings.log_level)
    logging.captureWarnings(capture=True)
    structlog.contextvars.bind_contextvars(part=part)


def _omit_details(level: str) -> None:
    """Leave out what libraries log of each step, and fields of records that no format has: reading them takes time."""
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def escape_strings(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Escape control characters in the values, which may contain names of files; JSON has escapes of its own."""
    return {key: escape(value) if isinstance(value, str) else value for key, value in event.items()}


def one_line(_: object, __: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Reduce a library's record to one line: its message without line breaks, the error, and where it was raised."""
    event["event"] = " ".join(str(event["event"]).split())
    event.pop("stack_info", None)
    error = (event.pop("exc_info", None) or (None, None, None))[1]
    if error is not None:
        event["error"] = " ".join(f"{type(error).__name__}: {error}".split())
        for frame in traceback.extract_tb(error.__traceback__)[-1:]:
            event["raised_at"] = f"{frame.filename}:{frame.lineno}"
    return event
