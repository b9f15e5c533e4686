"""The folder of the search index; each part makes it private, also those that do not search."""

from __future__ import annotations

from pathlib import Path

from copytaster.settings import Settings


def search_folder(settings: Settings) -> Path:
    """Return the folder of the index."""
    return settings.search_folder or settings.data / "search"
