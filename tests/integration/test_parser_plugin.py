from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRT = """1
00:00:01,000 --> 00:00:03,500
The ferry is back in Skerry Bay.

2
00:00:04,000 --> 00:00:07,250
It had been in dock for two weeks,
and islanders lined the quay.
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the example as a user would, but into a separate folder."""
    folder = tmp_path_factory.mktemp("plugins")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run(
        [*pip, "--target", str(folder), str(ROOT / "examples" / "parser-plugin")], check=True, capture_output=True
    )
    return folder


def explain(file: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COPYTASTER_")}
    return subprocess.run(
        [sys.executable, "-m", "copytaster_cli", "explain", str(file), "--json"],
        env=environ | {"PYTHONPATH": str(folder), "COPYTASTER_DATA": str(file.parent / "data")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_example_reads_its_format_once_it_is_installed(installed: Path, tmp_path: Path) -> None:
    file = tmp_path / "evening-news.srt"
    file.write_text(SRT)

    ran = explain(file, installed)

    assert ran.returncode == 0, ran.stderr
    article = json.loads(ran.stdout)
    assert article["format"] == "subtitles"
    assert article["title"] == "The ferry is back in Skerry Bay."
    assert article["text"].endswith("islanders lined the quay.")


def test_a_parser_that_cannot_be_loaded_stops_the_start_and_is_named(tmp_path: Path) -> None:
    info = tmp_path / "broken_parser-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-parser\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[copytaster.parsers]\nbroken = no_such_module:Parser\n")
    file = tmp_path / "story.txt"
    file.write_text("A story\n\nIts text is here.\n")

    ran = explain(file, tmp_path)

    assert ran.returncode != 0
    assert "the parser broken of broken-parser cannot be loaded" in ran.stderr
