"""The rules that are in force: read again when their file has changed, and kept when the new version is broken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog

from copytaster.tagging.rules.load import load_rules
from copytaster.tagging.rules.located_yaml import RulesError
from copytaster.tagging.rules.model import RuleSet

log = structlog.get_logger(__name__)

LOOK_SECONDS = 2.0
"""How often the file is looked at, at most: an editor who saves it sees the next article tagged by it."""


class _State(NamedTuple):
    changed_at: int
    size: int
    inode: int


class ActiveRules:
    """Keeps the rules of one file; without a file there are none.

    Raises ``RulesError`` at first: with nothing to keep, going on would let through what a rule withholds.
    ``seconds`` is a clock that never goes back.
    """

    def __init__(self, path: Path | None, headings: Mapping[str, str], *, seconds: Callable[[], float]) -> None:
        self._path = path
        self._headings = headings
        self._seconds = seconds
        self._looked_at = seconds()
        self._state = _state(path)
        self._rules = load_rules(path, headings=headings) if path else RuleSet()
        self._fault: str | None = None

    def current(self) -> RuleSet:
        """Return the rules in force; the file is looked at once in ``LOOK_SECONDS``."""
        if self._path and self._seconds() - self._looked_at >= LOOK_SECONDS:
            self._looked_at = self._seconds()
            self._look(self._path)
        return self._rules

    @property
    def fault(self) -> str | None:
        """Why the file as it is now is not in force, in one line; None while it is."""
        return self._fault

    def _look(self, path: Path) -> None:
        state = _state(path)
        if state == self._state:
            return
        self._state = state
        try:
            self._rules = load_rules(path, headings=self._headings)
        except RulesError as error:
            self._fault = "; ".join(error.faults[:3])
            log.warning("rules.broken", path=str(path), why=error.faults, kept=self._rules.version)
        else:
            self._fault = None
            log.info("rules.loaded", path=str(path), rules=len(self._rules.rules), version=self._rules.version)


def _state(path: Path | None) -> _State | None:
    """Return what tells one version of a file from another; None where there is no file."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return _State(found.st_mtime_ns, found.st_size, found.st_ino) if found else None
