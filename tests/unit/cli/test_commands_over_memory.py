"""Each command over a store in memory: what it prints, where, and its exit status."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.errors import CommandRefusedError, ServerUnavailableError
from copytaster.model.article import Article, ArticleId
from copytaster.model.delivery import Delivery, DeliveryId, Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.store.ports.presence import Heartbeat, Part
from copytaster.store.store import Store
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ID = DeliveryId("d0001")
SHA256 = "ab" * 32
STORY = (
    "Harbour dredging to begin in May\n\n"
    "The port authority of Kestrel said on Tuesday that dredging of the outer harbour would begin in May.\n\n"
    "Ferries will leave from the north quay meanwhile, and officials expect the work to take eleven weeks.\n"
)

Captured = pytest.CaptureFixture[str]


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


def a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


def register(store: Store, path: str = "wire/story.txt", outcome: Outcome | None = None) -> None:
    delivery = Delivery(
        id=ID, name=path.rsplit("/", 1)[-1], path=path, source="wire", size=7, sha256=SHA256, received_at=NOW
    )
    store.ledger.register(delivery, due_in=timedelta(seconds=10), by="watcher@here")
    if outcome:
        store.ledger.settle(ID, outcome, by="worker@here")


def article(article_id: str = "a1", **more: Any) -> Article:
    return Article(
        id=ArticleId(article_id),
        version=1,
        received_at=NOW,
        word_count=3,
        format="text",
        provenance={},
        sha256=SHA256,
        **{"title": "Harbour dredging", "text": "Dredging begins soon.", "source": "wire"} | more,
    )


def stored(store: Store) -> None:
    store.articles.create(article(), owner=ID)
    register(store, outcome=Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"),)))


@pytest.mark.parametrize("query", ["story.txt", "wire/story.txt", str(ID), SHA256, SHA256.upper(), "a1"])
def test_a_file_is_found_by_name_path_hash_or_id(
    dependencies: MemoryDependencies, capsys: Captured, query: str
) -> None:
    stored(dependencies.store())

    status = run(["where", query, "--json"], dependencies)

    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert found["query"] == query
    assert [each["id"] for each in found["deliveries"]] == [ID]
    assert [each["stage"] for each in found["deliveries"][0]["timeline"]]
    assert [each["id"] for each in found["articles"]] == ["a1"]


def test_a_file_is_found_by_its_full_path_in_the_inbox(dependencies: MemoryDependencies, capsys: Captured) -> None:
    stored(dependencies.store())

    assert run(["where", str(dependencies.settings().inbox / "wire" / "story.txt")], dependencies) == 0
    assert "stored" in capsys.readouterr().out


def test_a_file_elsewhere_is_found_by_its_content(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "other-name.txt"
    elsewhere.write_text(STORY)
    run(["ingest", str(elsewhere)], dependencies)
    renamed = elsewhere.rename(tmp_path / "renamed.txt")

    assert run(["where", str(renamed)], dependencies) == 0
    assert "other-name.txt" in capsys.readouterr().out


def test_a_rejected_file_is_shown_with_its_reason_and_advice(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    refusal = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="story.txt is empty")
    register(dependencies.store(), outcome=refusal)

    assert run(["where", "story.txt"], dependencies) == 0
    shown = capsys.readouterr().out
    assert "story.txt is empty" in shown
    assert "Request the file from its sender again" in " ".join(shown.split())


def test_a_waiting_file_is_shown_with_what_happens_next(dependencies: MemoryDependencies, capsys: Captured) -> None:
    register(dependencies.store())

    assert run(["where", "story.txt"], dependencies) == 0
    assert "in 10 s" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("folder", "message"), [("inbox/wire", "lost.txt is in the inbox"), ("quarantine", "lost.txt is in quarantine")]
)
def test_an_unregistered_file_in_a_folder_is_reported_with_that_folder(
    dependencies: MemoryDependencies, capsys: Captured, folder: str, message: str
) -> None:
    path = dependencies.settings().data / folder / "lost.txt"
    path.parent.mkdir(parents=True)
    path.write_text("x")

    assert run(["where", "lost.txt"], dependencies) == 1
    assert message in capsys.readouterr().err


def test_an_unknown_file_gives_an_empty_document_and_a_message(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    status = run(["where", "nowhere.txt", "--json"], dependencies)

    captured = capsys.readouterr()
    assert status == 1
    answer = json.loads(captured.out)
    explanation = answer.pop("explanation")
    assert answer == {"query": "nowhere.txt", "deliveries": [], "articles": []}
    assert "nowhere.txt was not found" in explanation
    assert explanation in captured.err


def test_control_characters_are_shown_as_escapes(dependencies: MemoryDependencies, capsys: Captured) -> None:
    dependencies.store().articles.create(article(title="\x1b[31mred\u202e [bold]news"), owner=ID)

    assert run(["articles"], dependencies) == 0
    assert "\\u001b[31mred\\u202e [bold]news" in capsys.readouterr().out


def test_articles_are_printed_one_json_document_a_line(dependencies: MemoryDependencies, capsys: Captured) -> None:
    for nth in range(3):
        dependencies.store().articles.create(article(f"a{nth}", language="en"), owner=DeliveryId(f"d{nth}"))
    dependencies.store().articles.create(article("b", language="fr"), owner=DeliveryId("db"))

    status = run(["articles", "--language", "en", "--limit", "2", "--json"], dependencies)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0
    assert len(lines) == 2
    assert {each["language"] for each in lines} == {"en"}


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--from", "2026-01-01"], 1),
        (["--from", "2026-01-02"], 0),
        (["--to", "2026-01-01"], 1),
        (["--to", "2025-12-31"], 0),
        (["--from", "2026-01-01T02:00:00+03:00", "--to", "2026-01-01T00:00:00Z"], 1),
    ],
)
def test_a_day_means_all_of_its_hours(
    dependencies: MemoryDependencies, capsys: Captured, options: list[str], count: int
) -> None:
    dependencies.store().articles.create(article(published_at=NOW), owner=ID)

    assert run(["articles", *options, "--json"], dependencies) == 0
    assert len(capsys.readouterr().out.splitlines()) == count


def test_an_invalid_time_is_wrong_use(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["articles", "--from", "yesterday"], dependencies) == 2
    assert "2026-01-31" in capsys.readouterr().err


def test_show_prints_the_whole_document_and_the_number_of_versions(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    stored(dependencies.store())

    assert run(["show", "a1", "--json"], dependencies) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["title"] == "Harbour dredging"
    assert shown["versions"] == 1
    assert run(["show", "a1"], dependencies) == 0
    assert "Dredging begins soon." in capsys.readouterr().out


def test_show_of_an_unknown_article_fails(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["show", "a9"], dependencies) == 1
    assert "there is no article a9" in capsys.readouterr().err


def test_explain_prints_one_document_with_the_decisions(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    file = tmp_path / "story.txt"
    file.write_text(STORY)

    status = run(["explain", str(file), "--source", "wire", "--json"], dependencies)

    document = json.loads(capsys.readouterr().out)
    assert status == 0
    assert document["title"] == "Harbour dredging to begin in May"
    assert {"stage", "what", "why"} == document["decisions"][0].keys()
    assert dependencies.store().articles.count() == 0
    assert run(["explain", str(file)], dependencies) == 0
    assert "Harbour dredging to begin in May" in capsys.readouterr().out


def test_explain_of_a_refused_file_fails_with_the_reason(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    file = tmp_path / "empty.txt"
    file.touch()

    assert run(["explain", str(file)], dependencies) == 1
    assert "empty" in capsys.readouterr().err


def test_files_of_a_folder_are_delivered_below_their_source(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    folder = tmp_path / "press"
    (folder / "deep" / ".hidden").mkdir(parents=True)
    for name in ("a.txt", "deep/b.txt", ".dot.txt", "c.txt.part", "deep/.hidden/d.txt", "gone.txt.meta.json"):
        (folder / name).write_text(STORY)

    status = run(["ingest", str(folder), "--source", "wire", "--json"], dependencies)

    delivered = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0
    assert [(each["path"], each["source"]) for each in delivered] == [
        ("wire/press/a.txt", "wire"),
        ("wire/press/deep/b.txt", "wire"),
    ]
    assert [each for _, each in dependencies.publisher.published] == [each["id"] for each in delivered]
    assert (folder / "a.txt").read_text() == STORY


@pytest.mark.parametrize(("path", "why"), [("", "an argument is empty"), ("nothing", "does not exist")])
def test_a_path_that_is_empty_or_does_not_exist_delivers_nothing(  # noqa: PLR0913  # fixtures
    dependencies: MemoryDependencies,
    capsys: Captured,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    why: str,
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.txt").write_text(STORY)
    monkeypatch.chdir(tmp_path / "here")

    assert run(["ingest", path], dependencies) == 2
    assert why in capsys.readouterr().err
    assert dependencies.publisher.published == []


def test_a_sidecar_is_delivered_with_its_file_without_a_word(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    folder = tmp_path / "press"
    folder.mkdir()
    (folder / "a.txt").write_text(STORY)
    (folder / "a.txt.meta.json").write_text('{"title": "Dredging"}')

    status = run(["ingest", str(folder), "--json"], dependencies)

    captured = capsys.readouterr()
    (delivered,) = map(json.loads, captured.out.splitlines())
    assert (status, captured.err) == (0, "")
    assert delivered["metadata"]["title"] == "Dredging"
    assert run(["where", "a.txt.meta.json"], dependencies) == 0
    shown = capsys.readouterr().out
    assert delivered["id"] in shown
    assert "with sidecar a.txt.meta.json" in shown


def test_explain_applies_a_sidecar_and_reports_it(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    file, sidecar = tmp_path / "story.txt", tmp_path / "story.txt.meta.json"
    file.write_text(STORY)
    sidecar.write_text('{"title": "Dredging"}')

    status = run(["explain", str(file), "--json"], dependencies)
    document = json.loads(capsys.readouterr().out)
    sidecar.write_text('{"titel": "Dredging"}')
    refused = run(["explain", str(file), "--json"], dependencies)

    assert (status, document["title"]) == (0, "Dredging")
    assert {"stage": "parse", "what": "with sidecar story.txt.meta.json", "why": "the sidecar has: title"} in document[
        "decisions"
    ]
    assert refused == 1
    assert "there is no field 'titel'" in capsys.readouterr().err


def test_waiting_gives_up_at_its_deadline(dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path) -> None:
    file = tmp_path / "story.txt"
    file.write_text(STORY)

    assert run(["ingest", str(file), "--wait", "--timeout", "0"], dependencies) == 1
    assert "1 of 1 deliveries had not settled" in capsys.readouterr().err


def test_a_refused_file_fails_and_its_neighbours_are_delivered(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "empty.txt").touch()
    (tmp_path / "in" / "gone.txt").symlink_to("nowhere")
    (tmp_path / "in" / "story.txt").write_text(STORY)

    status = run(["ingest", str(tmp_path / "in"), "--json"], dependencies)

    captured = capsys.readouterr()
    ends = {each["name"]: each["disposition"] for each in map(json.loads, captured.out.splitlines())}
    assert status == 1
    assert ends == {"empty.txt": "rejected", "story.txt": None}
    assert "gone.txt cannot be delivered" in captured.err


@pytest.mark.parametrize(
    ("make", "kind"), [(os.mkfifo, "a named pipe"), (a_socket, "a socket"), (a_device, "a device")]
)
def test_what_is_no_regular_file_is_not_delivered_and_is_named(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path, make: Callable[[Path], None], kind: str
) -> None:
    make(tmp_path / "story.txt")

    assert run(["ingest", str(tmp_path / "story.txt"), "--json"], dependencies) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"story.txt cannot be delivered: it is {kind}, not a regular file\n" in captured.err


def test_a_link_to_a_folder_that_it_is_in_is_not_followed(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    folder = tmp_path / "in" / "desk"
    folder.mkdir(parents=True)
    (folder / "story.txt").write_text(STORY)
    (folder / "loop").symlink_to(tmp_path / "in")
    (tmp_path / "in" / "other").symlink_to(folder)

    assert run(["ingest", str(tmp_path / "in"), "--json"], dependencies) == 0

    captured = capsys.readouterr()
    assert sorted(each["path"] for each in map(json.loads, captured.out.splitlines())) == [
        "in/desk/story.txt",
        "in/other/story.txt",
    ]
    assert f"{folder / 'loop'} is skipped: it is a link to a folder that it is in\n" in captured.err


@pytest.mark.parametrize("source", ["../elsewhere", "a/b", ".hidden"])
def test_a_source_must_be_the_name_of_a_folder(dependencies: MemoryDependencies, tmp_path: Path, source: str) -> None:
    assert run(["ingest", str(tmp_path), "--source", source], dependencies) == 2


def test_status_fails_with_the_reason_while_parts_are_absent(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    assert run(["status"], dependencies) == 1
    assert "no watcher has sent a heartbeat" in capsys.readouterr().out


def test_status_succeeds_when_all_parts_are_at_work(dependencies: MemoryDependencies, capsys: Captured) -> None:
    for part in Part:
        now = dependencies.clock.now()
        dependencies.store().presence.beat(
            Heartbeat(part=part, name=f"{part}@here", host="here", pid=1, started_at=now, beat_at=now)
        )

    assert run(["status", "--json"], dependencies) == 0
    assert json.loads(capsys.readouterr().out)["ready"] is True
    assert run(["status"], dependencies) == 0
    assert "watcher@here" in capsys.readouterr().out


def test_status_cannot_be_kept_up_to_date_as_json(dependencies: MemoryDependencies) -> None:
    assert run(["status", "--json", "--watch"], dependencies) == 2


def test_every_setting_is_printed_with_its_origin_and_no_password(capsys: Captured) -> None:
    dependencies = MemoryDependencies(
        {"COPYTASTER_REDIS_URL": "redis://:secret@there:6379/0", "COPYTASTER_API_PORT": "81"}
    )

    assert run(["check-config"], dependencies) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert "redis://***@there:6379/0" in lines["COPYTASTER_REDIS_URL"]
    assert "secret" not in str(lines)
    assert lines["COPYTASTER_API_PORT"].split()[1:3] == ["81", "environment"]
    assert lines["COPYTASTER_LOG_LEVEL"].split()[1:3] == ["INFO", "default"]


def test_the_origin_of_a_secret_may_be_a_file(tmp_path: Path, capsys: Captured) -> None:
    (secret := tmp_path / "secret").write_text("redis://:secret@there:6379/0\n")

    assert run(["check-config"], MemoryDependencies({"COPYTASTER_REDIS_URL_FILE": str(secret)})) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["COPYTASTER_REDIS_URL"].split()[1:3] == ["redis://***@there:6379/0", "file"]


def test_every_wrong_setting_is_named(capsys: Captured) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_API_PORT": "many", "COPYTASTER_CONCURENCY": "2"})

    assert run(["check-config"], dependencies) == 2
    complaint = capsys.readouterr().err
    assert "COPYTASTER_API_PORT" in complaint
    assert "did you mean COPYTASTER_CONCURRENCY" in complaint


def test_a_server_that_is_away_is_named_without_its_password(capsys: Captured) -> None:
    class Away(MemoryDependencies):
        def store_to_read(self) -> Store:
            raise ServerUnavailableError("no answer")

    dependencies = Away({"COPYTASTER_REDIS_URL": "redis://:secret@there:6379/0"})

    assert run(["articles"], dependencies) == 1
    complaint = capsys.readouterr().err
    assert "redis://***@there:6379/0" in complaint
    assert "secret" not in complaint


def test_a_server_that_answers_and_refuses_is_not_said_to_be_silent(capsys: Captured) -> None:
    class Refusing(MemoryDependencies):
        def store_to_read(self) -> Store:
            raise CommandRefusedError("MISCONF: the disk is full")

    assert run(["articles"], Refusing({"COPYTASTER_REDIS_URL": "redis://there:6379/0"})) == 1
    complaint = capsys.readouterr().err
    assert "the server redis://there:6379/0 answers, and refuses this" in complaint
    assert "not answer" not in complaint


def test_wrong_use_and_failure_have_different_exit_statuses(dependencies: MemoryDependencies) -> None:
    assert run(["nonsense"], dependencies) == 2
    assert run(["ingest", "no-such-file"], dependencies) == 2
    assert run(["--version"], dependencies) == 0
