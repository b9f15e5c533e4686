"""Checks of the software: its versions and its models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from copytaster.doctor.finding import Finding, fail, ok, warn


def check_software(*, python: str, version: str, models: Iterable[str] | str) -> Iterator[Finding]:
    """Yield the findings. ``models`` are the languages whose entity models load, or why one does not."""
    yield ok("version", f"copytaster {version} on Python {python}")
    if isinstance(models, str):
        yield fail("models", models, "install the package again, with the versions of the lock")
        return
    languages = ", ".join(sorted(models))
    if languages:
        yield ok("models", f"names are recognised in: {languages}; in other languages by lists of names")
    else:
        yield warn("models", "no entity model is installed: names are found by lists only", "install its package")
