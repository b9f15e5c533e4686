"""The release before: its files, from the history of the checkout, and the image that is built of them."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from pathlib import Path

from benchmarks.chaos.older_release import NoOlderReleaseError, older_commit
from tests.compose.engine import ROOT, Engine

COMMITS_BACK = 30
"""Steps back where no release is tagged: further than one change, and not before the service ``init``."""

IMAGE = "copytaster:e2e-older"

NEEDED = ("docker-compose.yml", "Dockerfile", "deploy/setup", "deploy/init.sh")


def unpack_older_checkout(folder: Path) -> str:
    """Write all files of the release before into a folder, and return its commit. Raises ``NoOlderReleaseError``."""
    commit = older_commit(COMMITS_BACK)
    packed = subprocess.run(
        ["git", "archive", "--format=tar", commit],  # noqa: S607  # the developer's git
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as tar:
        tar.extractall(folder, filter="data")
    if missing := [each for each in NEEDED if not (folder / each).is_file()]:
        raise NoOlderReleaseError(f"{commit} has no {', '.join(missing)}")
    return commit


def build_older(engine: Engine, folder: Path, environ: dict[str, str], *, seconds: float) -> None:
    """Build the image of the release whose files are in a folder."""
    compose = ["docker", "compose", *engine.build_options(folder / "docker-compose.yml")]
    compose += ["--env-file", os.devnull, "build", "--quiet", "init"]
    engine.run(compose, environ={**environ, "COPYTASTER_IMAGE": IMAGE}, seconds=seconds)
