from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.tagging.topics.classifier import load_topics
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import an_article, delivery_id

Captured = pytest.CaptureFixture[str]

SPORT = "The striker of the football club beat the goalkeeper and the referee ended the match number {}."
MONEY = "Shares on the stock market fell after the central bank raised its interest rate for the time number {}."


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    return MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with fifty stories as text, fifty more in one file of JSON Lines, and a file that is no article."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.txt").write_text(f"Match report {number}\n\n{SPORT.format(number)}\n", encoding="utf-8")
    lines = (json.dumps({"title": f"Markets {number}", "text": MONEY.format(number)}) for number in range(60))
    (folder / "money.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (folder / "noise.bin").write_bytes(bytes(range(256)) * 4)
    return folder


def test_a_folder_of_any_formats_makes_a_model_that_loads(
    dependencies: MemoryDependencies, folder: Path, tmp_path: Path, capsys: Captured
) -> None:
    status = run(["train-topics", str(folder), "--out", str(tmp_path / "new" / "topics.model"), "--json"], dependencies)

    trained = json.loads(capsys.readouterr().out.splitlines()[-1])
    model = load_topics(model_file=Path(trained["file"])).model
    assert status == 0
    assert trained["report"]["examples_by_top"] == {"economy, business and finance": 60, "sport": 60}
    assert model is not None
    assert (model.name, model.digest) == (trained["version"], trained["sha256"])
    assert [each.name for each in (tmp_path / "new").iterdir()] == ["topics.model"]


def test_without_paths_the_store_is_learned_from(dependencies: MemoryDependencies, capsys: Captured) -> None:
    for number in range(120):
        kind = SPORT if number % 2 else MONEY
        article = an_article(f"a{number}", title=f"Report {number}", text=kind.format(number), language="en")
        dependencies.store().articles.create(article, owner=delivery_id(number))

    status = run(["train-topics"], dependencies)

    printed = capsys.readouterr().out
    assert status == 0
    assert "120 of 120 texts were examples (economy, business and finance 60, sport 60)" in printed
    assert (dependencies.settings().data / "topics.model").is_file()


def test_too_few_texts_are_a_failure_with_a_word(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "one.txt").write_text(f"Match report\n\n{SPORT}\n", encoding="utf-8")

    status = run(["train-topics", str(tmp_path / "one.txt")], dependencies)

    assert status == 1
    assert "a model needs 100 texts and two topics" in capsys.readouterr().err


def test_a_missing_path_is_a_failure_with_its_name(
    dependencies: MemoryDependencies, tmp_path: Path, capsys: Captured
) -> None:
    status = run(["train-topics", str(tmp_path / "missing")], dependencies)

    assert status == 1
    assert "missing" in capsys.readouterr().err
