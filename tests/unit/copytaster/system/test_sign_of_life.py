"""The sign of life of a part, which spares its health check the question to the server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copytaster.bootstrap.health_check import main
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import TransientError
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.monitoring.status import SILENCE
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store
from copytaster.system.sign_of_life import FRESH_SECONDS, LEFT_SECONDS, SignOfLife

HERE = {"COPYTASTER_REDIS_URL": "redis://one:6379/0"}


@pytest.fixture
def store(clock: ManualClock) -> Store:
    return memory_store(clock)


@pytest.fixture
def sign(tmp_path: Path) -> SignOfLife:
    return SignOfLife("worker", HERE, folder=tmp_path)


def age(folder: Path, *, seconds: float) -> None:
    """Make the only sign in the folder older; a negative number puts it into the future."""
    [file] = folder.iterdir()
    os.utime(file, (time.time() - seconds, time.time() - seconds))


def test_a_sign_is_valid_as_long_as_a_heartbeat() -> None:
    assert SILENCE.total_seconds() == FRESH_SECONDS


def test_a_sign_is_valid_for_a_while_for_its_part_and_system_alone(sign: SignOfLife, tmp_path: Path) -> None:
    before = sign.is_given()
    sign.give()

    assert not before
    assert SignOfLife("worker", HERE, folder=tmp_path).is_given()
    assert not SignOfLife("watcher", HERE, folder=tmp_path).is_given()
    assert not SignOfLife("worker", {"COPYTASTER_REDIS_URL": "redis://two:6379/0"}, folder=tmp_path).is_given()
    assert not SignOfLife("worker", {**HERE, "COPYTASTER_DATA": "/elsewhere"}, folder=tmp_path).is_given()


@pytest.mark.parametrize("seconds", [FRESH_SECONDS + 1, -60])
def test_an_old_sign_and_one_of_the_future_are_none(sign: SignOfLife, tmp_path: Path, seconds: float) -> None:
    sign.give()
    age(tmp_path, seconds=seconds)
    old = sign.is_given()
    sign.give()

    assert not old
    assert sign.is_given()


def test_a_sign_is_withdrawn_and_withdrawing_none_is_no_error(sign: SignOfLife, tmp_path: Path) -> None:
    sign.give()
    sign.withdraw()
    sign.withdraw()

    assert not sign.is_given()
    assert not list(tmp_path.iterdir())


def test_a_link_in_the_place_of_a_sign_is_replaced_and_not_followed(sign: SignOfLife, tmp_path: Path) -> None:
    sign.give()
    [place] = tmp_path.iterdir()
    target = tmp_path / "target"
    target.write_text("kept", encoding="ascii")
    place.unlink()
    place.symlink_to(target)

    sign.give()

    assert not place.is_symlink()
    assert target.read_text(encoding="ascii") == "kept"


def test_where_no_file_can_be_written_there_is_no_sign(tmp_path: Path) -> None:
    sign = SignOfLife("worker", HERE, folder=tmp_path / "missing")

    sign.give()

    assert not sign.is_given()


def test_signs_of_systems_that_have_gone_are_removed(sign: SignOfLife, tmp_path: Path) -> None:
    sign.give()
    age(tmp_path, seconds=LEFT_SECONDS + 1)
    other = SignOfLife("watcher", HERE, folder=tmp_path)
    other.give()

    other.remove_left_ones()

    assert other.is_given()
    assert len(list(tmp_path.iterdir())) == 1


def test_a_heartbeat_gives_the_sign_unless_the_part_is_unhealthy_or_the_server_does_not_take_it(
    sign: SignOfLife, store: Store, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    state = iter([True, False, True, True])
    sender = HeartbeatSender(
        store.presence, clock, part=Part.WORKER, name="worker@one:1", sign=sign, is_healthy=lambda: next(state)
    )

    sender.beat()
    healthy = sign.is_given()
    sender.beat()
    unhealthy = sign.is_given()

    def refuse(_beat: Heartbeat) -> None:
        raise TransientError("the server is away")

    sender.beat()
    age(tmp_path, seconds=FRESH_SECONDS - 1)
    monkeypatch.setattr(store.presence, "beat", refuse)
    sender.beat()
    age(tmp_path, seconds=FRESH_SECONDS + 1)
    away = sign.is_given()
    monkeypatch.undo()
    sender.beat()
    sender.leave()

    assert (healthy, unhealthy, away, sign.is_given()) == (True, False, False, False)


def test_the_health_check_of_a_part_with_a_sign_asks_no_server_and_loads_no_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COPYTASTER_REDIS_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    without = main(["worker"])
    SignOfLife("worker", os.environ).give()

    assert (without, main(["worker"])) == (1, 0)
    assert capsys.readouterr().out.endswith("healthy\n")
    code = (
        "import sys; from copytaster.bootstrap.health_check import main; print(main(['worker']));"
        "print(*sorted({'redis', 'pydantic', 'structlog'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["healthy", "0"]
