"""Which alerts Alertmanager leaves out while another one fires: those that the other one explains, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "alertmanager" / "alertmanager.yml"

MATCHER = re.compile(r'(\w+)(=~|=)"([^"]*)"')


def _matches(matchers: list[str], labels: dict[str, str]) -> bool:
    found = [MATCHER.fullmatch(each) for each in matchers]
    return all(
        each is not None
        and re.fullmatch(each[3] if each[2] == "=~" else re.escape(each[3]), labels.get(each[1], "")) is not None
        for each in found
    )


def is_silenced(target: dict[str, str], *, by: dict[str, str]) -> bool:
    rules = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))["inhibit_rules"]
    return any(_matches(each["source_matchers"], by) and _matches(each["target_matchers"], target) for each in rules)


@pytest.mark.parametrize("reason", ["queue", "disk", "memory"])
@pytest.mark.parametrize(
    ("name", "explained_by"),
    [
        ("CopytasterIntakeBehind", {"queue", "disk", "memory"}),
        ("CopytasterDiskLow", {"disk"}),
        ("CopytasterMemoryLow", {"memory"}),
        ("CopytasterArchiveDamaged", set[str]()),
    ],
)
def test_a_pause_of_the_intake_silences_only_what_is_its_own_reason_or_consequence(
    name: str, explained_by: set[str], reason: str
) -> None:
    pause = {"alertname": "CopytasterIntakePaused", "reason": reason}

    assert is_silenced({"alertname": name, "severity": "warning"}, by=pause) == (reason in explained_by)


def test_without_the_server_warnings_are_silenced_and_what_is_critical_is_not() -> None:
    down = {"alertname": "CopytasterRedisDown", "severity": "critical"}

    assert is_silenced({"alertname": "CopytasterSearchLag", "severity": "warning"}, by=down)
    assert not is_silenced({"alertname": "CopytasterIntakePaused", "severity": "critical"}, by=down)
