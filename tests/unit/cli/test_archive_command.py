"""``copytaster archive`` over a store in memory and a real archive folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from copytaster.archive.checksums import seal, unseal
from copytaster.bootstrap.archive import open_archive, open_journal
from copytaster.model.delivery import Delivery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

Captured = pytest.CaptureFixture[str]

LONG_AGO = 1_000_000_000
"""A modification time before all others, when no process was writing."""


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


def arrive(dependencies: MemoryDependencies, folder: Path, name: str, *, sidecar: str | None = None) -> Delivery:
    """Take a file in, with its sidecar, and let time pass."""
    (folder / name).write_text(f"the story {name}")
    if sidecar:
        (folder / f"{name}.meta.json").write_text(sidecar)
    dependencies.clock.advance(seconds=1)
    assert run(["ingest", str(folder / name)], dependencies) == 0
    for file in (dependencies.settings().data / "archive").rglob("*"):
        os.utime(file, (LONG_AGO, LONG_AGO))
    return dependencies.store().ledger.find(DeliveryQuery(limit=1))[0]


def original(dependencies: MemoryDependencies, delivery: Delivery) -> Path:
    assert delivery.sha256
    (file,) = (dependencies.settings().data / "archive").rglob(f"{delivery.sha256}.bin")
    return file


def journal_file(dependencies: MemoryDependencies, delivery: Delivery) -> Path:
    files = (dependencies.settings().data / "archive" / "journal").rglob("*.jsonl")
    return next(each for each in files if delivery.id in each.read_text())


def change(file: Path, old: bytes, new: bytes) -> None:
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new))
    os.utime(file, (LONG_AGO, LONG_AGO))


def check(dependencies: MemoryDependencies, capsys: Captured, *options: str) -> tuple[int, dict[str, Any]]:
    """Run the check and return its exit status and its JSON document."""
    capsys.readouterr()
    status = run(["archive", "check", "--json", *options], dependencies)
    return status, json.loads(capsys.readouterr().out)


def kinds(report: dict[str, Any]) -> list[str]:
    return sorted(each["kind"] for each in report["damage"])


def journalled(dependencies: MemoryDependencies) -> list[str]:
    return [each.id for each in open_journal(dependencies.settings()).entries(since=None)]


def test_a_sound_archive_is_reported_as_sound(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    arrive(dependencies, tmp_path, "a.txt", sidecar='{"title": "A"}')

    status, report = check(dependencies, capsys)

    assert (status, report["damage"], report["taken_in"]) == (0, [], [])
    assert (report["check"]["originals"], report["check"]["entries"]) == (2, 1)
    assert run(["archive", "check"], dependencies) == 0
    assert "2 originals" in capsys.readouterr().out
    assert run(["archive", "damages"], dependencies) == 0


def test_damage_is_named_and_stays_until_it_is_resolved(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    delivery = arrive(dependencies, tmp_path, "a.txt")
    change(original(dependencies, delivery), b"story", b"storm")

    status, report = check(dependencies, capsys)

    (damage,) = report["damage"]
    assert (status, damage["kind"], damage["place"]) == (1, "original_damaged", delivery.sha256)
    assert "a.txt" in damage["message"]
    assert run(["archive", "damages", "--json"], dependencies) == 1
    listed = json.loads(capsys.readouterr().out)
    assert listed == damage
    assert run(["archive", "resolve", damage["id"], "--why", "the sender has no copy"], dependencies) == 0
    assert check(dependencies, capsys)[0] == 0
    (record,) = (tmp_path / "data" / "archive" / "damage" / "resolved").glob("*.json")
    assert json.loads(record.read_text())["why_closed"] == "the sender has no copy"


def test_a_file_that_is_dropped_again_repairs_its_original(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    delivery = arrive(dependencies, tmp_path, "a.txt")
    change(original(dependencies, delivery), b"story", b"storm")
    before = check(dependencies, capsys)[0]
    arrive(dependencies, tmp_path, "a.txt")

    after, report = check(dependencies, capsys)

    assert (before, after, report["damage"]) == (1, 0, [])


def test_an_unknown_damage_cannot_be_resolved(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["archive", "resolve", "0123456789ab", "--why", "wrong id"], dependencies) == 1
    assert "no open damage 0123456789ab" in capsys.readouterr().err


def test_a_gap_of_more_lines_than_the_server_knows_stays_a_damage(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    deliveries = [arrive(dependencies, tmp_path, f"{name}.txt") for name in "abcde"]
    journal = open_journal(dependencies.settings())
    entries = list(journal.entries(since=None))
    for file in {journal_file(dependencies, each) for each in deliveries}:
        file.unlink()
    journal.append_many(entries)
    together = journal_file(dependencies, deliveries[0])
    lines = together.read_bytes().split(b"\n")
    together.write_bytes(b"\n".join([*lines[:2], *lines[4:]]))
    elsewhere = MemoryDependencies(dependencies.environ)
    for known in deliveries[:2] + deliveries[3:]:
        elsewhere.store().ledger.register(known, due_in=None, by="test")
    elsewhere.clock.advance(seconds=60)

    status, report = check(elsewhere, capsys, "--take-in")

    assert (status, kinds(report)) == (1, ["journal_line"])
    assert [each["refusal"] for each in report["taken_in"] if each["refusal"]] == [
        "the server knows 1 of at least 2 lost entries of 2026/01/01; they are journalled again"
    ]


def test_a_deleted_line_is_journalled_again_from_the_server(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    deliveries = [arrive(dependencies, tmp_path, f"{name}.txt") for name in "ab"]
    files = {journal_file(dependencies, each) for each in deliveries}
    journal = open_journal(dependencies.settings())
    for entry in list(journal.entries(since=None)):
        journal.append(entry)
    (together,) = {
        each for each in (dependencies.settings().data / "archive" / "journal").rglob("*.jsonl") if each not in files
    }
    for each in files:
        each.unlink()
    lines = together.read_bytes().split(b"\n")
    together.write_bytes(b"\n".join([lines[0], *lines[2:]]))
    damaged, report = check(dependencies, capsys)

    status, repaired = check(dependencies, capsys, "--take-in")

    assert (damaged, kinds(report)) == (1, ["journal_line", "original_unnamed"])
    assert (status, repaired["damage"]) == (0, [])
    assert sorted(journalled(dependencies)) == sorted(each.id for each in deliveries)
    assert check(dependencies, capsys)[0] == 0


@pytest.mark.parametrize("changed", ["path", "id", "id that is still one"])
def test_a_damaged_line_is_journalled_again_from_the_server(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured, changed: str
) -> None:
    delivery = arrive(dependencies, tmp_path, "a.txt", sidecar='{"title": "A"}')
    other = arrive(dependencies, tmp_path, "b.txt")
    file = journal_file(dependencies, delivery)
    old, new = {
        "path": (b'"path":"a.txt"', b'"path":"\x00.txt"'),
        "id": (delivery.id.encode(), b"?" * len(delivery.id)),
        "id that is still one": (
            delivery.id.encode(),
            delivery.id[:-1].encode() + b"%x" % (int(delivery.id[-1], 16) ^ 1),
        ),
    }[changed]
    change(file, old, new)
    damaged, report = check(dependencies, capsys)

    status, repaired = check(dependencies, capsys, "--take-in")

    assert (damaged, kinds(report)) == (1, ["journal_line", "original_unnamed", "original_unnamed"])
    assert (status, repaired["damage"]) == (0, [])
    assert check(dependencies, capsys)[0] == 0
    assert sorted(journalled(dependencies)) == sorted([delivery.id, other.id])
    entry = next(each for each in open_journal(dependencies.settings()).entries(since=None) if each.id == delivery.id)
    assert (entry.path, entry.sidecar, entry.metadata) == ("a.txt", delivery.sidecar, delivery.metadata)


def test_lost_entries_are_journalled_again_from_the_server(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    delivery = arrive(dependencies, tmp_path, "a.txt")
    (tmp_path / "empty.txt").write_text("")
    dependencies.clock.advance(seconds=1)
    assert run(["ingest", str(tmp_path / "empty.txt")], dependencies) == 1
    refused = dependencies.store().ledger.find(DeliveryQuery(limit=1))[0]
    check(dependencies, capsys)
    for each in {journal_file(dependencies, delivery), journal_file(dependencies, refused)}:
        each.unlink()
    damaged, report = check(dependencies, capsys)

    status, repaired = check(dependencies, capsys, "--take-in")

    assert (damaged, kinds(report)) == (1, ["journal_lost", "original_unnamed"])
    assert (status, repaired["damage"]) == (0, [])
    assert sorted(journalled(dependencies)) == sorted([delivery.id, refused.id])
    entry = next(each for each in open_journal(dependencies.settings()).entries(since=None) if each.id == refused.id)
    assert entry.refusal
    assert entry.refusal.reason == refused.reason
    assert check(dependencies, capsys)[0] == 0


def unnamed(dependencies: MemoryDependencies, content: bytes) -> str:
    """Put an original into the archive that neither journal nor server knows."""
    source = dependencies.settings().data.parent / "unnamed"
    source.write_bytes(content)
    with source.open("rb") as file:
        sha256 = open_archive(dependencies.settings()).put(file)
    for each in (dependencies.settings().data / "archive").rglob(f"{sha256}.bin"):
        os.utime(each, (LONG_AGO, LONG_AGO))
    return sha256


def test_an_original_that_nothing_names_is_reported_and_taken_in_on_request(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    sha256 = unnamed(dependencies, b"a story without a name")
    status, report = check(dependencies, capsys)
    seen = dependencies.store().ledger.balance().seen

    taken, repaired = check(dependencies, capsys, "--take-in")

    assert (status, kinds(report), seen) == (0, ["original_unnamed"], 0)
    assert (taken, repaired["damage"]) == (0, [])
    (delivery,) = dependencies.store().ledger.find(DeliveryQuery(sha256=sha256))
    assert (delivery.name, delivery.source) == (f"recovered-{sha256[:16]}", None)
    assert check(dependencies, capsys)[1]["damage"] == []


def test_originals_are_not_taken_in_beside_a_sidecar_without_a_name(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    unnamed(dependencies, b"a story without a name")
    sidecar = unnamed(dependencies, b'{"embargoed_until": "2027-01-01T00:00:00Z"}')

    _, report = check(dependencies, capsys, "--take-in")

    assert kinds(report) == ["original_unnamed", "original_unnamed"]
    assert all("embargo" in each["refusal"] for each in report["taken_in"])
    assert dependencies.store().ledger.balance().seen == 0
    (damage_id,) = (each["id"] for each in report["damage"] if each["place"] == sidecar)
    assert run(["archive", "resolve", damage_id, "--why", "of another file"], dependencies) == 0
    assert kinds(check(dependencies, capsys, "--take-in")[1]) == []
    assert dependencies.store().ledger.balance().seen == 1


def test_an_original_that_is_damaged_and_has_no_name_is_not_taken_in(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    sha256 = unnamed(dependencies, b"a story without a name")
    check(dependencies, capsys)
    (file,) = (dependencies.settings().data / "archive").rglob(f"{sha256}.bin")
    change(file, b"story", b"storm")

    status, report = check(dependencies, capsys, "--take-in")

    assert (status, kinds(report), report["taken_in"]) == (1, ["original_damaged"], [])
    assert dependencies.store().ledger.balance().seen == 0


def test_a_line_of_a_newer_release_is_named_as_such_and_left_to_it(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    delivery, lost = (arrive(dependencies, tmp_path, name) for name in ("a.txt", "b.txt"))
    file = journal_file(dependencies, delivery)
    line = unseal(file.read_bytes().strip())
    assert line
    file.write_bytes(b"\n" + seal(line.content[:-1] + b',"of_the_future":1}', number=1))
    os.utime(file, (LONG_AGO, LONG_AGO))
    change(journal_file(dependencies, lost), b'"path":"b.txt"', b'"path":"\x00.txt"')
    before = file.read_bytes()

    status, report = check(dependencies, capsys, "--take-in")

    assert status == 1
    assert [
        each["message"].partition("delivery")[2] for each in report["damage"] if each["kind"] == "journal_line"
    ] == [f" {delivery.id} cannot be used by this release: a newer one wrote it, which has to be installed"]
    assert "a newer release wrote this entry" in str([each["refusal"] for each in report["taken_in"]])
    assert file.read_bytes() == before
    assert journalled(dependencies) == [lost.id]


def test_a_line_that_the_server_does_not_know_either_stays_a_damage(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    delivery = arrive(dependencies, tmp_path, "a.txt")
    change(journal_file(dependencies, delivery), b'"path":"a.txt"', b'"path":"\x00.txt"')
    elsewhere = MemoryDependencies(dependencies.environ)
    elsewhere.clock.advance(seconds=60)

    status, report = check(elsewhere, capsys, "--take-in")

    assert (status, kinds(report)) == (1, ["journal_line"])
    refusals = [each["refusal"] for each in report["taken_in"] if each["refusal"]]
    assert refusals == ["the server does not know these deliveries either; restore the file from a backup"]
    assert [each["delivered"] is not None for each in report["taken_in"]] == [False, True]
