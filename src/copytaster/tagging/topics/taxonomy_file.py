"""Files of the IPTC Media Topics: IPTC's own JSON (SKOS), and plain lists of the same content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copytaster.errors import ConfigurationError

MOST_FAULTS = 5
"""Faults that a message lists: who sees five knows what kind of file it is."""

_MEDIA_TOPIC = re.compile(r"(?:medtop:|https?://cv\.iptc\.org/newscodes/mediatopic/)(\d{8})\b.*")
_SUBJECT_CODE = re.compile(r"(?:subj:|https?://cv\.iptc\.org/newscodes/subjectcode/)(\d{8})")
_ENGLISH = ("en-GB", "en-US", "en")


@dataclass(frozen=True, slots=True)
class Concept:
    """A Media Topic as a file tells it: the English name, the names in all languages, and its place."""

    code: str
    name: str
    names: tuple[str, ...]
    broader: str | None
    subject_code: str | None
    retired: bool


def read_concepts(told: Any, where: str) -> list[Concept]:
    """Return the concepts of a decoded file, in its order.

    Raises ``ConfigurationError``, begun with ``where``, when there are none, or with the first entries that are wrong.
    """
    listed = next((told[key] for key in ("conceptSet", "concepts") if isinstance(told, dict) and key in told), None)
    if not isinstance(listed, list) or not listed:
        raise ConfigurationError(f"{where} has no list conceptSet or concepts: is it the JSON of the Media Topics?")
    faults: list[str] = []
    concepts = [found for number, each in enumerate(listed) if (found := _concept(each, number, faults))]
    faults += _misplaced(concepts)
    if faults:
        raise ConfigurationError(f"{where} cannot be used:\n  " + "\n  ".join(faults[:MOST_FAULTS]))
    return concepts


def _concept(told: Any, number: int, faults: list[str]) -> Concept | None:
    if not isinstance(told, dict):
        faults.append(f"entry {number} is no object")
        return None
    code = _number(told.get("qcode") or told.get("uri"), _MEDIA_TOPIC)
    labels = {tag: name for tag, name in _labels(told) if isinstance(name, str) and name.strip()}
    if code is None or not labels:
        faults.append(f"entry {number} has no {'name' if code else 'code such as medtop:04000000'}")
        return None
    name = next((labels[tag] for tag in _ENGLISH if tag in labels), next(iter(labels.values())))
    broader = _first(told.get("broader"), _MEDIA_TOPIC)
    older = _first(told.get("subjectcode") or told.get("exactMatch"), _SUBJECT_CODE)
    return Concept(
        code=f"medtop:{code}",
        name=name.strip(),
        names=tuple(dict.fromkeys(each.strip() for each in labels.values())),
        broader=f"medtop:{broader}" if broader else None,
        subject_code=older,
        retired=bool(told.get("retired")),
    )


def _labels(told: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield language and name. A plain ``name`` is the current English one and wins over those of older labels."""
    for labels in (told.get("labels"), told.get("prefLabel")):
        if isinstance(labels, dict):
            yield from labels.items()
    if "name" in told:
        yield _ENGLISH[0], told["name"]


def _first(told: Any, pattern: re.Pattern[str]) -> str | None:
    listed = told if isinstance(told, list) else [told]
    return next((number for each in listed if (number := _number(each, pattern))), None)


def _number(told: Any, pattern: re.Pattern[str]) -> str | None:
    found = pattern.fullmatch(told) if isinstance(told, str) else None
    return found.group(1) if found else None


def _misplaced(concepts: Sequence[Concept]) -> Iterator[str]:
    """Yield what is wrong with the hierarchy: codes that stand twice, broader ones that are not there, circles."""
    by_code = {each.code: each for each in concepts}
    if len(by_code) < len(concepts):
        codes = [each.code for each in concepts]
        yield from (f"{code} stands there twice" for code in by_code if codes.count(code) > 1)
    for each in concepts:
        if each.broader is not None and each.broader not in by_code and not each.retired:
            yield f"{each.code} lies below {each.broader}, which is not there"
        elif _circles(each, by_code):
            yield f"{each.code} lies below itself"


def _circles(concept: Concept, by_code: Mapping[str, Concept]) -> bool:
    seen = {concept.code}
    while concept.broader is not None and (above := by_code.get(concept.broader)):
        if above.code in seen:
            return True
        seen.add(above.code)
        concept = above
    return False
