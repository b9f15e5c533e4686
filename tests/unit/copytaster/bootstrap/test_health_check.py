"""What ends the main process of an unhealthy container, with real processes in the place of its main process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from copytaster.bootstrap.health_check import Strikes, main
from copytaster.system.main_process import end, main_process, seconds_since_start


def test_unhealthy_results_are_counted_until_a_healthy_one(tmp_path: Path) -> None:
    begun_before = Strikes(tmp_path).have_begun

    assert [Strikes(tmp_path).add() for _ in range(3)] == [1, 2, 3]

    Strikes(tmp_path).clear()

    assert not begun_before
    assert Strikes(tmp_path).have_begun
    assert Strikes(tmp_path).add() == 1


def test_a_count_that_cannot_be_read_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "copytaster-unhealthy").write_text("", encoding="ascii")

    assert Strikes(tmp_path).add() == 1


def test_a_process_that_ignores_the_request_to_end_is_killed() -> None:
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        assert 0 <= seconds_since_start(process.pid) < 600

        end(process.pid, grace=0.1)

        assert process.wait() == -signal.SIGKILL


def test_the_main_process_is_a_child_of_init() -> None:
    found = main_process()

    assert found is None or found != os.getpid()


def test_an_api_that_does_not_answer_is_unhealthy_and_nothing_is_counted_unless_it_may_be_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("COPYTASTER_API_PORT", str(reserved.getsockname()[1]))
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

        assert main(["api"]) == 1

    assert "/livez of the API does not answer" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
