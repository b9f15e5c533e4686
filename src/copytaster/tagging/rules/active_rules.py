"""The rules in force: loaded again when their file changes; an invalid new version does not replace them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import structlog

from copytaster.tagging.rules.load import load_rules
from copytaster.tagging.rules.located_yaml import RulesError
from copytaster.tagging.rules.model import RuleSet

log = structlog.get_logger(__name__)

CHECK_SECONDS = 2.0
"""The file is checked at most this often: after an editor saves it, the next article is tagged by the new rules."""

PROBLEMS_IN_SUMMARY = 3
"""``problem`` is one line in the status; the log has all problems."""


class _FileState(NamedTuple):
    modified_at: int
    size: int
    inode: int


class ActiveRules:
    """Holds the rules of one file; without a file there are none.

    ``topic_names`` gives the names of Media Topics by code; ``seconds`` is a monotonic clock. The first load raises
    ``RulesError``: without earlier rules to fall back on, articles that a rule withholds would be published.
    """

    def __init__(self, path: Path | None, topic_names: Mapping[str, str], *, seconds: Callable[[], float]) -> None:
        self._path = path
        self._topic_names = topic_names
        self._seconds = seconds
        self._checked_at = seconds()
        self._state = _file_state(path)
        self._rules = load_rules(path, topic_names=topic_names) if path else RuleSet()
        self._problem: str | None = None

    def current(self) -> RuleSet:
        """Return the rules in force. The file is checked once in ``CHECK_SECONDS``."""
        if self._path and self._seconds() - self._checked_at >= CHECK_SECONDS:
            self._checked_at = self._seconds()
            self._reload_if_changed(self._path)
        return self._rules

    @property
    def problem(self) -> str | None:
        """Why the current version of the file is not in force, in one line; None while it is."""
        return self._problem

    def _reload_if_changed(self, path: Path) -> None:
        state = _file_state(path)
        if state == self._state:
            return
        self._state = state
        try:
            self._rules = load_rules(path, topic_names=self._topic_names, may_be_empty=False)
        except RulesError as error:
            self._problem = "; ".join(error.problems[:PROBLEMS_IN_SUMMARY])
            log.warning("rules.broken", path=str(path), why=error.problems, kept=self._rules.version)
        else:
            self._problem = None
            log.info("rules.loaded", path=str(path), rules=len(self._rules.rules), version=self._rules.version)


def _file_state(path: Path | None) -> _FileState | None:
    """Return what distinguishes one version of a file from another; None when there is no file."""
    try:
        found = path.stat() if path else None
    except OSError:
        return None
    return _FileState(found.st_mtime_ns, found.st_size, found.st_ino) if found else None
