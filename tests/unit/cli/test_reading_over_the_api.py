"""Commands with ``--url``: through the API they print what they print from the server."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from copytaster.model.article import ArticleId, ArticleStatus
from copytaster.model.deletion import Deletion
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.stories.reading import PAGE
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.api_transport import URL, serve_api
from tests.factories import SHA, a_delivery, an_article, delivery_id, put_into_one_story

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    """Return a system with three articles, and the way to an API over the same store."""
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    store, clock = made.store(), made.clock
    for number in range(3):
        delivery = a_delivery(number, path=f"wire/story-{number}.txt", received_at=clock.now())
        status = ArticleStatus.WITHHELD if number == 2 else ArticleStatus.USABLE
        store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
        store.articles.create(an_article(f"a{number}", source="wire", status=status), owner=delivery.id)
        outcome = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId(f"a{number}"),))
        store.ledger.settle(delivery.id, outcome, by="worker")
    for number in range(7, 9):
        store.ledger.register(
            a_delivery(number, path=f"wire/empty-{number}.txt"), due_in=timedelta(seconds=30), by="watcher"
        )
        refused = Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="the file is empty")
        store.ledger.settle(delivery_id(number), refused, by="watcher")
    for number in range(5, 7):
        delivery = a_delivery(number, path=f"wire/gone-{number}.txt", sha256="cd" * 32)
        store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
        outcome = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId(f"a{number}"),))
        store.ledger.settle(delivery.id, outcome, by="worker")
    deletion = Deletion(article_id=ArticleId("a5"), at=clock.now(), by="legal desk", reason="takedown")
    store.articles.refuse(deletion)
    serve_api(made)
    return made


@pytest.mark.parametrize(
    "command",
    [
        ["articles"],
        ["articles", "--source", "Wire", "--from", "2025-12-31", "--limit", "2"],
        ["articles", "--json"],
        ["articles", "--topic", "nothing", "--json"],
        ["articles", "--withheld", "--json"],
        ["articles", "--status", "withheld", "--received-from", "2025-12-31", "--json"],
        ["articles", "--tag", "nothing", "--file-format", "pdf", "--received-to", "2025-12-31"],
        ["failed", "--limit", "1"],
        ["failed", "--reason", "empty", "--json"],
        ["failed", "--counts"],
        ["show", "a1", "--versions"],
        ["show", "a1", "--duplicates", "--json"],
        ["show", "a9"],
        ["show", "a5"],
        ["status"],
        ["where", "a1"],
        ["where", "story-0.txt", "--json"],
        ["where", "wire/story-1.txt"],
        ["where", SHA.upper()],
        ["where", "a5"],
        ["where", "gone-5.txt"],
        ["where", "gone-6.txt"],
        ["stories", "--single", "--json"],
        ["stories", "show", "s9"],
    ],
    ids=" ".join,
)
def test_a_command_prints_the_same_from_the_server_and_through_the_api(
    dependencies: MemoryDependencies, capsys: Captured, command: list[str]
) -> None:
    status = run(command, dependencies)
    from_server = capsys.readouterr()

    assert run([*command, "--url", URL], dependencies) == status
    through_api = capsys.readouterr()
    assert through_api.out == from_server.out
    assert through_api.err == from_server.err


def test_a_story_of_several_pages_is_whole_through_the_api(dependencies: MemoryDependencies, capsys: Captured) -> None:
    members = [an_article(f"a{number}") for number in range(100, 101 + PAGE)]
    for each in members:
        dependencies.store().articles.create(each, owner=a_delivery().id)
    story = put_into_one_story(dependencies.store(), *members)

    assert run(["stories", "show", story, "--json", "--url", URL], dependencies) == 0
    through_api = json.loads(capsys.readouterr().out)
    assert [each["article_id"] for each in through_api["members"]] == [each.id for each in members]
    assert run(["stories", "show", story, "--json"], dependencies) == 0
    assert json.loads(capsys.readouterr().out) == through_api


def test_the_address_may_be_in_the_environment(dependencies: MemoryDependencies, capsys: Captured) -> None:
    dependencies.environ = {**dependencies.environ, "COPYTASTER_URL": URL}
    requests: list[str] = []
    transport = dependencies.transport
    assert transport is not None

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request.url.path)
        return transport.handle_request(request)

    dependencies.transport = httpx2.MockTransport(answer)

    assert run(["articles", "--json"], dependencies) == 0
    assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["a2", "a1", "a0"]
    assert requests == ["/api/v1/articles"]


def test_a_withheld_text_is_not_listed_through_the_api(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["articles", "--json", "--url", URL], dependencies) == 0
    texts = {each["id"]: each["text"] for each in map(json.loads, capsys.readouterr().out.splitlines())}
    assert texts["a1"]
    assert texts["a2"] is None


def test_the_status_of_another_system_is_a_document(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["status", "--json", "--url", URL], dependencies) == 1  # no part runs there
    status = json.loads(capsys.readouterr().out)
    assert status["balance"]["seen"] == 7
    assert status["articles"] == 3


def test_an_unknown_file_is_said_to_be_unknown_to_the_api(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["where", "nothing.txt", "--url", URL], dependencies) == 1
    assert "the API knows no file, delivery or article nothing.txt" in capsys.readouterr().err


def test_an_api_that_does_not_answer_is_a_failure_that_names_it(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("connection refused", request=request)

    dependencies.transport = httpx2.MockTransport(refuse)

    assert run(["status", "--url", URL], dependencies) == 1
    assert f"the API at {URL} does not answer: connection refused" in capsys.readouterr().err


def test_a_refusal_of_the_api_is_printed(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "harbour", "--url", URL], dependencies) == 1
    assert "no search index" in capsys.readouterr().err
