from __future__ import annotations

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.work import EmptyQueues
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.monitoring.status import SILENCE, read_status
from copytaster.monitoring.versions import describe_versions
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.system.running_version import running_version
from tests.factories import START


def a_part(name: str, version: str | None) -> Heartbeat:
    return Heartbeat(
        part=Part.WORKER, name=name, host="one", pid=1, started_at=START, beat_at=START, details={"version": version}
    )


def test_parts_of_one_version_are_no_notice() -> None:
    assert describe_versions([a_part("worker@one:1", "0.2+a"), a_part("worker@one:2", "0.2+a")]) is None


def test_the_notice_names_the_parts_of_each_version_the_rarest_first() -> None:
    new = [a_part(f"worker@one:{number}", "0.2+b") for number in range(5)]

    described = describe_versions([*new, a_part("worker@two:1", "0.2+a")])

    assert described == (
        "0.2+a: worker@two:1; 0.2+b: worker@one:0, worker@one:1, worker@one:2 and 2 more;"
        " restart the parts that run an older version"
    )


def test_a_part_of_a_release_that_reports_no_version_is_named() -> None:
    described = describe_versions([a_part("worker@one:1", "0.2+a"), a_part("worker@two:1", None)])

    assert described
    assert "a release that does not report its version: worker@two:1" in described


def test_heartbeats_have_the_version_and_the_status_has_the_notice_while_both_versions_run(clock: ManualClock) -> None:
    store = memory_store(clock)
    old = Heartbeat(part=Part.API, name="api@two:1", host="two", pid=1, started_at=clock.now(), beat_at=clock.now())
    store.presence.beat(old)
    sender = HeartbeatSender(store.presence, clock, part=Part.WORKER, name="worker@one:1")
    sender.beat()

    during = read_status(store, EmptyQueues(), now=clock.now()).notices
    clock.advance(seconds=SILENCE.total_seconds() + 1)
    sender.beat()
    after = read_status(store, EmptyQueues(), now=clock.now()).notices

    assert [each.code for each in during] == ["versions_differ"]
    assert f"{running_version()}: worker@one:1" in during[0].message
    assert "api@two:1" in during[0].message
    assert after == ()


def test_the_version_is_the_release_and_a_hash() -> None:
    release, _, code = running_version().partition("+")

    assert release.count(".") == 2
    assert len(code) == 8
