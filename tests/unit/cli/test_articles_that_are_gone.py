"""Commands about articles that a person deleted, or that the retention has removed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.articles.removal import remove_article
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery, Outcome
from copytaster.model.disposition import Disposition
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import a_delivery, an_article

Captured = pytest.CaptureFixture[str]

DELETED = "the article a1 was deleted by legal desk at 2026-01-01 00:00 UTC: takedown"


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    """Return a system with a file of two articles."""
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path)})
    store, delivery = made.store(), a_delivery(path="wire/story.txt")
    store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
    for each in ("a1", "a2"):
        store.articles.create(an_article(each), owner=delivery.id)
    both = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"), ArticleId("a2")))
    store.ledger.settle(delivery.id, both, by="worker")
    return made


def settle(dependencies: MemoryDependencies, delivery: Delivery, *articles: ArticleId) -> None:
    """Register a delivery that ended with these articles."""
    ledger = dependencies.store().ledger
    ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
    ledger.settle(delivery.id, Outcome(disposition=Disposition.STORED, article_ids=articles), by="worker")


def delete(dependencies: MemoryDependencies, article_id: str, *arguments: str) -> None:
    assert run(["delete", article_id, *arguments], dependencies) == 0


def where(dependencies: MemoryDependencies, capsys: Captured, name: str = "story.txt") -> str:
    capsys.readouterr()
    assert run(["where", name], dependencies) == 0
    return " ".join(capsys.readouterr().out.split())


def test_of_a_file_whose_article_was_deleted_it_is_said_by_whom_and_why(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    delete(dependencies, "a1", "--by", "legal desk", "--reason", "takedown")
    with_one_article = where(dependencies, capsys)
    delete(dependencies, "a2")
    with_none = where(dependencies, capsys)

    assert "the article is in the store" in with_one_article
    assert DELETED in with_one_article
    assert "its article is not in the store any more" in with_none
    assert "the article is in the store" not in with_none


def test_of_a_file_whose_articles_have_reached_their_age_it_is_said_that_they_are_removed(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    for each in ("a1", "a2"):
        remove_article(ArticleId(each), dependencies.store(), before=None)

    shown = where(dependencies, capsys)

    assert "its article is not in the store any more" in shown
    assert "the article a1 was removed by the retention" in shown


def test_of_a_long_file_all_of_whose_articles_are_removed_it_is_not_said_that_they_are_in_the_store(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    many = tuple(ArticleId(f"b{number}") for number in range(30))
    settle(dependencies, a_delivery(2, path="wire/feed.xml"), *many)
    settle(dependencies, a_delivery(3, path="wire/late.txt"), ArticleId("b0"), ArticleId("c1"))
    dependencies.store().articles.create(an_article("c1"), owner=a_delivery(3).id)

    assert "its article is not in the store any more" in where(dependencies, capsys, "feed.xml")
    assert "the article is in the store" in where(dependencies, capsys, "late.txt")


def test_of_many_files_of_one_name_it_is_said_of_each_whether_its_articles_are_in_the_store(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    for number in range(2, 6):
        many = tuple(ArticleId(f"b{number}-{each}") for each in range(9))
        settle(dependencies, a_delivery(number, path="wire/latest.xml"), *many)

    shown = where(dependencies, capsys, "latest.xml")

    assert shown.count("its article is not in the store any more") == 4
    assert "the article is in the store" not in shown


@pytest.mark.parametrize("command", ["show", "where"])
def test_a_deleted_article_is_unknown_for_the_reason_of_its_deletion(
    dependencies: MemoryDependencies, capsys: Captured, command: str
) -> None:
    delete(dependencies, "a1", "--by", "legal desk", "--reason", "takedown")
    dependencies.store().retention.remove_delivery(a_delivery())

    assert run([command, "a1"], dependencies) == 1
    assert DELETED in capsys.readouterr().err


def test_a_repeated_deletion_names_who_deleted_the_article_first(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    delete(dependencies, "a1", "--by", "legal desk", "--reason", "takedown")
    delete(dependencies, "a1", "--by", "intern")

    assert capsys.readouterr().out.splitlines() == ["deleted by legal desk: a1"] * 2
