"""Reads files of the IPTC Media Topics: IPTC's own JSON (SKOS), and plain lists with the same content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copytaster.errors import ConfigurationError

MAX_PROBLEMS = 5
"""Problems that a message lists: five are enough to recognise a wrong kind of file."""

_MEDIA_TOPIC = re.compile(r"(?:medtop:|https?://cv\.iptc\.org/newscodes/mediatopic/)(\d{8})\b.*")
_SUBJECT_CODE = re.compile(r"(?:subj:|https?://cv\.iptc\.org/newscodes/subjectcode/)(\d{8})")
_ENGLISH = ("en-GB", "en-US", "en")


@dataclass(frozen=True, slots=True)
class Concept:
    """A Media Topic in a file: its English name, its names in all languages, and its place in the hierarchy."""

    code: str
    name: str
    names: tuple[str, ...]
    broader: str | None
    subject_code: str | None
    retired: bool


def read_concepts(document: Any, where: str) -> list[Concept]:
    """Return the concepts of a decoded JSON document, in its order.

    Raises ``ConfigurationError``, whose message begins with ``where``, when there are none or some are not valid.
    """
    keys = [key for key in ("conceptSet", "concepts") if isinstance(document, dict) and key in document]
    listed = document[keys[0]] if keys else None
    if not isinstance(listed, list) or not listed:
        raise ConfigurationError(f"{where} has no list conceptSet or concepts: is it the JSON of the Media Topics?")
    problems: list[str] = []
    concepts = [found for number, entry in enumerate(listed) if (found := _concept(entry, number, problems))]
    problems += _hierarchy_problems(concepts)
    if problems:
        raise ConfigurationError(f"{where} cannot be used:\n  " + "\n  ".join(problems[:MAX_PROBLEMS]))
    return concepts


def _concept(entry: Any, number: int, problems: list[str]) -> Concept | None:
    if not isinstance(entry, dict):
        problems.append(f"entry {number} is not an object")
        return None
    code = _number(entry.get("qcode") or entry.get("uri"), _MEDIA_TOPIC)
    labels = {tag: name for tag, name in _labels(entry) if isinstance(name, str) and name.strip()}
    if code is None or not labels:
        problems.append(f"entry {number} has no {'name' if code else 'code such as medtop:04000000'}")
        return None
    name = next((labels[tag] for tag in _ENGLISH if tag in labels), next(iter(labels.values())))
    broader = _first(entry.get("broader"), _MEDIA_TOPIC)
    subject_code = _first(entry.get("subjectcode") or entry.get("exactMatch"), _SUBJECT_CODE)
    return Concept(
        code=f"medtop:{code}",
        name=name.strip(),
        names=tuple(dict.fromkeys(label.strip() for label in labels.values())),
        broader=f"medtop:{broader}" if broader else None,
        subject_code=subject_code,
        retired=bool(entry.get("retired")),
    )


def _labels(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield language and name. A plain ``name`` is the current English one; yielded last, it replaces older labels."""
    for labels in (entry.get("labels"), entry.get("prefLabel")):
        if isinstance(labels, dict):
            yield from labels.items()
    if "name" in entry:
        yield _ENGLISH[0], entry["name"]


def _first(value: Any, pattern: re.Pattern[str]) -> str | None:
    values = value if isinstance(value, list) else [value]
    return next((number for each in values if (number := _number(each, pattern))), None)


def _number(value: Any, pattern: re.Pattern[str]) -> str | None:
    found = pattern.fullmatch(value) if isinstance(value, str) else None
    return found.group(1) if found else None


def _hierarchy_problems(concepts: Sequence[Concept]) -> Iterator[str]:
    """Yield the problems of the hierarchy: repeated codes, missing broader topics, and cycles."""
    by_code = {each.code: each for each in concepts}
    if len(by_code) < len(concepts):
        codes = [each.code for each in concepts]
        yield from (f"{code} is repeated" for code in by_code if codes.count(code) > 1)
    for concept in concepts:
        if concept.broader is not None and concept.broader not in by_code and not concept.retired:
            yield f"{concept.code} is below {concept.broader}, which is missing"
        elif _is_cyclic(concept, by_code):
            yield f"{concept.code} is below itself"


def _is_cyclic(concept: Concept, by_code: Mapping[str, Concept]) -> bool:
    seen = {concept.code}
    while concept.broader is not None and (broader := by_code.get(concept.broader)):
        if broader.code in seen:
            return True
        seen.add(broader.code)
        concept = broader
    return False
