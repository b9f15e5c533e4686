"""Failed files that wait for a person."""

from __future__ import annotations

from copytaster.store.ports.failed_files import FailedCounts

NAMED_REASONS = 3
"""Reasons that the notice names, those with the most files."""


def describe_failed(failed: FailedCounts) -> str | None:
    """Return a sentence about the failed files; None if there are none."""
    if not failed.files:
        return None
    named = ", ".join(f"{each.files} {each.reason}" for each in failed.reasons[:NAMED_REASONS])
    more = ", …" if len(failed.reasons) > NAMED_REASONS else ""
    reasons = f" ({named}{more})" if named else ""
    how = "`copytaster failed` lists them, `copytaster retry` and `copytaster dismiss` end them"
    return f"failed files that wait for a person: {failed.files}{reasons}; {how}"
