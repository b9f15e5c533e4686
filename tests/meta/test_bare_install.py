"""The wheel works without the lock: installed into an empty environment by the pip of this Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

# A minute and a half on an idle machine: 30 s for packages from the index, 30 s for the sample files.
pytestmark = [pytest.mark.index, pytest.mark.timeout(900)]


def run(*command: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COPYTASTER_")}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the programs of a new environment with the wheel, its dependencies chosen by the bundled pip."""
    folder = tmp_path_factory.mktemp("bare")
    wheels = folder / "wheels"
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    programs = folder / "venv" / "bin"
    probe = run(programs / "pip", "download", "--no-deps", "--dest", folder / "probe", "hatchling", folder=folder)
    if probe.returncode != 0:
        pytest.skip(f"the package index is not reachable: {probe.stderr.strip().splitlines()[-1]}")
    built = run(
        *(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", wheels, REPOSITORY), folder=folder
    )
    assert built.returncode == 0, built.stderr
    installed = run(programs / "pip", "install", *wheels.glob("*.whl"), folder=folder)
    assert installed.returncode == 0, installed.stderr
    return programs


def test_a_bare_install_reads_a_seed_of_every_format_as_the_manifest_says(bare: Path, tmp_path: Path) -> None:
    done = run(bare / "copytaster", "demo", "--seeds", REPOSITORY / "seeds", folder=tmp_path)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "all as expected" in done.stdout
