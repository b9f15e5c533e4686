"""Constructs of regular expressions that a supported Python compiles but does not match correctly."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
CODE = [REPOSITORY / root for root in ("src", "services", "workers")]

POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")
"""Before Python 3.11.5 (issue 106052 of CPython) it fails to match if its content has alternatives. Debian 12 has
3.11.2. An atomic group, ``(?>(?:…)*)``, means the same and matches."""


def test_no_regular_expression_has_a_possessive_group() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}:{number}"
        for root in CODE
        for path in sorted(root.rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if not line.lstrip().startswith("#") and POSSESSIVE_GROUP.search(line)
    ]

    assert found == []
