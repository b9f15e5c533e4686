"""``copytaster rules`` and ``copytaster retag`` over a store in memory."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from copytaster.model.delivery import DeliveryId
from copytaster.model.work import Work
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from tests.factories import an_article

Captured = pytest.CaptureFixture[str]

RULES = """\
rules:
  - id: harbour
    version: 2
    when: {phrase: harbour reopened}
    then: {tags: [port], status: withheld}
  - id: football
    when: {term: football}
    then: {tags: [sport]}
"""


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    for number in range(3):
        article = an_article(f"a{number}", title="News" if number else "Football")
        dependencies.store().articles.create(article, owner=DeliveryId(f"d{number}"))
    return dependencies


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yml"
    file.write_text(RULES)
    return file


def test_sound_rules_are_counted(dependencies: MemoryDependencies, file: Path, capsys: Captured) -> None:
    assert run(["rules", "check", str(file)], dependencies) == 0

    assert "2 rules, version " in capsys.readouterr().out


@pytest.mark.parametrize("command", ["check", "test"])
def test_broken_rules_exit_with_one_and_the_lines(
    dependencies: MemoryDependencies, file: Path, capsys: Captured, command: str
) -> None:
    file.write_text(RULES.replace("phrase:", "phrsae:").replace("tags: [sport]", "tag: sport"))

    status = run(["rules", command, str(file)], dependencies)

    printed = capsys.readouterr()
    assert (status, printed.out) == (1, "")
    assert f"{file}:4: " in printed.err
    assert f"{file}:8: " in printed.err


def test_a_preview_shows_matches_and_changes_nothing(
    dependencies: MemoryDependencies, file: Path, capsys: Captured
) -> None:
    status = run(["rules", "test", str(file), "--json"], dependencies)

    trial = json.loads(capsys.readouterr().out)
    assert (status, trial["articles"]) == (0, 3)
    assert [(each["id"], each["matches"]) for each in trial["rules"]] == [("harbour", 3), ("football", 1)]
    assert trial["rules"][0]["version"] == "2"
    first = trial["matches"][0]
    assert (first["rule"], first["tags"], first["status"]) == ("harbour", ["port"], "withheld")
    assert first["why"] == 'text "harbour reopened"'
    assert first["spans"] == [{"start": 4, "end": 20, "field": "text"}]
    article = dependencies.store().articles.get(first["article_id"])
    assert article
    assert article.tags == ()


def test_a_trial_looks_at_the_newest_articles_alone(
    dependencies: MemoryDependencies, file: Path, capsys: Captured
) -> None:
    assert run(["rules", "test", str(file), "--last", "2", "--json"], dependencies) == 0

    assert json.loads(capsys.readouterr().out)["articles"] == 2


def test_a_trial_for_people_names_rule_article_and_reason(
    dependencies: MemoryDependencies, file: Path, capsys: Captured
) -> None:
    assert run(["rules", "test", str(file)], dependencies) == 0

    printed = capsys.readouterr().out
    assert "OF 3 ARTICLES" in printed
    assert "port, withheld" in printed
    assert 'title "Football"' in printed


def test_a_dry_run_of_a_re_tagging_counts_and_changes_nothing(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    status = run(["retag", "--dry-run", "--json"], dependencies)

    assert status == 0
    assert json.loads(capsys.readouterr().out) == {
        "looked_at": 3,
        "unchanged": 0,
        "labels": 0,
        "rules": 0,
        "unrecorded": 3,
    }
    assert dependencies.publisher.published == []


def test_a_re_tagging_without_workers_exits_with_one_and_can_be_begun_again(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    status = run(["retag"], dependencies)

    assert status == 1
    assert "run the same command again: it resumes" in capsys.readouterr().err
    assert dependencies.publisher.published == [(Work.RETAG, "a2"), (Work.RETAG, "a1"), (Work.RETAG, "a0")]
    assert dependencies.store().ledger.waiting(Work.RETAG) == 3


def test_with_broken_rules_no_re_tagging_begins(file: Path, tmp_path: Path, capsys: Captured) -> None:
    file.write_text("rules: 5\n")
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data"), "COPYTASTER_RULES": str(file)})

    assert run(["retag"], dependencies) == 2
    assert f"{file}:1: rules must be a list" in capsys.readouterr().err


def test_an_empty_retagging_is_reported(tmp_path: Path, capsys: Captured) -> None:
    dependencies = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})

    assert run(["retag"], dependencies) == 0

    assert "0 articles: 0 unchanged, 0 tagged again" in capsys.readouterr().out


@pytest.mark.parametrize("options", [[], ["--dry-run"], ["--all"]])
def test_a_condition_that_no_article_meets_is_named(
    dependencies: MemoryDependencies, capsys: Captured, options: list[str]
) -> None:
    assert run(["retag", "--source", "wier", *options], dependencies) == 0

    assert "no article matches: no article has the source 'wier'" in capsys.readouterr().err
