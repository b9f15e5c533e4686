"""The result of an examination."""

from __future__ import annotations

from enum import StrEnum

from pydantic import computed_field

from copytaster.model.article import Document


class Level(StrEnum):
    """How a check ended: all is well, something should be improved, or the system does not work like this."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(Document):
    """What a check found, and unless all is well what to do about it. ``check`` is stable, for programs."""

    check: str
    level: Level
    found: str
    cure: str | None = None


class Examination(Document):
    """All findings, in the order of the checks."""

    findings: tuple[Finding, ...]

    @computed_field  # type: ignore[prop-decorator]  # as pydantic documents it
    @property
    def healthy(self) -> bool:
        """Whether no check failed."""
        return all(each.level is not Level.FAIL for each in self.findings)


def ok(check: str, found: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(check=check, level=Level.OK, found=found)


def warn(check: str, found: str, cure: str) -> Finding:
    """Return the finding that something should be improved."""
    return Finding(check=check, level=Level.WARN, found=found, cure=cure)


def fail(check: str, found: str, cure: str) -> Finding:
    """Return the finding that the system does not work like this."""
    return Finding(check=check, level=Level.FAIL, found=found, cure=cure)
