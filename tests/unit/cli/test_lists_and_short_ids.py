"""Lists that are empty or cut say so, and ids may be given by their beginning or as those of deliveries."""

from __future__ import annotations

import errno
import os
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.model.article import ArticleId
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import a_delivery, an_article, delivery_id

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    """Return a store with the articles abcd1, abcd2 and efgh3, which came in the deliveries 1, 1 and 3."""
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    store = made.store()
    for number, ids in ((1, ("abcd1", "abcd2")), (3, ("efgh3",))):
        delivery = a_delivery(number)
        store.ledger.register(delivery, due_in=timedelta(seconds=30), by="watcher")
        for each in ids:
            store.articles.create(an_article(each, source="wire", title=f"Title of {each}"), owner=delivery.id)
        outcome = Outcome(disposition=Disposition.STORED, article_ids=tuple(map(ArticleId, ids)))
        store.ledger.settle(delivery.id, outcome, by="worker")
    return made


def test_a_list_that_was_cut_says_so(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["articles", "--limit", "2", "--json"], dependencies) == 0

    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == 2
    assert printed.err == "the first 2 of the articles; there are more: give a greater --limit\n"


@pytest.mark.parametrize("unknown", ["x" * 5_000, "x/" * 2_500], ids=["a name", "a path"])
def test_what_is_too_long_for_a_path_is_unknown_like_any_other_id(
    dependencies: MemoryDependencies, capsys: Captured, unknown: str
) -> None:
    assert [run([each, unknown], dependencies) for each in ("show", "where")] == [1, 1]

    shown, sought = capsys.readouterr().err.splitlines()
    assert shown == f"copytaster: there is no article {unknown}; `copytaster articles` lists the articles"
    assert sought.startswith(f"copytaster: {unknown} was not found in the ledger, nor in the folders")


def test_a_file_that_this_user_may_not_read_is_sought_by_its_name(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    name = a_delivery(1).name
    (tmp_path / name).touch()
    monkeypatch.setattr(Path, "open", refuse)

    assert run(["where", str(tmp_path / name)], dependencies) == 0
    assert delivery_id(1) in capsys.readouterr().out


def test_a_complete_list_says_nothing(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["articles", "--limit", "3"], dependencies) == 0
    assert capsys.readouterr().err == ""


def test_an_empty_list_names_the_condition_that_no_article_meets(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    assert run(["articles", "--source", "Wire", "--topic", "econmy"], dependencies) == 0
    assert "no article matches: no article has the topic 'econmy'\n" in capsys.readouterr().err


def test_an_empty_list_whose_conditions_are_each_met_is_only_empty(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    assert run(["articles", "--source", "wire", "--to", "2020-01-01"], dependencies) == 0
    assert capsys.readouterr().err == "no article matches\n"


def test_a_list_of_stories_may_be_empty(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["stories"], dependencies) == 0
    assert "no story matches" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["efgh3", "efgh", str(delivery_id(3))])
@pytest.mark.parametrize("command", ["show", "where"])
def test_an_article_is_found_by_its_id_its_beginning_and_its_delivery(
    dependencies: MemoryDependencies, capsys: Captured, command: str, text: str
) -> None:
    assert run([command, text], dependencies) == 0
    assert "Title of efgh3" in capsys.readouterr().out


@pytest.mark.parametrize(("command", "text"), [("show", "abcd"), ("where", "abcd"), ("show", str(delivery_id(1)))])
def test_several_articles_that_may_be_meant_are_named(
    dependencies: MemoryDependencies, capsys: Captured, command: str, text: str
) -> None:
    assert run([command, text], dependencies) == 1

    message = capsys.readouterr().err
    assert "may mean several articles: abcd" in message
    assert "abcd1" in message
    assert "abcd2" in message


@pytest.mark.parametrize("text", ["efg", "fgh3", "nothing"])
def test_a_text_that_begins_no_id_is_unknown(dependencies: MemoryDependencies, capsys: Captured, text: str) -> None:
    assert run(["show", text], dependencies) == 1
    assert f"there is no article {text}" in capsys.readouterr().err


def test_the_state_is_watched_on_a_terminal_only(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["status", "--watch"], dependencies) == 2
    assert "it needs a terminal" in " ".join(capsys.readouterr().err.split())


def test_rules_have_one_version_in_check_and_in_test(
    dependencies: MemoryDependencies, capsys: Captured, tmp_path: Path
) -> None:
    file = tmp_path / "rules.yml"
    file.write_text("rules:\n  - id: port\n    when: {term: harbour}\n    then: {tags: [port]}\n")
    assert run(["rules", "check", str(file)], dependencies) == 0
    checked = capsys.readouterr().out
    assert run(["rules", "test", str(file)], dependencies) == 0

    assert "1 rules, version " in checked
    assert capsys.readouterr().out.splitlines()[0] == checked.splitlines()[0]
