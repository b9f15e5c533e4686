"""The log of a whole tree in one file instead of on the screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOG_FILE = "copytaster.log"
"""Its name in the data folder."""

STANDARD_ERROR = 2
"""Its descriptor, as POSIX numbers it."""

READABLE_BY_ITS_USER = 0o600
"""Logs name files and sources of a newsroom."""


@contextmanager
def standard_error_in(file: Path) -> Iterator[None]:
    """Append what this process and those that it starts write to standard error to ``file``, until the end.

    The descriptor itself is replaced, since started processes inherit it. Raises ``OSError``.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, READABLE_BY_ITS_USER)
    screen = os.dup(STANDARD_ERROR)
    try:
        _replace_standard_error(target)
        yield
    finally:
        _replace_standard_error(screen)
        os.close(screen)
        os.close(target)


def _replace_standard_error(descriptor: int) -> None:
    sys.stderr.flush()
    os.dup2(descriptor, STANDARD_ERROR)
