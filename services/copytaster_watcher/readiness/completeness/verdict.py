"""The result of a completeness check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Ending(IntEnum):
    """How certain it is that the file is complete, from certainly incomplete to certainly complete."""

    EARLY = 0
    """The end that the format requires is missing."""
    UNSURE = 1
    """It is probably incomplete, but the format has no required end, or parsers accept files without it."""
    LIKELY = 2
    """It ends where such files may end, but more could follow."""
    PROVEN = 3
    """The end that the format requires is present."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ending; ``missing`` describes to a person what is missing, and is None if nothing is.

    ``again``: the verdict took too long, or its process died; the file is judged once more, after the others.
    ``suspect``: its process died twice, and the file is not judged. ``unread``: the file could not be opened, which is
    tried again each time.
    """

    ending: Ending
    missing: str | None = None
    again: bool = False
    suspect: bool = False
    unread: bool = False


PROVEN = Verdict(Ending.PROVEN)
LIKELY = Verdict(Ending.LIKELY)
TOO_LONG = Verdict(Ending.UNSURE, "an end that is found in time", again=True)
DIED = Verdict(Ending.UNSURE, "a verdict, because the process that judged it died,", again=True)
SUSPECT = Verdict(Ending.LIKELY, suspect=True)
UNJUDGED = Verdict(Ending.UNSURE, "a verdict, because the check failed,")


def early(missing: str) -> Verdict:
    """Return the verdict on a file that is certainly incomplete."""
    return Verdict(Ending.EARLY, missing)


def unsure(missing: str) -> Verdict:
    """Return the verdict on a file that is probably incomplete."""
    return Verdict(Ending.UNSURE, missing)


def unread(why: str) -> Verdict:
    """Return the verdict on a file that cannot be opened now."""
    return Verdict(Ending.UNSURE, f"its content, which cannot be read now ({why}),", unread=True)
