from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster.model.pause import PauseKind
from copytaster.store.ports.presence import MAX_UNFINISHED, Heartbeat, Part, UnfinishedFile
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import a_delivery


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path)})


def drop(dependencies: MemoryDependencies, path: str) -> None:
    file = dependencies.settings().inbox / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("<a>")


def beat(dependencies: MemoryDependencies, *files: UnfinishedFile, **details: str | int) -> None:
    now = dependencies.clock.now()
    dependencies.store().presence.beat(
        Heartbeat(
            part=Part.WATCHER,
            name="watcher@host:1",
            host="host",
            pid=1,
            started_at=now,
            beat_at=now,
            details={"incomplete": 0} | details,
            unfinished=files,
        )
    )


def unfinished(
    dependencies: MemoryDependencies, path: str, *, remaining: float | None, certain: bool
) -> UnfinishedFile:
    now = dependencies.clock.now()
    return UnfinishedFile(
        path=path,
        missing="the end tag </a>",
        since=now - timedelta(seconds=45),
        until=None if remaining is None else now + timedelta(seconds=remaining),
        certain=certain,
    )


def where(dependencies: MemoryDependencies, query: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["where", query], dependencies) == 1
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("wire/story.xml.tmp", "its name ends in .tmp, as unfinished files do; its writer, or a person, has to rename"),
        ("story.part", "its name ends in .part"),
        ("story.crdownload", "its name ends in .crdownload"),
        ("story.filepart", "its name ends in .filepart"),
        ("story.xml~", "its name ends in ~"),
        (".story.xml", "its name begins with a dot; rename it"),
        ("wire/.hidden/story.xml", "its folder .hidden is hidden"),
        ("wire/_source.yml", "it contains the defaults of its folder"),
    ],
)
def test_a_file_that_is_never_taken_is_reported_with_the_reason(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str], path: str, why: str
) -> None:
    drop(dependencies, path)
    beat(dependencies)

    message = where(dependencies, path, capsys)

    assert "it is never taken" in message
    assert why in message


@pytest.mark.parametrize(
    ("remaining", "certain", "end"),
    [
        (555, True, "without a change it goes to quarantine as incomplete in 555 s"),
        (5, False, "without a change it is taken in 5 s"),
        (None, True, "it waits without a limit"),
    ],
)
def test_an_unfinished_file_is_reported_with_what_is_missing_and_how_long_it_still_waits(
    dependencies: MemoryDependencies,
    capsys: pytest.CaptureFixture[str],
    *,
    remaining: float | None,
    certain: bool,
    end: str,
) -> None:
    drop(dependencies, "wire/story.xml")
    beat(dependencies, unfinished(dependencies, "wire/story.xml", remaining=remaining, certain=certain), incomplete=1)

    message = where(dependencies, "story.xml", capsys)

    assert "the end tag </a> is missing" in message
    assert "it has not changed since 2025-12-31 23:59:15 UTC" in message
    assert end in message


def test_without_a_watcher_that_is_the_reason(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(dependencies, "story.xml")

    assert "no watcher runs; start one with `copytaster watch`" in where(dependencies, "story.xml", capsys)


def test_more_unfinished_files_than_a_heartbeat_names_are_mentioned(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(dependencies, "story.xml")
    beat(dependencies, incomplete=MAX_UNFINISHED + 7)

    assert "57 files are incomplete, and this one is not among the 50" in where(dependencies, "story.xml", capsys)


def test_the_path_decides_between_files_of_one_name(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(dependencies, "a/story.xml")
    drop(dependencies, "b/story.xml")
    beat(dependencies, unfinished(dependencies, "b/story.xml", remaining=5, certain=True))

    assert "a/story.xml is in the inbox, and a watcher takes it" in where(dependencies, "a/story.xml", capsys)
    assert "b/story.xml is in the inbox, but it is not finished" in where(dependencies, "b/story.xml", capsys)


@pytest.mark.parametrize(
    ("kind", "name", "why"),
    [
        (PauseKind.INTAKE, None, "and stays there: the intake is paused by Anna"),
        (PauseKind.SOURCE, "Wire", "and stays there: the source Wire is paused by Anna"),
        (PauseKind.SOURCE, "The Kestrel", "unless its source is paused; the source The Kestrel is paused by Anna"),
    ],
)
@pytest.mark.parametrize("path", ["wire/story.xml", "_backfill/wire/1998/story.xml"])
def test_of_a_file_that_a_pause_keeps_in_the_inbox_the_pause_is_the_reason(  # noqa: PLR0913  # fixtures
    dependencies: MemoryDependencies,
    capsys: pytest.CaptureFixture[str],
    path: str,
    kind: PauseKind,
    name: str | None,
    why: str,
) -> None:
    drop(dependencies, path)
    beat(dependencies)
    arguments = [kind.value, *([name] if name else [])]
    run(["pause", *arguments, "--by", "Anna"], dependencies)
    capsys.readouterr()

    assert why in where(dependencies, "story.xml", capsys)


@pytest.mark.parametrize(
    ("detail", "text", "why"),
    [
        ("held", "wire/_source.yml cannot be used: line 2: x", "the metadata of a folder is invalid: wire/_source.yml"),
        ("held", "_source.yml cannot be used: line 2: x", "the metadata of a folder is invalid: _source.yml"),
        ("held", "coast/_source.yml cannot be used: line 2: x", "a watcher takes it when it has not changed"),
        (
            "interrupted",
            "the archive's disk is full",
            "the intake is paused or interrupted: the archive's disk is full",
        ),
        ("paused", "the disk is nearly full", "the intake is paused or interrupted: the disk is nearly full"),
    ],
)
def test_what_keeps_a_watcher_from_taking_a_file_is_the_reason(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str], detail: str, text: str, why: str
) -> None:
    drop(dependencies, "wire/story.xml")
    beat(dependencies, **{detail: text})

    assert why in where(dependencies, "story.xml", capsys)


def deliver(dependencies: MemoryDependencies, path: str) -> None:
    ledger, delivery = dependencies.store().ledger, a_delivery(path=path)
    ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
    ledger.settle(delivery.id, Outcome(disposition=Disposition.STORED), by="worker")


def where_known(dependencies: MemoryDependencies, query: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["where", query], dependencies) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("query", ["weather.xml", "wire/weather.xml"])
def test_a_file_that_waits_is_reported_beside_an_earlier_one_of_its_name(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str], query: str
) -> None:
    deliver(dependencies, "wire/weather.xml" if "/" in query else "coast/weather.xml")
    drop(dependencies, "wire/weather.xml")
    beat(dependencies, unfinished(dependencies, "wire/weather.xml", remaining=555, certain=True))

    shown = where_known(dependencies, query, capsys)

    assert "stored" in shown
    assert "wire/weather.xml is in the inbox, but it is not finished: the end tag </a> is missing" in shown


def test_a_file_that_waits_elsewhere_is_not_reported_for_a_path(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(dependencies, "coast/weather.xml")
    drop(dependencies, "wire/weather.xml")
    drop(dependencies, ".claims/watcher@host:1/d1/coast/weather.xml")
    beat(dependencies)

    assert "in the inbox" not in where_known(dependencies, "coast/weather.xml", capsys)


def test_a_file_that_stays_in_the_inbox_after_it_was_taken_does_not_wait(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]
) -> None:
    dependencies.environ = {**dependencies.environ, "COPYTASTER_INBOX_MODE": "keep"}
    deliver(dependencies, "wire/weather.xml")
    drop(dependencies, "wire/weather.xml")
    beat(dependencies)
    taken = where_known(dependencies, "weather.xml", capsys)
    beat(dependencies, unfinished(dependencies, "wire/weather.xml", remaining=5, certain=True))
    changed = where_known(dependencies, "weather.xml", capsys)

    assert "in the inbox" not in taken
    assert "besides, " in changed


@pytest.mark.parametrize("folder", ["inbox", "quarantine"])
def test_a_file_elsewhere_that_was_never_delivered_is_in_none_of_the_folders(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str], tmp_path: Path, folder: str
) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / "story.xml").write_text("<a>")

    for query in (str(tmp_path / "story.xml"), "../story.xml"):
        assert f"{query} was not found in the ledger, nor in the folders" in where(dependencies, query, capsys)


def test_programs_get_the_explanation_too(dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]) -> None:
    drop(dependencies, "story.tmp")

    assert run(["where", "story.tmp", "--json"], dependencies) == 1

    assert "never taken" in json.loads(capsys.readouterr().out)["explanation"]


def test_the_status_names_files_that_have_waited_for_some_time(
    dependencies: MemoryDependencies, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [f"wire/{number}.xml" for number in range(5)]
    files = [unfinished(dependencies, name, remaining=555, certain=True) for name in names]
    fresh = files[0].model_copy(update={"path": "fresh.xml", "since": dependencies.clock.now()})
    beat(dependencies, *files, fresh, incomplete=60)

    run(["status"], dependencies)
    page = capsys.readouterr().out

    assert "wire/0.xml lacks the end tag </a> and goes to quarantine at 00:09:15 UTC; wire/1.xml" in page
    assert "and 57 more" in page
    assert "fresh.xml" not in page
