"""`copytaster demo` with seeds made here: it succeeds if they end as expected, and fails otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

STORY = (
    "Mill bridge to close for repairs\n\n"
    "The county will close the mill bridge at Ambleford from Monday to replace its bearings, the roads office said."
    " Buses will run over the weir crossing, which adds about ten minutes to most journeys.\n\n"
    "The office expects the bridge to open again before the autumn fair.\n"
)


def demo(folder: Path, *seeds: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    (folder / "manifest.json").write_text(json.dumps({"seeds": seeds}))
    environ = {key: value for key, value in os.environ.items() if not key.startswith("COPYTASTER_")}
    return subprocess.run(
        [sys.executable, "-m", "copytaster_cli", "demo", "--seeds", str(folder)],
        env=environ | {"TMPDIR": str(folder.parent)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def seed(file: str, disposition: str, **more: str) -> dict[str, Any]:
    return {"file": file, "disposition": disposition, "about": "made for this test"} | more


@pytest.mark.parametrize(
    ("expected", "mark", "conclusion", "status"),
    [
        ("stored", "✓", "all as expected", 0),
        ("quarantined", "✗", "1 of 2 ended with another disposition than expected", 1),
    ],
)
def test_a_demo_reports_whether_all_ended_as_expected(
    tmp_path: Path, expected: str, mark: str, conclusion: str, status: int
) -> None:
    folder = tmp_path / "seeds"
    (folder / "wire").mkdir(parents=True)
    for name in ("wire/bridge.txt", "wire/copy.txt"):
        (folder / name).write_text(STORY)

    result = demo(folder, seed("wire/copy.txt", "duplicate", of="wire/bridge.txt"), seed("wire/bridge.txt", expected))

    lines = {line.split()[0]: line for line in result.stdout.splitlines() if line.strip()}
    assert "✓" in lines["wire/copy.txt"], result.stderr
    assert mark in lines["wire/bridge.txt"]
    assert conclusion in result.stdout
    assert result.returncode == status
    assert not list(tmp_path.glob("copytaster-demo-*"))
