"""The rules in force: reloaded when the file changes, kept when the new version is invalid."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.tagging.rules.active_rules import CHECK_SECONDS, ActiveRules
from copytaster.tagging.rules.located_yaml import RulesError

ONE = "rules:\n  - {id: one, when: {term: ferry}, then: {tags: boats}}\n"
TWO = ONE + "  - {id: two, when: {term: train}, then: {tags: rails}}\n"
INVALID = "rules:\n  - {id: one, when: {term: ferry}, then: {tagz: boats}}\n"


class ManualSeconds:
    """A monotonic clock that tests advance by setting ``now``."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yml"
    file.write_text(ONE)
    return file


@pytest.fixture
def seconds() -> ManualSeconds:
    return ManualSeconds()


def active_rules(file: Path | None, seconds: ManualSeconds) -> ActiveRules:
    return ActiveRules(file, {}, seconds=seconds)


def ids(rules: ActiveRules) -> list[str]:
    return [rule.id for rule in rules.current().rules]


def test_a_change_takes_effect_at_the_next_check_and_not_before(file: Path, seconds: ManualSeconds) -> None:
    rules = active_rules(file, seconds)
    file.write_text(TWO)

    before = ids(rules)
    seconds.now += CHECK_SECONDS

    assert (before, ids(rules)) == (["one"], ["one", "two"])
    assert rules.problem is None


def test_an_invalid_version_keeps_the_previous_rules_and_is_reported_until_it_is_corrected(
    file: Path, seconds: ManualSeconds
) -> None:
    rules = active_rules(file, seconds)
    file.write_text(INVALID)
    seconds.now += CHECK_SECONDS

    kept, problem = ids(rules), rules.problem
    file.write_text(TWO)
    seconds.now += CHECK_SECONDS

    assert kept == ["one"]
    assert problem
    assert "rules.yml:2: " in problem
    assert (ids(rules), rules.problem) == (["one", "two"], None)


@pytest.mark.parametrize("when", ["{regex: '(?au)ferry'}", '{term: "\\UFFFFFFFF"}'])
def test_a_version_that_a_library_does_not_survive_keeps_the_previous_rules(
    when: str, file: Path, seconds: ManualSeconds
) -> None:
    rules = active_rules(file, seconds)
    file.write_text(f"rules:\n  - {{id: two, when: {when}, then: {{tags: boats}}}}\n")
    seconds.now += CHECK_SECONDS

    assert ids(rules) == ["one"]
    assert rules.problem
    assert "rules.yml:2: " in rules.problem


@pytest.mark.parametrize("content", ["", "\n", "\ufeff"])
def test_a_file_that_becomes_empty_keeps_its_rules(content: str, file: Path, seconds: ManualSeconds) -> None:
    rules = active_rules(file, seconds)
    file.write_text(content)
    seconds.now += CHECK_SECONDS

    kept, problem = ids(rules), rules.problem
    file.write_text("rules: []\n")
    seconds.now += CHECK_SECONDS

    assert kept == ["one"]
    assert problem
    assert "the file is empty" in problem
    assert (ids(rules), rules.problem) == ([], None)


def test_a_deleted_file_keeps_its_rules(file: Path, seconds: ManualSeconds) -> None:
    rules = active_rules(file, seconds)
    file.unlink()
    seconds.now += CHECK_SECONDS

    assert ids(rules) == ["one"]
    assert rules.problem
    assert "cannot be read" in rules.problem


def test_without_earlier_rules_an_invalid_file_stops_the_start(file: Path, seconds: ManualSeconds) -> None:
    file.write_text(INVALID)

    with pytest.raises(RulesError):
        active_rules(file, seconds)


def test_without_a_file_there_are_no_rules(seconds: ManualSeconds) -> None:
    assert active_rules(None, seconds).current().version == "none"
