"""``show --versions``, ``articles --story``, ``accept`` and the sources in the status, over a store in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.decisions import FilesystemDecisions
from copytaster.model.article import Article, ArticleId, ArticleStatus, Duplicate, Relation, RelationKind
from copytaster.model.delivery import DeliveryId
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.users import user_name
from tests.factories import START, an_article, delivery_id, put_into_one_story

Captured = pytest.CaptureFixture[str]
A1, A2 = ArticleId("a1"), ArticleId("a2")


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


def publish(dependencies: MemoryDependencies, article_id: str = "a1", **fields: object) -> Article:
    article = an_article(article_id, received_at=dependencies.clock.now(), **fields)
    dependencies.store().articles.create(article, owner=DeliveryId(f"d{article_id}"))
    return article


def publish_copy(dependencies: MemoryDependencies) -> None:
    first = publish(dependencies)
    copy = publish(dependencies, "a2", relation=Relation(kind=RelationKind.NEAR, of=A1, score=0.9))
    put_into_one_story(dependencies.store(), first, copy)


def test_versions_show_deleted_and_inserted_words(dependencies: MemoryDependencies, capsys: Captured) -> None:
    first = publish(dependencies)
    second = first.model_copy(update={"text": "The harbour reopened on Tuesday."})
    dependencies.store().articles.add_version(second, owner=DeliveryId("d2"))

    status = run(["show", "a1", "--versions"], dependencies)

    printed = capsys.readouterr().out
    assert status == 0
    assert "the first version" in printed
    assert "[-Monday.-]{+Tuesday.+}" in printed
    assert "version 2" in printed


def test_versions_as_json_are_a_line_each(dependencies: MemoryDependencies, capsys: Captured) -> None:
    first = publish(dependencies)
    dependencies.store().articles.add_version(first.model_copy(update={"title": "Open"}), owner=DeliveryId("d2"))

    run(["show", "a1", "--versions", "--json"], dependencies)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [each["version"] for each in lines] == [1, 2]
    assert [each["op"] for each in lines[1]["changes"]] == ["delete", "insert", "equal"]


def test_all_copies_are_printed_and_the_page_of_an_article_says_how_many_there_are(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    publish(dependencies)
    for number in range(2, 32):
        dependencies.store().articles.add_duplicate(
            A1,
            Duplicate(
                delivery_id=delivery_id(number),
                kind=RelationKind.EXACT,
                score=1,
                name="copy.txt",
                source=None,
                article_id=A1,
                received_at=START,
            ),
        )

    run(["show", "a1", "--duplicates", "--json"], dependencies)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    run(["show", "a1"], dependencies)
    page = capsys.readouterr().out
    run(["show", "a1", "--duplicates"], dependencies)
    listed = capsys.readouterr().out

    assert [each["delivery_id"] for each in lines] == [delivery_id(number) for number in range(31, 1, -1)]
    assert "the newest 20 of 30" in page
    assert (page.count("copy.txt"), listed.count("copy.txt")) == (20, 30)


def test_articles_of_a_story_are_listed(dependencies: MemoryDependencies, capsys: Captured) -> None:
    one, other = publish(dependencies), publish(dependencies, "a2")
    publish(dependencies, "a3")
    put_into_one_story(dependencies.store(), one, other)

    run(["articles", "--story", "s1", "--json"], dependencies)

    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(each["id"], each["story_id"]) for each in listed} == {("a1", "s1"), ("a2", "s1")}


def test_a_killed_article_is_listed_without_its_text(dependencies: MemoryDependencies, capsys: Captured) -> None:
    publish(dependencies, status=ArticleStatus.CANCELED)

    run(["articles", "--json"], dependencies)
    listed = json.loads(capsys.readouterr().out)
    run(["show", "a1", "--json"], dependencies)

    assert (listed["status"], listed["text"]) == ("canceled", None)
    assert json.loads(capsys.readouterr().out)["text"] == "The harbour reopened on Monday."


def test_a_copy_is_accepted_and_the_decision_is_stored_in_the_archive(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    publish_copy(dependencies)

    statuses = [run(["accept", "a2"], dependencies) for _ in range(2)]

    assert statuses == [0, 0]
    assert "a2 is a separate article now, in the story s1" in capsys.readouterr().out
    (decision,) = FilesystemDecisions(f"file://{dependencies.settings().data}/archive").all()
    assert (decision.article_id, decision.by) == ("a2", user_name(dependencies.environ))


def test_an_acceptance_is_undone(dependencies: MemoryDependencies, capsys: Captured) -> None:
    publish_copy(dependencies)
    run(["accept", "a2"], dependencies)

    statuses = [run(["accept", "a2", "--undo"], dependencies), run(["accept", "a1", "--undo"], dependencies)]

    printed = capsys.readouterr()
    assert statuses == [0, 1]
    assert "a2 is a copy of a1 again" in printed.out
    assert "a1 was not accepted: there is nothing to undo" in printed.err
    (decision,) = FilesystemDecisions(f"file://{dependencies.settings().data}/archive").all()
    assert decision.undone


@pytest.mark.parametrize(("article_id", "message"), [("a1", "is not a copy"), ("a404", "there is no article a404")])
def test_only_copies_can_be_accepted(
    dependencies: MemoryDependencies, capsys: Captured, article_id: str, message: str
) -> None:
    publish_copy(dependencies)

    assert run(["accept", article_id], dependencies) == 1
    assert message in capsys.readouterr().err


def test_the_status_shows_how_far_a_source_is_ahead(dependencies: MemoryDependencies, capsys: Captured) -> None:
    dependencies.store().source_statistics.count_copy("d1", "Quay", of="Kestrel", lead=timedelta(seconds=2.5))

    run(["status"], dependencies)

    printed = capsys.readouterr().out
    assert "MEDIAN LEAD" in printed
    assert "2.5 s" in printed
