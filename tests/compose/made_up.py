"""Stories that share no sequence of words; ``python -c`` of this file drops them from within a container."""

from __future__ import annotations

import random
import sys
from pathlib import Path


def made_up_story(number: int) -> str:
    """Return a text that shares no sequence of words with that of another number."""
    chance = random.Random(number)
    words = ["".join(chance.choices("aeioubdfglmnprst", k=7)) for _ in range(60)]
    return f"{' '.join(words[:6])}\n\n{' '.join(words[6:])}.\n"


def drop(inbox: Path, name: str, text: str) -> None:
    """Put a file into the inbox as senders should: written under a name that is never taken, then renamed."""
    unfinished = inbox / f".{name}"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(inbox / name)


def drop_stories(inbox: Path, first: int, end: int) -> None:
    """Drop ``burst-FIRST.txt`` up to the one before ``end``."""
    for number in range(first, end):
        drop(inbox, f"burst-{number}.txt", made_up_story(number))


if __name__ == "__main__":
    drop_stories(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
