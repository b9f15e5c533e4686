"""``copytaster export``: what it writes, and how the next one begins."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copytaster.errors import TransientError
from copytaster.export.reading import PAGE
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.store.ports.articles import ArticlePage, ArticleQuery, Articles
from copytaster.store.store import Store
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import an_article

Captured = pytest.CaptureFixture[str]


class BreakingArticles:
    """Articles on a server that does not answer after some pages."""

    def __init__(self, articles: Articles, *, pages: int) -> None:
        self._articles = articles
        self._pages = pages

    def find(self, query: ArticleQuery) -> ArticlePage:
        """Return a page, or fail."""
        self._pages -= 1
        if self._pages < 0:
            raise TransientError("cannot read articles: connection refused")
        return self._articles.find(query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._articles, name)


class BreakingDependencies(MemoryDependencies):
    """A store in memory that does not answer after ``pages`` pages."""

    pages = 1_000

    def store_to_read(self) -> Store:
        """Return the store."""
        store = self.store()
        return replace(store, articles=BreakingArticles(store.articles, pages=self.pages))


@pytest.fixture
def dependencies(tmp_path: Path) -> BreakingDependencies:
    made = BreakingDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    for number in range(PAGE + 20):
        article = an_article(f"a{number:03}", source="desk" if number else "wire")
        made.store().articles.create(article, owner=DeliveryId(f"d{number}"))
    return made


def ids(lines: str) -> list[ArticleId]:
    return [json.loads(line)["id"] for line in lines.splitlines()]


def test_an_export_is_on_stdout_and_the_next_begin_on_stderr(
    dependencies: BreakingDependencies, capsys: Captured
) -> None:
    assert run(["export", "--source", "wire"], dependencies) == 0

    printed = capsys.readouterr()
    assert ids(printed.out) == ["a000"]
    assert printed.err == "1 document; the next export begins with --after 0-0\n"


@pytest.mark.parametrize("form", ["jsonl", "ninjs", "csv"])
def test_a_broken_export_is_completed_by_the_command_that_it_prints(
    dependencies: BreakingDependencies, capsys: Captured, tmp_path: Path, form: str
) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert run(["export", "--format", form, "--output", str(whole)], dependencies) == 0
    dependencies.pages = 1
    assert run(["export", "--format", form, "--output", str(broken)], dependencies) == 1
    message = capsys.readouterr().err
    assert f"the export stopped after {PAGE} documents; go on with --cursor " in message

    dependencies.pages = 10
    cursor = message.split("--cursor ")[1].split()[0]
    assert run(["export", "--format", form, "--output", str(broken), "--cursor", cursor], dependencies) == 0

    assert broken.read_bytes() == whole.read_bytes()


def test_a_wrong_cursor_is_wrong_use(dependencies: BreakingDependencies, capsys: Captured) -> None:
    assert run(["export", "--cursor", "x"], dependencies) == 2
    assert "'x' is not a cursor" in capsys.readouterr().err


def test_missing_events_are_a_failure_that_says_what_to_do(
    dependencies: BreakingDependencies, capsys: Captured
) -> None:
    assert run(["export", "--after", "1-0"], dependencies) == 1
    assert "export all articles" in capsys.readouterr().err


def test_an_output_that_cannot_be_written_is_named(
    dependencies: BreakingDependencies, capsys: Captured, tmp_path: Path
) -> None:
    assert run(["export", "--output", str(tmp_path / "nowhere" / "file")], dependencies) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_condition_that_no_article_meets_is_named(dependencies: BreakingDependencies, capsys: Captured) -> None:
    assert run(["export", "--source", "wier"], dependencies) == 0

    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no article matches: no article has the source 'wier'" in printed.err


def test_an_export_that_a_person_stops_says_how_it_goes_on(
    dependencies: BreakingDependencies, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find(_: BreakingArticles, query: ArticleQuery) -> ArticlePage:
        if query.cursor:
            raise KeyboardInterrupt
        return dependencies.store().articles.find(query)

    monkeypatch.setattr(BreakingArticles, "find", find)

    assert run(["export"], dependencies) != 0

    printed = capsys.readouterr()
    assert len(printed.out.splitlines()) == PAGE
    assert f"the export stopped after {PAGE} documents; go on with --cursor " in printed.err
