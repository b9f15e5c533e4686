from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator

import pytest
import structlog

from copytaster.logging import configure_logs
from copytaster.settings import LogFormat, Settings


@pytest.fixture(autouse=True)
def own_logging() -> Iterator[None]:
    """Put logging back as it was: it is one for the whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.mark.parametrize("log_format", LogFormat)
def test_marks_of_direction_and_control_characters_are_escaped(
    capsys: pytest.CaptureFixture[str], log_format: LogFormat
) -> None:
    configure_logs(Settings(log_format=log_format), part="watcher")

    structlog.get_logger("test").warning("file.blocked", path="evil\u202etxt.exe", why="\x1b[31mno\u2066way")
    logging.getLogger("library").warning("about evil\u202etxt.exe")

    lines = capsys.readouterr().err
    assert lines.count("evil\\u202etxt.exe") == 2
    assert "\\u001b[31mno\\u2066way" in lines
    assert not {"\u202e", "\u2066", "\x1b"} & set(lines)


def test_json_lines_carry_event_part_level_time_and_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_format=LogFormat.JSON), part="watcher")

    structlog.get_logger("test").info("file.taken", path="wire/Żółw.txt")

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["part"], line["level"], line["path"]) == (
        "file.taken",
        "watcher",
        "info",
        "wire/Żółw.txt",
    )
    assert line["timestamp"].endswith("Z")


def test_lines_of_libraries_have_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_format=LogFormat.JSON), part="worker")

    logging.getLogger("some.library").warning("it is %s", "late")

    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["part"], line["level"]) == ("it is late", "worker", "warning")


def test_a_traceback_of_a_library_is_one_line_with_error_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(), part="worker")

    try:
        int("made up")
    except ValueError:
        logging.getLogger("some.library").exception("cannot connect:\n\n  trying again")

    (line,) = capsys.readouterr().err.splitlines()
    assert "cannot connect: trying again" in line
    assert "ValueError: invalid literal" in line
    assert f"raised_at={__file__}:" in line


def test_a_warning_of_a_library_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(), part="worker")

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("this is\ndeprecated", DeprecationWarning, stacklevel=1)

    (line,) = capsys.readouterr().err.splitlines()
    assert "DeprecationWarning: this is deprecated" in line
    assert "[warning" in line


def test_chatty_libraries_and_low_levels_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_level="INFO"), part="worker")

    logging.getLogger("celery.worker").info("each step")
    structlog.get_logger("test").debug("details")

    assert capsys.readouterr().err == ""


def test_configuring_twice_says_everything_once(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logs(Settings(log_format=LogFormat.JSON), part="api")

    structlog.get_logger("test").warning("once")

    assert capsys.readouterr().err.count("\n") == 1


def test_a_fault_is_logged_in_one_line_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(Settings(log_format=LogFormat.JSON), part="worker")

    try:
        int("made up")
    except ValueError:
        structlog.get_logger("test").exception("delivery.failed")

    line = json.loads(capsys.readouterr().err)
    assert "ValueError: invalid literal" in line["exception"]
