"""``copytaster search`` over a store in memory, and an index in a file."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.model.article import ArticleStatus
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import START, an_article, delivery_id

Captured = pytest.CaptureFixture[str]

TEXT = f"Early in the morning {'the old crew waited and ' * 8} at last a ferry came to the quay.\n\nNobody was hurt."


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    for number, text in enumerate(("The ferry sank.", TEXT, "The ferry is late.")):
        status = ArticleStatus.WITHHELD if number == 2 else ArticleStatus.USABLE
        article = an_article(f"a{number}", text=text, status=status, received_at=START + timedelta(hours=number))
        made.store().articles.create(article, owner=delivery_id(number))
    return made


@pytest.fixture
def indexed(dependencies: MemoryDependencies, capsys: Captured) -> MemoryDependencies:
    assert run(["search", "rebuild"], dependencies) == 0
    assert "was built anew" in capsys.readouterr().out
    return dependencies


def test_results_have_the_places_in_their_texts(indexed: MemoryDependencies, capsys: Captured) -> None:
    status = run(["search", "ferry", "-sank"], indexed)

    output = capsys.readouterr().out
    assert status == 0
    assert "Harbour reopens" in output
    assert "a1  2026-01-01 01:00:00Z" in output
    assert (
        "… the old crew waited and the old crew waited and  at last a ferry came to the quay.  Nobody was hurt."
        in output
    )
    assert "a0" not in output


def test_without_places_the_beginning_of_the_text_is_shown(indexed: MemoryDependencies, capsys: Captured) -> None:
    run(["search", "title:harbour", "sank"], indexed)

    assert "The ferry sank." in capsys.readouterr().out


def test_a_withheld_article_is_shown_without_its_text(indexed: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "harbour", "--limit", "1"], indexed) == 0
    output = capsys.readouterr().out
    assert "withheld" in output
    assert "late" not in output
    assert run(["search", "late"], indexed) == 1


def test_programs_get_one_line_for_each_article(indexed: MemoryDependencies, capsys: Captured) -> None:
    status = run(["search", "--json", "--sort", "relevance", '"the ferry"'], indexed)

    (line,) = capsys.readouterr().out.splitlines()
    assert status == 0
    assert json.loads(line)["id"] == "a0"
    assert json.loads(line)["highlights"] == [{"field": "text", "start": 0, "end": 9}]


def test_a_long_list_is_read_page_by_page(dependencies: MemoryDependencies, capsys: Captured) -> None:
    for number in range(10, 130):
        article = an_article(f"a{number}", text="A barge.", received_at=START + timedelta(minutes=number))
        dependencies.store().articles.create(article, owner=delivery_id(number))
    run(["search", "rebuild"], dependencies)
    capsys.readouterr()
    run(["search", "barge", "--json", "--limit", "110"], dependencies)

    names = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert names == [f"a{number}" for number in range(129, 19, -1)]


@pytest.mark.parametrize("option", ["--source", "--langauge", "--source=kestrel"])
def test_an_option_that_the_search_does_not_have_is_no_term_of_the_query(
    indexed: MemoryDependencies, capsys: Captured, option: str
) -> None:
    status = run(["search", "ferry", option, "sank"], indexed)

    captured = capsys.readouterr()
    assert (status, captured.out) == (2, "")
    assert f"there is no option {option}" in captured.err


def test_a_query_without_results_exits_with_one(indexed: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "zeppelin"], indexed) == 1
    assert "no article matches" in capsys.readouterr().err


def test_a_wrong_query_exits_with_two_and_names_the_place(indexed: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "ferry", "titel:sea"], indexed) == 2
    assert "there is no field 'titel'; fields are title, text" in capsys.readouterr().err


def test_without_an_index_the_command_says_what_to_do(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "ferry"], dependencies) == 1
    assert "`copytaster search rebuild`" in capsys.readouterr().err


def test_the_word_rebuild_can_be_searched(indexed: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "find", "rebuild"], indexed) == 1
    assert "no article matches" in capsys.readouterr().err


def test_the_help_explains_queries(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["search", "--help"], dependencies) == 0
    output = capsys.readouterr().out
    assert all(each in output for each in ("-excluded", "rebuild", "find"))
