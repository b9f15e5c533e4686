from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from copytaster_cli.processes.log_files import LogFiles

INFO = "2026-01-01T00:00:00Z [info     ] file.taken\n"
ERROR = "2026-01-01T00:00:00Z [error    ] task.failed\n"


def write(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)


def test_the_log_of_the_run_before_is_kept_as_one_earlier_file(tmp_path: Path) -> None:
    for run in ("first", "second", "third"):
        write(LogFiles(tmp_path / "logs").create("worker"), run)

    assert {file.name: file.read_text() for file in (tmp_path / "logs").iterdir()} == {
        "worker.log": "third",
        "worker.log.1": "second",
    }


def test_only_the_user_can_read_logs(tmp_path: Path) -> None:
    file = LogFiles(tmp_path).create("worker")

    assert file.stat().st_mode & 0o777 == 0o600


def test_each_error_is_returned_once_and_when_its_line_is_complete(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    worker, api = logs.create("worker"), logs.create("api")
    write(worker, INFO + ERROR + "2026-01-01T00:00:00Z [critical ] can")
    write(api, INFO)

    first = list(logs.new_errors())
    write(worker, "not decode\n")
    second = list(logs.new_errors())

    assert first == [(worker, ERROR.rstrip())]
    assert second == [(worker, "2026-01-01T00:00:00Z [critical ] cannot decode")]
    assert list(logs.new_errors()) == []


def test_a_large_log_is_rotated_while_its_process_writes(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path, most_bytes=10)
    file = logs.create("worker")
    with file.open("a") as process:
        process.write("before the rotation\n")
        process.flush()
        logs.rotate()
        process.write(ERROR)
        process.flush()

    assert (tmp_path / "worker.log.1").read_text() == "before the rotation\n"
    assert file.read_text() == ERROR
    assert [line for _, line in logs.new_errors()] == [ERROR.rstrip()]


def test_errors_are_found_in_a_log_that_another_program_has_emptied(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path)
    file = logs.create("worker")
    write(file, INFO * 5)
    before = list(logs.new_errors())
    file.write_text(ERROR)

    assert before == []
    assert list(logs.new_errors()) == [(file, ERROR.rstrip())]


def test_a_log_that_a_person_has_removed_is_passed_over(tmp_path: Path) -> None:
    logs = LogFiles(tmp_path, most_bytes=10)
    removed, other = logs.create("worker"), logs.create("api")
    removed.unlink()
    write(other, ERROR)

    errors = list(logs.new_errors())
    logs.rotate()

    assert errors == [(other, ERROR.rstrip())]
    assert (tmp_path / "api.log.1").read_text() == ERROR


def test_a_log_that_cannot_be_copied_stays_as_it_is_and_is_rotated_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = LogFiles(tmp_path, most_bytes=10)
    file = logs.create("worker")
    write(file, ERROR)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", full)
        logs.rotate()
    kept = file.read_text()
    logs.rotate()

    assert kept == ERROR
    assert (file.read_text(), (tmp_path / "worker.log.1").read_text()) == ("", ERROR)
