"""A worker does not start with invalid rules: it would publish what a rule withholds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_broken_rules_stop_the_start_with_status_two_and_the_line(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text("rules:\n  - id: one\n    when: {trem: ferry}\n    then: {tags: boats}\n")
    settings = {"COPYTASTER_RULES": str(rules), "COPYTASTER_DATA": str(tmp_path / "data")}

    ended = subprocess.run(
        [sys.executable, "-m", "copytaster_workers"],
        env=os.environ | settings,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 2
    assert f"{rules}:3: " in ended.stderr
