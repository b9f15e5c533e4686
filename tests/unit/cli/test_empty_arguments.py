"""Arguments that are empty, as variables that are not set: in no command they stand for all."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import an_article, delivery_id

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def dependencies(tmp_path: Path, capsys: Captured) -> MemoryDependencies:
    """Return a store with an article and a failed file."""
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    made.store().articles.create(an_article("a1"), owner=delivery_id(1))
    (tmp_path / "failed.txt").write_text("")
    run(["ingest", str(tmp_path / "failed.txt")], made)
    capsys.readouterr()
    return made


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (("dismiss", "--name", ""), "dismiss --name"),
        (("dismiss", "--name="), "dismiss --name="),
        (("dismiss", "--source", "", "--by", "Anna"), "dismiss --source"),
        (("retry", "--name", ""), "retry --name"),
        (("jobs", "dismiss", "--reason", "empty", "--name", ""), "jobs dismiss --reason empty --name"),
        (("retag", "--story", ""), "retag --story"),
        (("export", "--story", ""), "export --story"),
        (("articles", "--story", ""), "articles --story"),
        (("pause", "source", ""), "pause source"),
        (("pause", "intake", "--by", ""), "pause intake --by"),
        (("delete", "a1", "--by", ""), "delete a1 --by"),
        (("ingest", ""), "ingest"),
        (("",), ""),
    ],
)
def test_an_empty_argument_is_wrong_use_and_changes_nothing(
    dependencies: MemoryDependencies, capsys: Captured, arguments: tuple[str, ...], place: str
) -> None:
    status = run(arguments, dependencies)

    printed = capsys.readouterr()
    store = dependencies.store()
    assert (status, printed.out) == (2, "")
    assert f"behind `{f'copytaster {place}'.strip()}`" in printed.err
    assert store.failed.counts().files == 1
    assert store.articles.get_many([an_article("a1").id])
    assert not store.pauses.all()


def test_an_equals_sign_at_the_end_of_a_value_is_no_empty_one(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    assert run(["failed", "--name=failed=="], dependencies) == 0
    assert "none of the 1 failed files matches" in capsys.readouterr().out
