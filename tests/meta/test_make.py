"""The first call of make: its message if it cannot create ``.venv``, and the files that it leaves."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
MAKE = shutil.which("make") or "make"
PIP = ".venv/bin/pip"

HALF_MADE = "mkdir -p .venv/bin && ln -sf /usr/bin/true .venv/bin/python"
"""What Debian's Python leaves behind where python3-venv is missing: an interpreter without pip."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a folder with a copy of the Makefile: its ``.venv`` is its own."""
    shutil.copy(REPOSITORY / "Makefile", tmp_path)
    return tmp_path


def python_with(body: str, folder: Path) -> Path:
    """Return a Python that behaves differently: ``body`` sees the arguments before the real one does."""
    program = folder / "python"
    program.write_text(f'#!/bin/sh\n{body}\nexec "{sys.executable}" "$@"\n')
    program.chmod(0o755)
    return program


def make(target: str, folder: Path, python: str | Path) -> subprocess.CompletedProcess[str]:
    command = [MAKE, target, f"PYTHON={python}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_without_ensurepip_make_names_the_missing_package_and_leaves_nothing(project: Path) -> None:
    debian = python_with(f'case "$*" in *ensurepip*) exit 1 ;; "-m venv"*) {HALF_MADE}; exit 1 ;; esac', project)

    made = make("setup", project, debian)

    assert made.returncode != 0
    assert "python3-venv" in made.stderr
    assert not (project / ".venv").exists()


def test_an_environment_that_could_not_be_finished_is_removed(project: Path) -> None:
    full_disk = python_with(f'case "$*" in "-m venv"*) {HALF_MADE}; exit 1 ;; esac', project)

    made = make("setup", project, full_disk)

    assert made.returncode != 0
    assert not (project / ".venv").exists()


def test_a_half_made_environment_is_finished_by_the_next_call(project: Path) -> None:
    subprocess.run(["/bin/sh", "-c", HALF_MADE], cwd=project, check=True)

    made = make(PIP, project, sys.executable)

    assert made.returncode == 0, made.stderr
    assert subprocess.run([project / PIP, "--version"], check=True, capture_output=True).stdout.startswith(b"pip ")


def test_make_called_with_the_path_of_the_makefile_works_in_the_makefiles_folder(project: Path) -> None:
    elsewhere = project / "elsewhere"
    elsewhere.mkdir()

    command = [MAKE, "-f", str(project / "Makefile"), "help"]
    listed = subprocess.run(command, cwd=elsewhere, capture_output=True, text=True, check=False)

    assert "make setup" in listed.stdout, listed.stderr
