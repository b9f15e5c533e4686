"""`copytaster demo` with seeds made here: it succeeds if they end as expected, and fails otherwise."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def test_a_demo_reports_what_ended_as_expected_and_what_did_not(tmp_path: Path) -> None:
    folder = tmp_path / "seeds"
    (folder / "wire").mkdir(parents=True)
    for name in ("wire/bridge.txt", "wire/copy.txt", "wire/again.txt"):
        (folder / name).write_text(STORY)

    result = demo(
        folder,
        seed("wire/copy.txt", "duplicate", of="wire/bridge.txt"),
        seed("wire/bridge.txt", "stored"),
        seed("wire/again.txt", "quarantined", of="wire/bridge.txt"),
    )

    marks = {line.split()[0]: ("✓" in line, "✗" in line) for line in result.stdout.splitlines() if line.strip()}
    assert marks["wire/copy.txt"] == marks["wire/bridge.txt"] == (True, False), result.stderr
    assert marks["wire/again.txt"] == (False, True)
    assert "1 of 3 ended with another disposition than expected" in result.stdout
    assert result.returncode == 1
    assert not list(tmp_path.glob("copytaster-demo-*"))
