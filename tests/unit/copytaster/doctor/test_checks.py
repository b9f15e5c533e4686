"""Each check of an examination, given facts of a machine or a server that nobody has to have."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.doctor.failover import check_failover, check_queues
from copytaster.doctor.finding import Examination, Finding, Level
from copytaster.doctor.folders import FolderFacts, check_folders, read_folder
from copytaster.doctor.machine import Machine, check_machine, read_machine
from copytaster.doctor.server import check_server
from copytaster.doctor.software import check_software
from copytaster.parsing.sandbox.limits import Protection, SandboxLimits
from copytaster.store.ports.layout import LAYOUT
from copytaster.store.ports.server_facts import FailoverFacts, ServerFacts
from tests.factories import START

SERVER = ServerFacts(
    version="valkey 9.1",
    now=START,
    appendonly=True,
    fsync="everysec",
    last_write_failed=False,
    limit=1 << 30,
    eviction="noeviction",
    layout=LAYOUT,
)

FAILOVER = FailoverFacts(replicas=2, needed=1, max_lag=2, sentinels=3, down_after=5.0)

MACHINE = Machine(kernel="Linux 6.1", watches=65_536, overcommit=1, descriptors=4_096, landlock=3, protections=())


def levels(findings: Any) -> dict[str, Level]:
    """Return the levels that are not ok, by check; each of them says what to do."""
    bad = [each for each in findings if each.level is not Level.OK]
    assert all(each.cure for each in bad)
    return {each.check: each.level for each in bad}


def test_a_server_as_it_should_be_has_no_faults() -> None:
    assert levels(check_server(SERVER, START)) == {}


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({"appendonly": False, "fsync": "no"}, {"persistence": Level.WARN}),
        ({"fsync": "no"}, {"fsync": Level.WARN}),
        ({"fsync": None}, {}),  # a hosted server does not say
        ({"last_write_failed": True}, {"persistence": Level.FAIL}),
        ({"refusal": "NOREPLICAS Not enough good replicas to write."}, {"changes": Level.FAIL}),
        ({"eviction": "allkeys-lru"}, {"eviction": Level.FAIL}),
        ({"limit": 0}, {"eviction": Level.WARN}),
        ({"now": START + timedelta(seconds=3)}, {"server_clock": Level.WARN}),
        ({"now": START - timedelta(hours=1)}, {"server_clock": Level.FAIL}),
        ({"layout": LAYOUT + 1}, {"layout": Level.FAIL}),
        ({"layout": LAYOUT - 1}, {}),
        ({"layout": None}, {}),
    ],
)
def test_a_fault_of_the_server_is_found(fact: dict[str, Any], expected: dict[str, Level]) -> None:
    assert levels(check_server(replace(SERVER, **fact), START)) == expected


def test_servers_that_replace_each_other_without_a_loss_have_no_faults() -> None:
    assert levels(check_failover(FAILOVER)) == {}
    assert list(check_failover(None)) == []


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({"replicas": 0}, {"replicas": Level.WARN}),
        ({"replicas": 1}, {"replicas": Level.WARN}),
        ({"replicas": 1, "needed": 0}, {"cut_off_server": Level.WARN}),
        ({"max_lag": 10}, {"cut_off_server": Level.WARN}),
        ({"needed": None, "max_lag": None}, {}),  # a hosted server does not say
        ({"sentinels": 2}, {"sentinels": Level.WARN}),
        ({"sentinels": None, "down_after": None}, {}),  # a cluster
    ],
)
def test_a_failover_that_would_lose_writes_or_stop_the_work_is_found(
    fact: dict[str, Any], expected: dict[str, Level]
) -> None:
    assert levels(check_failover(replace(FAILOVER, **fact))) == expected


@pytest.mark.parametrize(("is_cluster", "expected"), [(True, Level.FAIL), (False, Level.OK), ("away", Level.FAIL)])
def test_a_cluster_is_no_server_for_queues(is_cluster: bool | str, expected: Level) -> None:
    assert check_queues(is_cluster, separate=True).level is expected


def test_the_finding_about_the_server_of_the_queues_says_why_it_cannot_be_used() -> None:
    assert check_queues("WRONGPASS", separate=True).found == "the server of the queues: WRONGPASS"


def test_a_server_that_does_not_answer_is_the_only_finding_about_it() -> None:
    (finding,) = check_server("connection refused", START)

    assert (finding.level, finding.found) == (Level.FAIL, "connection refused")


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ({}, {}),
        ({"watches": 100}, {"inotify": Level.WARN}),
        ({"watches": None}, {"inotify": Level.WARN}),
        ({"overcommit": 0}, {"overcommit": Level.WARN}),
        ({"descriptors": 512}, {"open_files": Level.WARN}),
        ({"descriptors": 128}, {"open_files": Level.FAIL}),
        ({"descriptors": resource.RLIM_INFINITY}, {}),
        ({"protections": (Protection.PATHS,)}, {"sandbox": Level.WARN}),
        ({"protections": "this kernel refuses seccomp"}, {"sandbox": Level.FAIL}),
    ],
)
def test_a_fault_of_the_machine_is_found(fact: dict[str, Any], expected: dict[str, Level]) -> None:
    assert levels(check_machine(replace(MACHINE, **fact), server_is_here=True)) == expected


def test_the_memory_of_this_machine_does_not_concern_a_server_elsewhere() -> None:
    assert levels(check_machine(replace(MACHINE, overcommit=0), server_is_here=False)) == {}


def test_the_machine_that_the_tests_run_on_can_be_read() -> None:
    machine = read_machine(SandboxLimits(memory_bytes=1 << 30, cpu_seconds=10, allow_unfiltered=True))

    assert machine.kernel.startswith("Linux")
    assert machine.descriptors != 0


def a_folder(name: str = "inbox", **facts: Any) -> FolderFacts:
    known: dict[str, Any] = {"exists": True, "mode": 0o755, "owner": "1000:1000", "device": 1}
    return FolderFacts(name=name, path=Path("data") / name, **known | facts)


@pytest.mark.parametrize(
    ("folders", "expected"),
    [
        ([a_folder("data"), a_folder()], {}),
        ([a_folder("data"), a_folder(mode=0o777)], {"inbox_permissions": Level.WARN}),
        ([a_folder("data"), a_folder(mode=0o1777)], {}),
        ([a_folder("data"), a_folder(refusal="permission denied")], {"inbox": Level.FAIL}),
        ([a_folder("data"), a_folder(device=2)], {"same_filesystem": Level.WARN}),
        ([a_folder("data"), a_folder(exists=False)], {"inbox": Level.WARN}),
        ([a_folder("data", exists=False), a_folder(exists=False)], {"data": Level.WARN}),
    ],
)
def test_a_fault_of_the_folders_is_found(folders: list[FolderFacts], expected: dict[str, Level]) -> None:
    assert levels(check_folders(folders, user="1000:1000")) == expected


def test_a_refused_folder_names_both_users() -> None:
    folders = [a_folder("data"), a_folder(owner="10001:10001", refusal="permission denied")]

    found = next(each for each in check_folders(folders, user="1000:1000") if each.check == "inbox")

    assert "belongs to 10001:10001 (mode 0755), and this process is 1000:1000: permission denied" in found.found


def test_a_folder_is_tried_without_leaving_a_file(tmp_path: Path) -> None:
    facts = read_folder("data", tmp_path)

    assert (facts.exists, facts.refusal) == (True, None)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inbox").write_text("x")

    assert read_folder("inbox", tmp_path / "inbox").refusal
    assert not read_folder("inbox", tmp_path / "nothing").exists


@pytest.mark.parametrize(
    ("models", "expected"),
    [(["en"], {}), ([], {"models": Level.WARN}), ("the model en cannot be loaded", {"models": Level.FAIL})],
)
def test_a_missing_model_is_found(models: Any, expected: dict[str, Level]) -> None:
    assert levels(check_software(python="3.11.7", version="0.1.0", models=models)) == expected


def test_an_examination_with_warnings_only_is_healthy() -> None:
    well = Finding(check="a", level=Level.OK, found="x")
    worse = Finding(check="b", level=Level.WARN, found="x", cure="y")
    bad = Finding(check="c", level=Level.FAIL, found="x", cure="y")

    assert Examination(findings=(well, worse)).healthy
    assert not Examination(findings=(well, bad)).healthy
