"""``copytaster retry`` over a store in memory and real folders."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.users import user_name

Captured = pytest.CaptureFixture[str]
STORED = Outcome(disposition=Disposition.STORED)


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_MAX_FILE_BYTES": "1000"})


def refused(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured, name: str, content: str = ""
) -> Delivery:
    """Let a file be refused at the door: empty, or too large."""
    file = tmp_path / name
    file.write_text(content)
    dependencies.clock.advance(seconds=1)
    assert run(["ingest", str(file)], dependencies) == 1
    capsys.readouterr()
    dependencies.clock.advance(seconds=1)
    return newest(dependencies)


def newest(dependencies: MemoryDependencies) -> Delivery:
    return dependencies.store().ledger.find(DeliveryQuery(limit=1))[0]


def repair(dependencies: MemoryDependencies, name: str) -> None:
    (dependencies.settings().quarantine / name).write_text("A story\n\nWith a text that was missing before.\n")


def test_the_old_id_and_the_new_one_are_printed(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")
    repair(dependencies, "a.txt")

    status = run(["retry", old.id], dependencies)

    new = newest(dependencies)
    line = capsys.readouterr().out.splitlines()[1].split()
    assert status == 0
    assert line[:3] == [old.id, new.id, "a.txt"]
    assert new.retry_of == old.id
    ledger, person = dependencies.store().ledger, user_name(dependencies.environ)
    timelines = [each.timeline for each in map(ledger.get, (old.id, new.id)) if each]
    assert [{entry.by for entry in timeline} for timeline in timelines] == [{person}, {person}]


def test_json_has_a_line_for_each_with_the_new_delivery_or_the_refusal(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")

    status = run(["retry", old.id, "d404", "--json"], dependencies)

    captured = capsys.readouterr()
    first, second = map(json.loads, captured.out.splitlines())
    assert status == 1
    assert (first["delivery_id"], first["delivery"]["retry_of"], first["refusal"]) == (old.id, old.id, None)
    assert (second["delivery_id"], second["delivery"]) == ("d404", None)
    assert "there is no delivery d404" in second["refusal"]
    assert "d404 cannot be retried" in captured.err


def test_a_second_retry_fails_and_names_the_first(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")
    repair(dependencies, "a.txt")
    run(["retry", old.id], dependencies)
    new = newest(dependencies)
    capsys.readouterr()

    status = run(["retry", old.id], dependencies)

    assert status == 1
    assert f"as {new.id}" in capsys.readouterr().err


def test_files_of_one_reason_are_retried_except_those_already_retried(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    empty = [refused(dependencies, tmp_path, capsys, f"{number}.txt").id for number in range(3)]
    large = refused(dependencies, tmp_path, capsys, "large.txt", "x" * 1_001)
    run(["retry", empty[0]], dependencies)
    again = newest(dependencies)
    capsys.readouterr()
    dependencies.clock.advance(seconds=1)

    run(["retry", "--reason", "empty", "--json"], dependencies)

    retried = [json.loads(line)["delivery_id"] for line in capsys.readouterr().out.splitlines()]
    record = dependencies.store().ledger.get(large.id)
    assert retried == [*empty[1:], again.id]
    assert record
    assert record.retried_as is None


def test_all_that_failed_is_retried_in_bulk(dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    failed = [
        refused(dependencies, tmp_path, capsys, "long.txt", "x" * 1_002).id,
        refused(dependencies, tmp_path, capsys, "large.txt", "x" * 1_001).id,
    ]

    status = run(["retry", "--all", "--json"], dependencies)

    assert status == 0
    assert [json.loads(line)["delivery_id"] for line in capsys.readouterr().out.splitlines()] == failed
    assert dependencies.store().ledger.balance().closed


def test_what_a_retry_cannot_change_is_left_out_of_all_and_taken_by_its_reason(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    empty = refused(dependencies, tmp_path, capsys, "empty.txt")
    large = refused(dependencies, tmp_path, capsys, "large.txt", "x" * 1_001)

    run(["retry", "--all", "--json"], dependencies)
    all_of_them = capsys.readouterr()
    run(["retry", "--reason", "empty", "--json"], dependencies)
    of_the_reason = capsys.readouterr()

    assert [json.loads(line)["delivery_id"] for line in all_of_them.out.splitlines()] == [large.id]
    assert "left out: 1 files, because this version of the program would refuse them again" in all_of_them.err
    assert [json.loads(line)["delivery_id"] for line in of_the_reason.out.splitlines()] == [empty.id]


def test_a_dry_run_names_the_files_and_retries_none(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    large = refused(dependencies, tmp_path, capsys, "large.txt", "x" * 1_001)
    other = refused(dependencies, tmp_path, capsys, "other.txt", "x" * 1_001)

    status = run(["retry", "--name", "LARGE", "--dry-run"], dependencies)

    assert (status, capsys.readouterr().out) == (0, f"large.txt ({large.id}) would be retried\n")
    assert newest(dependencies).id == other.id


def test_a_dry_run_says_which_of_the_named_deliveries_cannot_be_retried(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    retried = refused(dependencies, tmp_path, capsys, "retried.txt")
    assert run(["retry", retried.id], dependencies) == 0
    large = refused(dependencies, tmp_path, capsys, "large.txt", "x" * 1_001)
    gone = refused(dependencies, tmp_path, capsys, "gone.txt", "x" * 1_001)
    (dependencies.settings().quarantine / "gone.txt").unlink()
    capsys.readouterr()

    status = run(["retry", "d404", retried.id, large.id, gone.id, "--dry-run"], dependencies)

    printed = capsys.readouterr()
    assert (status, printed.out) == (1, f"large.txt ({large.id}) would be retried\n")
    first, second, third = printed.err.splitlines()
    assert "there is no delivery d404" in first
    assert f"({retried.id}) was retried already as " in second
    assert "gone.txt has left the quarantine" in third


def test_nothing_to_retry_is_not_a_failure(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["retry", "--all"], dependencies) == 0
    assert capsys.readouterr().err == "no file failed\n"


@pytest.mark.parametrize("command", [["retry"], ["retry", "--dry-run"], ["dismiss"], ["dismiss", "--dry-run"]])
def test_conditions_that_no_failed_file_meets_are_said(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured, command: list[str]
) -> None:
    refused(dependencies, tmp_path, capsys, "a.txt")

    assert run([*command, "--source", "kestrl"], dependencies) == 0
    assert capsys.readouterr().err == "none of the 1 failed files matches\n"


def test_waiting_reports_the_new_disposition(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")

    status = run(["retry", old.id, "--wait"], dependencies)

    assert status == 1
    assert "rejected" in capsys.readouterr().out


def test_waiting_ends_when_the_time_is_over(dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")
    repair(dependencies, "a.txt")

    status = run(["retry", old.id, "--wait", "--timeout", "0"], dependencies)

    assert status == 1
    assert "1 of 1 deliveries had not settled after 0 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["d1", "--all"], ["--reason", "empty", "--all"], ["d1", "--reason", "empty"], ["--reason", "bad_luck"]],
)
def test_anything_but_one_way_to_choose_is_wrong_use(dependencies: MemoryDependencies, arguments: list[str]) -> None:
    assert run(["retry", *arguments], dependencies) == 2


def test_a_delivery_that_did_not_fail_is_refused_with_its_state(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "fine.txt"
    file.write_text("A fine story\n\nWith a text.\n")
    run(["ingest", str(file)], dependencies)

    status = run(["retry", newest(dependencies).id], dependencies)

    assert status == 1
    assert "is still in flight" in capsys.readouterr().err


def test_where_shows_the_retry_command_and_later_the_new_delivery(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")
    run(["where", old.id], dependencies)
    before = capsys.readouterr().out
    repair(dependencies, "a.txt")
    run(["retry", old.id], dependencies)
    new = newest(dependencies)
    capsys.readouterr()

    run(["where", old.id], dependencies)

    after = capsys.readouterr().out
    assert f"copytaster retry {old.id}" in before
    assert f"its file was delivered again as {new.id}" in after
    assert f"retried as {new.id}" in after


def test_a_retry_that_settles_while_waiting_is_shown_with_its_disposition(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = refused(dependencies, tmp_path, capsys, "a.txt")
    repair(dependencies, "a.txt")

    def settle(_: float) -> None:
        """Be the worker while the command waits."""
        store = dependencies.store()
        store.ledger.begin(newest(dependencies).id, owner="w", lease=timedelta(seconds=20))
        store.ledger.settle(newest(dependencies).id, STORED, by="w")

    monkeypatch.setattr("time.sleep", settle)

    status = run(["retry", old.id, "--wait"], dependencies)

    assert status == 0
    assert "stored" in capsys.readouterr().out
