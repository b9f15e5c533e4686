from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog

from copytaster.clock import ManualClock
from copytaster.logging import configure_logs
from copytaster.settings import LogFormat, Settings
from copytaster_api.log_limit import INTERVAL_SECONDS, MAX_LINES, LogLimit

SECRET = "embargoed until Monday"  # it is the text of an article


@pytest.fixture(params=list(LogFormat))
def output(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[io.StringIO]:
    """Give what is logged in each format, with the limit."""
    root = logging.getLogger()
    before, stream = list(root.handlers), io.StringIO()
    configure_logs(Settings(log_format=request.param), part="api", stream=stream)
    root.handlers[0].addFilter(LogLimit(clock))
    yield stream
    root.handlers = before
    structlog.reset_defaults()


def fail(article_text: str) -> None:
    raise ZeroDivisionError(f"{len(article_text)} characters")


def log_failure(path: str) -> None:
    try:
        fail(SECRET)
    except ZeroDivisionError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application for %s", path)


def test_an_error_is_logged_without_local_variables(output: io.StringIO) -> None:
    log_failure("/api/v1/status")

    assert "ZeroDivisionError: 22 characters" in output.getvalue()
    assert "test_log_limit.py" in output.getvalue()
    assert SECRET not in output.getvalue()


def test_lines_of_one_kind_are_limited_and_the_suppressed_ones_counted(output: io.StringIO, clock: ManualClock) -> None:
    for number in range(100):
        log_failure(f"/path/{number}")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    lines = output.getvalue()
    assert lines.count("Exception in ASGI application") == MAX_LINES
    assert lines.count("Invalid HTTP request") == 1

    clock.advance(seconds=INTERVAL_SECONDS)
    log_failure("/path/last")

    assert f"/path/last ({100 - MAX_LINES} such lines were suppressed)" in output.getvalue()


def test_of_the_lines_about_changes_none_is_suppressed_and_of_those_about_refusals_most_are(
    output: io.StringIO,
) -> None:
    for number in range(20):
        structlog.get_logger().info("audit.change", target=f"a{number}")
        structlog.get_logger().info("audit.refused", target=f"a{number}")

    assert output.getvalue().count("audit.change") == 20
    assert output.getvalue().count("audit.refused") == MAX_LINES


def test_lines_of_this_program_are_limited_by_their_event(output: io.StringIO, clock: ManualClock) -> None:
    for number in range(20):
        structlog.get_logger().warning("heartbeat.failed", why=f"reason {number}")
    clock.advance(seconds=INTERVAL_SECONDS)
    structlog.get_logger().warning("heartbeat.failed", why="the last reason")

    assert output.getvalue().count("heartbeat.failed") == MAX_LINES + 1
    assert str(20 - MAX_LINES) in output.getvalue().splitlines()[-1]
