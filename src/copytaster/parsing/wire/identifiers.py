"""Reads identifiers: the version that some agencies print in them, and those in the names of files."""

from __future__ import annotations

import re

from copytaster.parsing.draft_builder import HIGHEST_VERSION

_MARKED = re.compile(r"(?P<id>.{3,}?)[-_.:/ ](?:v|ver|version|rev)[-_.=]?(?P<number>[0-9]{1,9})", re.IGNORECASE)
"""``story-17-v2``, ``story-17:v2``."""

_REVISION = re.compile(r"(?P<id>urn:newsml:[^:]+:\d{8}[^:]*:[^:]+):(?P<number>[0-9]{1,9})[NUA]?", re.IGNORECASE)
"""The public identifier of NewsML 1: revision number, and N (new), U (update) or A (all)."""

_NUMBERED = re.compile(r"(?P<id>.*[:/].*[:;#](?=[^:;#]*[0-9])(?=[^:;#]*[A-Za-z])[^:;#]{5,}):(?P<number>[0-9]{1,9})")
"""A number after the item's own id, which has letters and digits; after a provider's name it may be the id itself."""

_AP_NAME = re.compile(r"(?P<id>[0-9a-f]{32})--(?P<number>[0-9]{1,6})--.*", re.IGNORECASE)
"""``ItemID--Version--ContentID``, the names of files of AP Media Agent."""


_NAMED = (
    re.compile(r"(?P<id>[0-9a-f]{32})(?:--|\.|_)(?P<number>[0-9]{1,6})(?:(?:--|\.|_).*)?", re.IGNORECASE),
    re.compile(r"(?P<id>AP[A-Z]?[-_]?[0-9]{8,20})(?:[-_.]+v?(?P<number>[0-9]{1,6}))?(?:[-_.].*)?"),
)
"""The names of files that AP's clients write: an id that occurs only once, and its version. Other names with a version,
such as ``report_v2.txt``, are given to more than one story."""


def identity_in_name(path: str) -> tuple[str, int | None] | None:
    """Return the item's id and version that an agency's client wrote into the name of a file; None for other names."""
    name = re.split(r"[/\\]", path)[-1]
    stem = name.rpartition(".")[0] or name
    for pattern in _NAMED:
        if match := pattern.fullmatch(stem):
            return match["id"], int(match["number"]) if match["number"] else None
    return None


def split_version(identifier: str, stated: str = "") -> tuple[str, int | None]:
    """Return an identifier without its version, and the version: the one that a field states, else the one in it.

    A number at the end that is not marked as a version belongs to the identifier, unless the field states it too.
    """
    digits = stated.strip()
    version = int(digits) if re.fullmatch(r"[0-9]{1,16}", digits) and int(digits) <= HIGHEST_VERSION else None
    for pattern in (_AP_NAME, _REVISION, _MARKED):
        if match := pattern.fullmatch(identifier):
            return match["id"], version if version is not None else int(match["number"])
    match = _NUMBERED.fullmatch(identifier)
    return (match["id"], version) if match and version == int(match["number"]) else (identifier, version)
