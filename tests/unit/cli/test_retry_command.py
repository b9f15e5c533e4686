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

Captured = pytest.CaptureFixture[str]
STORED = Outcome(disposition=Disposition.STORED)


@pytest.fixture
def opener(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_MAX_FILE_BYTES": "1000"})


def refused(opener: MemoryDependencies, tmp_path: Path, capsys: Captured, name: str, content: str = "") -> Delivery:
    """Let a file be refused at the door: empty, or too large."""
    file = tmp_path / name
    file.write_text(content)
    opener.clock.advance(seconds=1)
    assert run(["ingest", str(file)], opener) == 1
    capsys.readouterr()
    opener.clock.advance(seconds=1)
    return newest(opener)


def newest(opener: MemoryDependencies) -> Delivery:
    return opener.store().ledger.find(DeliveryQuery(limit=1))[0]


def mend(opener: MemoryDependencies, name: str) -> None:
    (opener.settings().quarantine / name).write_text("A story\n\nWith a text that was missing before.\n")


def test_the_old_id_and_the_new_one_are_printed(opener: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")
    mend(opener, "a.txt")

    status = run(["retry", old.id], opener)

    new = newest(opener)
    line = capsys.readouterr().out.splitlines()[1].split()
    assert status == 0
    assert line[:3] == [old.id, new.id, "a.txt"]
    assert new.retry_of == old.id


def test_json_has_a_line_for_each_with_the_new_delivery_or_the_refusal(
    opener: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")

    status = run(["retry", old.id, "d404", "--json"], opener)

    captured = capsys.readouterr()
    first, second = map(json.loads, captured.out.splitlines())
    assert status == 1
    assert (first["delivery_id"], first["delivery"]["retry_of"], first["refusal"]) == (old.id, old.id, None)
    assert (second["delivery_id"], second["delivery"]) == ("d404", None)
    assert "there is no delivery d404" in second["refusal"]
    assert "d404 cannot be retried" in captured.err


def test_a_second_retry_fails_and_names_the_first(opener: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")
    mend(opener, "a.txt")
    run(["retry", old.id], opener)
    new = newest(opener)
    capsys.readouterr()

    status = run(["retry", old.id], opener)

    assert status == 1
    assert f"as {new.id}" in capsys.readouterr().err


def test_one_reason_is_retried_in_bulk_and_what_was_retried_is_left_out(
    opener: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    empty = [refused(opener, tmp_path, capsys, f"{number}.txt").id for number in range(3)]
    large = refused(opener, tmp_path, capsys, "large.txt", "x" * 1_001)
    run(["retry", empty[0]], opener)
    again = newest(opener)
    capsys.readouterr()
    opener.clock.advance(seconds=1)

    run(["retry", "--reason", "empty", "--json"], opener)

    asked = [json.loads(line)["delivery_id"] for line in capsys.readouterr().out.splitlines()]
    record = opener.store().ledger.get(large.id)
    assert asked == [*empty[1:], again.id]
    assert record
    assert record.retried_as is None


def test_all_that_failed_is_retried_in_bulk(opener: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    failed = [
        refused(opener, tmp_path, capsys, "empty.txt").id,
        refused(opener, tmp_path, capsys, "large.txt", "x" * 1_001).id,
    ]

    status = run(["retry", "--all", "--json"], opener)

    assert status == 0
    assert [json.loads(line)["delivery_id"] for line in capsys.readouterr().out.splitlines()] == failed
    assert opener.store().ledger.balance().closed


def test_nothing_to_retry_is_no_failure(opener: MemoryDependencies) -> None:
    assert run(["retry", "--all"], opener) == 0


def test_waiting_says_how_it_ended_this_time(opener: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")

    status = run(["retry", old.id, "--wait"], opener)

    assert status == 1
    assert "rejected" in capsys.readouterr().out


def test_waiting_ends_when_the_time_is_over(opener: MemoryDependencies, tmp_path: Path, capsys: Captured) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")
    mend(opener, "a.txt")

    status = run(["retry", old.id, "--wait", "--timeout", "0"], opener)

    assert status == 1
    assert "1 of 1 deliveries had not settled after 0 s" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["d1", "--all"], ["--reason", "empty", "--all"], ["d1", "--reason", "empty"], ["--reason", "bad_luck"]],
)
def test_anything_but_one_way_to_choose_is_wrong_use(opener: MemoryDependencies, arguments: list[str]) -> None:
    assert run(["retry", *arguments], opener) == 2


def test_what_did_not_fail_is_refused_with_its_state(
    opener: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    file = tmp_path / "fine.txt"
    file.write_text("A fine story\n\nWith a text.\n")
    run(["ingest", str(file)], opener)

    status = run(["retry", newest(opener).id], opener)

    assert status == 1
    assert "is still in flight" in capsys.readouterr().err


def test_where_says_how_to_retry_and_later_what_came_of_it(
    opener: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")
    run(["where", old.id], opener)
    before = capsys.readouterr().out
    mend(opener, "a.txt")
    run(["retry", old.id], opener)
    new = newest(opener)
    capsys.readouterr()

    run(["where", old.id], opener)

    after = capsys.readouterr().out
    assert f"copytaster retry {old.id}" in before
    assert f"its file came again as {new.id}" in after
    assert f"retried as {new.id}" in after


def test_a_retry_that_settles_while_waiting_is_shown_with_its_end(
    opener: MemoryDependencies, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = refused(opener, tmp_path, capsys, "a.txt")
    mend(opener, "a.txt")

    def settle(_: float) -> None:
        """Be the worker while the command waits."""
        store = opener.store()
        store.ledger.begin(newest(opener).id, owner="w", lease=timedelta(seconds=20))
        store.ledger.settle(newest(opener).id, STORED, by="w")

    monkeypatch.setattr("time.sleep", settle)

    status = run(["retry", old.id, "--wait"], opener)

    assert status == 0
    assert "stored" in capsys.readouterr().out
