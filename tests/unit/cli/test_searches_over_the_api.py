"""``copytaster searches --url``: standing searches of a system elsewhere."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.bootstrap.search import open_search_preview
from copytaster.bootstrap.searches import open_search_desk
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.api_transport import URL, serve_api
from tests.factories import START, an_article, delivery_id

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_URL": URL})
    settings, store, clock = made.settings(), made.store(), made.clock
    serve_api(
        made,
        searches=open_search_desk(settings, store, clock=clock),
        search_preview=open_search_preview(settings, store, clock=clock),
    )
    return made


def documents(dependencies: MemoryDependencies, capsys: Captured, *arguments: str) -> list[Any]:
    assert run(["searches", *arguments, "--json"], dependencies) == 0, capsys.readouterr().err
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_search_is_created_switched_shown_and_deleted(dependencies: MemoryDependencies, capsys: Captured) -> None:
    (created,) = documents(dependencies, capsys, "create", "harbour", "--source", "kestrel", "--by", "Anna")
    search_id = created["id"]

    (off,) = documents(dependencies, capsys, "off", search_id)
    (shown,) = documents(dependencies, capsys, "show", search_id)
    (listed,) = documents(dependencies, capsys, "list")
    assert run(["searches", "delete", search_id], dependencies) == 0

    assert (created["by"], created["q"], created["source"]) == ("Anna", "harbour", "kestrel")
    assert off["on_since"] is None
    assert shown == listed == off
    assert dependencies.store().searches.count() == 0
    assert run(["searches", "show", search_id], dependencies) == 1


def test_a_preview_looks_into_the_index_of_the_api(dependencies: MemoryDependencies, capsys: Captured) -> None:
    for number, text in enumerate(("The sea wall.", "The sea and the wall.")):
        article = an_article(f"a{number}", text=text, received_at=START + timedelta(minutes=number))
        dependencies.store().articles.create(article, owner=delivery_id(number))
    run(["search", "rebuild"], dependencies)
    capsys.readouterr()

    (found,) = documents(dependencies, capsys, "preview", '"sea wall"')

    assert [each["id"] for each in found["articles"]] == ["a0"]


def test_a_wrong_query_is_explained_by_the_api(dependencies: MemoryDependencies, capsys: Captured) -> None:
    assert run(["searches", "create", '"open'], dependencies) == 1
    assert "the quote is not closed" in capsys.readouterr().err
