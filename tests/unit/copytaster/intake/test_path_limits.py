from __future__ import annotations

import os
import stat

import pytest

from copytaster.intake.admission import MAX_FOLDERS, MAX_PATH_BYTES, AdmissionRules
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.limits import Limits

DOOR = AdmissionRules(Limits(file_bytes=1_000))

FILE = os.stat_result((stat.S_IFREG | 0o644, 1, 1, 1, 0, 0, 9, 0, 0, 0))
"""A regular file of nine bytes that everybody may read."""


def of_length(length: int) -> str:
    """Return a path of so many bytes, in folders of legal names."""
    return ("folder-of-a-name/" * length)[: length - 4].rstrip("/").ljust(length - 4, "x") + ".txt"


def nested(folders: int) -> str:
    return "a/" * folders + "story.txt"


@pytest.mark.parametrize("path", [nested(MAX_FOLDERS), "x" * 255, f"wire/{'x' * (MAX_PATH_BYTES - 5)}"])
def test_a_path_at_the_limit_is_let_in(path: str) -> None:
    assert DOOR.examine(path, FILE) is None


@pytest.mark.parametrize("path", [nested(MAX_FOLDERS + 1), "x" * (MAX_PATH_BYTES + 1), of_length(3_000)])
def test_a_path_past_the_limit_is_rejected_with_its_figures(path: str) -> None:
    outcome = DOOR.examine(path, FILE)

    assert outcome
    assert (outcome.disposition, outcome.reason) == (Disposition.REJECTED, Reason.PATH_TOO_LONG)
    assert f"{len(path):,} bytes and {path.count('/')} folders" in (outcome.message or "")
    assert len(outcome.message or "") < MAX_PATH_BYTES + 200


def test_bytes_count_rather_than_characters() -> None:
    path = "é" * (MAX_PATH_BYTES // 2)

    assert DOOR.examine(path, FILE) is None
    assert DOOR.examine(f"{path}x", FILE)
