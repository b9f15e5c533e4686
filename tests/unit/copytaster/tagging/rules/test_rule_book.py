"""Rules that are in force: read again when they change, kept when they break."""

from __future__ import annotations

from pathlib import Path

import pytest

from copytaster.tagging.rules.active_rules import LOOK_SECONDS, ActiveRules
from copytaster.tagging.rules.located_yaml import RulesError

ONE = "rules:\n  - {id: one, when: {term: ferry}, then: {tags: boats}}\n"
TWO = ONE + "  - {id: two, when: {term: train}, then: {tags: rails}}\n"
BROKEN = "rules:\n  - {id: one, when: {term: ferry}, then: {tagz: boats}}\n"


class Seconds:
    """A clock that moves when it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "rules.yml"
    file.write_text(ONE)
    return file


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def book(file: Path | None, seconds: Seconds) -> ActiveRules:
    return ActiveRules(file, {}, seconds=seconds)


def ids(rules: ActiveRules) -> list[str]:
    return [each.id for each in rules.current().rules]


def test_a_change_is_in_force_at_the_next_look_and_not_before(file: Path, seconds: Seconds) -> None:
    rules = book(file, seconds)
    file.write_text(TWO)

    before = ids(rules)
    seconds.now += LOOK_SECONDS

    assert (before, ids(rules)) == (["one"], ["one", "two"])
    assert rules.fault is None


def test_a_broken_version_keeps_the_one_before_and_says_so_until_it_is_mended(file: Path, seconds: Seconds) -> None:
    rules = book(file, seconds)
    file.write_text(BROKEN)
    seconds.now += LOOK_SECONDS

    kept, fault = ids(rules), rules.fault
    file.write_text(TWO)
    seconds.now += LOOK_SECONDS

    assert kept == ["one"]
    assert fault
    assert "rules.yml:2: " in fault
    assert (ids(rules), rules.fault) == (["one", "two"], None)


def test_a_file_that_has_gone_keeps_its_rules(file: Path, seconds: Seconds) -> None:
    rules = book(file, seconds)
    file.unlink()
    seconds.now += LOOK_SECONDS

    assert ids(rules) == ["one"]
    assert rules.fault
    assert "cannot be read" in rules.fault


def test_with_nothing_to_keep_a_broken_file_stops_the_start(file: Path, seconds: Seconds) -> None:
    file.write_text(BROKEN)

    with pytest.raises(RulesError):
        book(file, seconds)


def test_without_a_file_there_are_no_rules(seconds: Seconds) -> None:
    assert book(None, seconds).current().version == "none"
