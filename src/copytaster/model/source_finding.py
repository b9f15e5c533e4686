"""What is found to be unusual about a source."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime

from copytaster.model.article import Document


class FindingKind(StrEnum):
    """How a source differs from its contract."""

    QUIET = "quiet"
    FLOODING = "flooding"
    DRIFTING = "drifting"
    FROZEN = "frozen"
    GAP = "gap"


class SourceFinding(Document):
    """What is unusual about a source now, since when, and a phrase that says it, such as ``1 item is missing``."""

    source: str
    kind: FindingKind
    since: AwareDatetime
    message: str
