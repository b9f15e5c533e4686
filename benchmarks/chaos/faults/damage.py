"""The records of damage in the archive of a run."""

from __future__ import annotations

from benchmarks.chaos.tree import Tree
from copytaster.archive.damage import REPAIRED, RESOLVED, Damage, FilesystemDamages


def open_damage(tree: Tree) -> list[Damage]:
    """Return the damage that is neither repaired nor resolved."""
    return FilesystemDamages(tree.settings.archive_address).open()


def closed_damage(tree: Tree) -> list[Damage]:
    """Return the damage that was found and is repaired or resolved."""
    archive = tree.settings.data / "archive"
    files = [file for each in (REPAIRED, RESOLVED) for file in (archive / each).glob("*.json")]
    return [Damage.model_validate_json(each.read_bytes()) for each in files]
