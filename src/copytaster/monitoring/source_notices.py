"""What is unusual about sources, for the status."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from copytaster.model.source_finding import FindingKind, SourceFinding

NAMED_SOURCES = 5
"""Sources that a notice names, those for which something has been unusual longest."""

HEADS = {
    FindingKind.QUIET: "sources are quiet",
    FindingKind.FLOODING: "sources send far more files than usual",
    FindingKind.DRIFTING: "sources send other files than usual",
    FindingKind.FROZEN: "sources send the same content again and again",
    FindingKind.GAP: "items of sources are missing",
}


def describe_findings(findings: Sequence[SourceFinding]) -> Iterator[tuple[str, str, datetime]]:
    """Yield for each kind of finding its code, a sentence that names sources, and since when the first is unusual."""
    for kind, head in HEADS.items():
        some = [each for each in findings if each.kind is kind]
        if some:
            named = "; ".join(f"{each.source} ({each.message})" for each in some[:NAMED_SOURCES])
            more = f"; and {len(some) - NAMED_SOURCES} more on the page of sources"
            yield f"source_{kind}", f"{head}: {named}{more if len(some) > NAMED_SOURCES else ''}", some[0].since
