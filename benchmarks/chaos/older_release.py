"""The code of an older release, from the git history of the checkout, and the packages that only it needs."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from copytaster.store.ports.layout import LAYOUT

REPOSITORY = Path(__file__).parents[2]

COMMITS_BACK = 50
"""Steps back where no release is tagged: further than one change, and near enough to speak the same protocol."""

ROOTS = ("src", "services", "workers")

LOCK = "requirements/runtime.lock"

_PACKAGES = "packages"

_REQUIREMENT = re.compile(r"^(\w\S*==[^\s;]+).*(?:\n[ \t]+.*)*\n", re.MULTILINE)
"""A requirement of a lock file with its hashes and comments. The group is the name with the version."""


LAYOUT_MODULE = "src/copytaster/store/ports/layout.py"

_LAYOUT = re.compile(r"^LAYOUT = (\d+)$", re.MULTILINE)


class NoOlderReleaseError(Exception):
    """No older code can run.

    There is no git checkout or no history, it knows only an earlier layout of the store, or there is no package index
    for what only it needs.
    """


def older_commit(steps: int = COMMITS_BACK) -> str:
    """Return the commit of the last tag before HEAD, else the one so many steps back.

    Raises ``NoOlderReleaseError``.
    """
    try:
        return _git("rev-parse", "--verify", f"{_git('describe', '--tags', '--abbrev=0', 'HEAD^')}^{{commit}}")
    except NoOlderReleaseError:
        return _git("rev-parse", "--verify", f"HEAD~{steps}")


def unpack_older_release(folder: Path) -> str:
    """Write the code and the packages that only it needs into a folder, and return its commit.

    Packages come from the package index. Raises ``NoOlderReleaseError``.
    """
    commit = older_commit()
    _require_present_layout(_git("show", f"{commit}:{LAYOUT_MODULE}"))
    archive = subprocess.run(_command("archive", "--format=tar", commit, *ROOTS), capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(folder, filter="data")
    packages = lock_difference(_git("show", f"{commit}:{LOCK}") + "\n", (REPOSITORY / LOCK).read_text())
    if packages:
        _install(packages, folder)
    return commit


def lock_difference(older: str, present: str) -> str:
    """Return the requirements of the older lock file that the present one lacks, or has in another version."""
    installed = {each.group(1) for each in _REQUIREMENT.finditer(present)}
    return "".join(each.group() for each in _REQUIREMENT.finditer(older) if each.group(1) not in installed)


def python_path(folder: Path) -> str:
    """Return the import path that has the code and packages in a folder before the installed ones."""
    return os.pathsep.join(str(folder / root) for root in (*ROOTS, _PACKAGES))


def why_no_older_release(folder: Path) -> str | None:
    """Return why the older code cannot run on this machine; None if it can. Writes it into the folder."""
    try:
        unpack_older_release(folder)
    except NoOlderReleaseError as error:
        return f"an older release is taken from the history of a git checkout: {error}"
    return None


def _require_present_layout(module: str) -> None:
    """Raise ``NoOlderReleaseError`` if the older code, given its module, refuses the store of the present one."""
    found = _LAYOUT.search(module)
    if found is None or int(found.group(1)) != LAYOUT:
        known = found.group(1) if found else "an unknown one"
        raise NoOlderReleaseError(f"it knows the store's layout {known}, and the present one writes {LAYOUT}")


def _install(packages: str, folder: Path) -> None:
    lock = folder / "packages.lock"
    lock.write_text(packages)
    options = ["--quiet", "--no-deps", "--require-hashes", "--target", str(folder / _PACKAGES), "-r", str(lock)]
    command = [sys.executable, "-m", "pip", "install", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoOlderReleaseError(f"its packages cannot be installed: {done.stderr.strip()[-500:]}")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(_command(*arguments), capture_output=True, text=True, check=True)
    except FileNotFoundError as error:
        raise NoOlderReleaseError("git is not installed") from error
    except subprocess.CalledProcessError as error:
        raise NoOlderReleaseError(str(error.stderr).strip()) from error
    return done.stdout.strip()


def _command(*arguments: str) -> list[str]:
    return ["git", "-C", str(REPOSITORY), *arguments]
