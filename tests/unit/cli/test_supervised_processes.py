"""Real processes, small ones: what the kernel does with groups and signals is the point."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from copytaster_cli.processes.process import Command, Process
from copytaster_cli.processes.signals import TerminationSignals
from copytaster_cli.processes.supervisor import Supervisor, TreeFailedError

DEADLINE = 20.0


def python(name: str, code: str) -> Command:
    return Command(name=name, arguments=(sys.executable, "-S", "-c", code), environ={})


def until(condition: Callable[[], bool]) -> Iterator[None]:
    """Yield steps that end when the condition holds, and fail the test when it does not in time."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        yield


def wait(condition: Callable[[], bool]) -> None:
    for _ in until(condition):
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether the process has ended; a zombie that its new parent has not yet buried has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def interrupts() -> TerminationSignals:
    return TerminationSignals()


@pytest.fixture
def supervisor(interrupts: TerminationSignals) -> Iterator[Supervisor]:
    made = Supervisor(interrupts, structlog.get_logger())
    yield made
    made.bring_down(("it",), grace=0.0)


def pids_in(file: Path) -> list[int]:
    """Return the process ids that the children have noted, whole lines only."""
    return [int(each) for each in file.read_text().split("\n")[:-1]] if file.exists() else []


def note_pid(file: Path) -> str:
    return f"import os; f = open({str(file)!r}, 'a'); f.write(f'{{os.getpid()}}\\n'); f.close()"


def test_a_killed_process_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    supervisor.start(python("it", f"{note_pid(noted)}; import time; time.sleep(60)"))
    supervisor.run(until(lambda: len(pids_in(noted)) == 1))

    os.kill(pids_in(noted)[0], signal.SIGKILL)
    supervisor.run(until(lambda: len(pids_in(noted)) == 2))

    assert len(set(pids_in(noted))) == 2


def test_a_process_that_is_killed_three_times_is_in_a_restart_loop(supervisor: Supervisor, tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    supervisor.start(python("it", f"{note_pid(noted)}; import time; time.sleep(60)"))
    loops = []
    for nth in range(1, 4):
        supervisor.run(until(lambda nth=nth: len(pids_in(noted)) == nth))  # type: ignore[misc]
        loops.append(supervisor.restart_loops())
        os.kill(pids_in(noted)[-1], signal.SIGKILL)
    supervisor.run(until(lambda: supervisor.restart_loops() is not None))

    assert loops == [None, None, None]
    loop = "the process it has died 3 times in the last 5 minutes; the last time it was killed by signal 9"
    assert supervisor.restart_loops() == loop


def test_a_process_that_ignores_sigterm_is_killed_although_nobody_reads_the_screen_any_more(
    interrupts: TerminationSignals, tmp_path: Path
) -> None:
    def closed(_: str) -> None:
        raise BrokenPipeError

    supervisor, noted = Supervisor(interrupts, structlog.get_logger(), closed), tmp_path / "pids"
    stubborn = f"import signal, time; signal.signal(15, signal.SIG_IGN); {note_pid(noted)}; time.sleep(60)"
    for name in ("it", "other"):
        supervisor.start(python(name, stubborn))
    supervisor.run(until(lambda: len(pids_in(noted)) == 2))

    supervisor.bring_down(("it", "other"), grace=0.2)

    wait(lambda: all(map(is_gone, pids_in(noted))))


def test_a_process_that_cannot_be_started_again_now_is_tried_later_and_the_others_run_on(
    interrupts: TerminationSignals, tmp_path: Path
) -> None:
    shown = list[str]()
    supervisor = Supervisor(interrupts, structlog.get_logger(), shown.append)
    folder = tmp_path / "work"
    folder.mkdir()
    ends = Command(name="it", arguments=(sys.executable, "-S", "-c", ""), environ={}, folder=folder)
    supervisor.start(python("other", "import time; time.sleep(60)"))
    supervisor.start(ends)
    folder.rmdir()

    supervisor.run(until(lambda: len(shown) == 2))
    supervisor.bring_down(("it", "other"), grace=0.0)

    assert shown[1].startswith("it could not be started: [Errno 2] No such file or directory")
    assert shown[1].endswith("it is tried again in 10 s")


def test_a_process_that_always_fails_at_its_start_ends_the_run(supervisor: Supervisor) -> None:
    supervisor.start(python("it", "raise SystemExit(3)"))

    with pytest.raises(TreeFailedError, match=r"it died 5 times .* \(last exit status 3\)"):
        supervisor.run(until(lambda: False))


def test_the_last_lines_of_a_log_file_are_reported(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first words\n" * 20 + "no space left\n")

    lines = Command(name="it", arguments=(), environ={}, log=log).last_lines()

    assert lines.endswith("no space left")
    assert lines.count("first words") == 9


def test_a_process_that_ignores_sigterm_is_killed_after_its_grace(supervisor: Supervisor, tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    stubborn = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); {note_pid(noted)}; time.sleep(60)"
    supervisor.start(python("it", stubborn))
    supervisor.run(until(lambda: len(pids_in(noted)) == 1))

    supervisor.bring_down(("it",), grace=0.2)

    assert is_gone(pids_in(noted)[0])


def test_one_more_interrupt_shortens_the_grace(
    supervisor: Supervisor, interrupts: TerminationSignals, tmp_path: Path
) -> None:
    noted = tmp_path / "pids"
    tells_parent = (
        "import os, signal, time;"
        "signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getppid(), signal.SIGINT));"
        f"{note_pid(noted)}\nwhile True: time.sleep(60)"
    )
    supervisor.start(python("it", tells_parent))
    supervisor.run(until(lambda: len(pids_in(noted)) == 1))

    began = time.monotonic()
    with interrupts:
        supervisor.bring_down(("it",), grace=60.0)

    assert time.monotonic() - began < DEADLINE
    assert interrupts.count == 1


def test_the_remaining_processes_of_a_dead_processs_group_are_killed(tmp_path: Path) -> None:
    noted = tmp_path / "pids"
    orphan = f"{note_pid(noted)}; import time; time.sleep(60)"
    leader = (
        "import os, subprocess, sys, time;"
        f"subprocess.Popen([sys.executable, '-S', '-c', {orphan!r}])\n"
        f"while not os.path.exists({str(noted)!r}): time.sleep(0.01)"
    )
    process = Process(python("it", leader))

    wait(lambda: process.status() is not None)

    wait(lambda: is_gone(pids_in(noted)[0]))


def test_a_process_gets_sigterm_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    noted, ended = tmp_path / "pids", tmp_path / "ended"
    child = (
        "import signal, sys, time;"
        f"signal.signal(signal.SIGTERM, lambda *_: sys.exit(open({str(ended)!r}, 'w').close()));"
        f"{note_pid(noted)}; time.sleep(60)"
    )
    supervise = (
        "import sys, time; from copytaster_cli.processes.process import Command, Process;"
        f"Process(Command(name='it', arguments=(sys.executable, '-S', '-c', {child!r}), environ={{}})); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", supervise]) as parent:
        wait(lambda: len(pids_in(noted)) == 1)

        parent.kill()

    wait(lambda: is_gone(pids_in(noted)[0]))
    assert ended.exists()


def test_a_run_ends_when_its_seconds_are_over(supervisor: Supervisor) -> None:
    assert not supervisor.run(until(lambda: False), seconds=0.1)
    assert supervisor.run(until(lambda: True), seconds=0.1)
