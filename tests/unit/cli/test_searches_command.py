"""``copytaster searches`` over a store in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.model.article import ArticleId
from copytaster.model.standing_search import Match, MatchedSearch, SearchId
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import START, an_article, delivery_id

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


@pytest.fixture
def search(dependencies: MemoryDependencies, capsys: Captured) -> str:
    created: str = answer(dependencies, capsys, "create", '"sea wall"', "--name", "the port", "--json")["id"]
    return created


def answer(dependencies: MemoryDependencies, capsys: Captured, *arguments: str) -> Any:
    """Run the command, and return its first document."""
    assert run(["searches", *arguments], dependencies) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out.splitlines()[0])


def output(dependencies: MemoryDependencies, capsys: Captured, *arguments: str) -> str:
    assert run(["searches", *arguments], dependencies) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def test_a_search_is_created_listed_and_shown(dependencies: MemoryDependencies, capsys: Captured) -> None:
    created = output(dependencies, capsys, "create", "harbour", "-ferry", "--source", "kestrel", "--by", "ann")
    listed = output(dependencies, capsys, "list")
    shown = output(dependencies, capsys, "show", created.split(" ", 1)[0])

    assert created.endswith(" harbour -ferry: on\n")
    assert "harbour -ferry, source kestrel" in listed
    assert "ann" in shown
    assert "no hits yet" in shown


def test_a_search_of_filters_is_named_by_them(dependencies: MemoryDependencies, capsys: Captured) -> None:
    found = answer(dependencies, capsys, "create", "--topic", "sport", "--language", "en", "--off", "--json")

    assert (found["name"], found["q"], found["on_since"]) == ("topic sport, language en", None, None)


@pytest.mark.parametrize("command", ["create", "preview"])
def test_an_option_that_does_not_exist_is_no_term_of_a_standing_search(
    dependencies: MemoryDependencies, capsys: Captured, command: str
) -> None:
    status = run(["searches", command, "harbour", "--from", "2026-01-01"], dependencies)

    assert status == 2
    assert "there is no option --from" in capsys.readouterr().err
    assert "there are no standing searches" in output(dependencies, capsys, "list")


def test_an_empty_list_says_what_makes_a_search(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert "there are no standing searches; `copytaster searches create QUERY`" in output(dependencies, capsys, "list")


def test_a_list_that_is_cut_says_so(dependencies: MemoryDependencies, capsys: Captured) -> None:
    for number in range(3):
        run(["searches", "create", f"word{number}"], dependencies)
        dependencies.clock.advance(seconds=1)
    capsys.readouterr()

    assert run(["searches", "list", "--limit", "2"], dependencies) == 0

    printed = capsys.readouterr()
    assert ("word2" in printed.out, "word0" in printed.out) == (True, False)
    assert "there are more" in printed.err


def test_a_search_is_switched_and_deleted(dependencies: MemoryDependencies, capsys: Captured, search: str) -> None:
    off = output(dependencies, capsys, "off", search)
    on = output(dependencies, capsys, "on", search)
    deleted = output(dependencies, capsys, "delete", search)
    again = run(["searches", "show", search], dependencies)

    assert (off, on) == (f"{search} the port: off\n", f"{search} the port: on\n")
    assert (deleted, again) == (f"{search} is deleted\n", 1)
    assert f"there is no standing search {search}" in capsys.readouterr().err


def test_hits_are_shown_with_their_titles(dependencies: MemoryDependencies, capsys: Captured, search: str) -> None:
    store = dependencies.store()
    store.articles.create(an_article("a1", source="wire"), owner=delivery_id(1))
    found = (MatchedSearch(id=SearchId(search), name="the port"),)
    matches = [Match(at=START, article_id=ArticleId(each), searches=found) for each in ("a1", "a2")]
    store.search_hits.record(matches, after=None, position="7-0", generation=None)

    shown = output(dependencies, capsys, "show", search)

    assert "Harbour reopens" in shown
    assert "a2" in shown


def test_a_preview_shows_what_would_have_been_found(
    dependencies: MemoryDependencies, capsys: Captured, search: str
) -> None:
    for number, text in enumerate(("The sea wall.", "The sea and the wall.", "A sea wall again.")):
        article = an_article(f"a{number}", text=text, received_at=START + timedelta(minutes=number))
        dependencies.store().articles.create(article, owner=delivery_id(number))
    run(["search", "rebuild"], dependencies)
    capsys.readouterr()

    stored = output(dependencies, capsys, "preview", search)
    new = answer(dependencies, capsys, "preview", "sea", "-again", "--json")
    nothing = output(dependencies, capsys, "preview", "nowhere", "--days", "1")

    assert "2 articles since 2025-12-25 00:00 UTC would have been hits" in stored
    assert ("a2" in stored, "a1" in stored) == (True, False)
    assert [each["id"] for each in new["articles"]] == ["a1", "a0"]
    assert nothing.startswith("0 articles since 2025-12-31")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["create", '"open'], 2, "the quote is not closed"),
        (["create"], 2, "needs a query or a filter"),
        (["create", "wall", "--name", "x" * 201], 2, "name: String should have at most 200 characters"),
        (["preview", "-wall"], 2, "only excludes"),
        (["preview", "wall"], 1, "there is no complete search index"),
        (["show", "q0"], 1, "there is no standing search q0"),
        (["preview", "q000000000000000000"], 1, "there is no standing search q000000000000000000"),
    ],
)
def test_what_cannot_be_done_is_explained(
    dependencies: MemoryDependencies, capsys: Captured, arguments: list[str], status: int, said: str
) -> None:
    assert run(["searches", *arguments], dependencies) == status
    assert said in capsys.readouterr().err


def test_the_file_of_a_search_belongs_to_the_archive(search: str, tmp_path: Path) -> None:
    file = tmp_path / f"data/archive/searches/{search}.json"

    assert json.loads(file.read_text().split("\t")[0])["name"] == "the port"
