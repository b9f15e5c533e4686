"""What a look at a file's content says about its end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Ending(IntEnum):
    """How sure it is that nothing follows, from certainly something to certainly nothing."""

    EARLY = 0
    """The format has an end and it is not there: the file ends too early."""
    UNSURE = 1
    """Something hints that more follows; a format without an end, or a reader that does not mind, may say otherwise."""
    LIKELY = 2
    """It ends where such files may end, but more could follow."""
    PROVEN = 3
    """The format's own end is there."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The ending; ``missing`` names for a person what is not there, and is None where nothing is."""

    ending: Ending
    missing: str | None = None


PROVEN = Verdict(Ending.PROVEN)
LIKELY = Verdict(Ending.LIKELY)


def early(missing: str) -> Verdict:
    """Return the verdict on a file that ends too early."""
    return Verdict(Ending.EARLY, missing)


def unsure(missing: str) -> Verdict:
    """Return the verdict on a file that seems to end too early."""
    return Verdict(Ending.UNSURE, missing)
