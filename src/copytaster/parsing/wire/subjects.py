"""Codes of subjects: IPTC Media Topics as they are, the older Subject Codes mapped to them where that is clear."""

from __future__ import annotations

import re
from collections.abc import Iterator

from copytaster.model.article import Subject

MEDIA_TOPICS = "medtop"
SUBJECT_CODES = "subj"

TOPS = {
    "01000000": "arts, culture, entertainment and media",
    "02000000": "crime, law and justice",
    "03000000": "disaster, accident and emergency incident",
    "04000000": "economy, business and finance",
    "05000000": "education",
    "06000000": "environment",
    "07000000": "health",
    "08000000": "human interest",
    "09000000": "labour",
    "10000000": "lifestyle and leisure",
    "11000000": "politics",
    "12000000": "religion",
    "13000000": "science and technology",
    "14000000": "society",
    "15000000": "sport",
    "16000000": "conflict, war and peace",
    "17000000": "weather",
}
"""The seventeen top terms: IPTC gave those of the Media Topics the numbers of the Subject Codes that they follow."""

_NUMBER = re.compile(r"\d{8}")
_OLD = re.compile(r"(?:iptc)?[-_]?(?:subj(?:ect)?[-_]?(?:codes?)?|sc|subjref)", re.IGNORECASE)
_NEW = re.compile(r"(?:iptc)?[-_]?(?:medtop|media[-_]?topics?)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://cv\.iptc\.org/newscodes/(mediatopic|subjectcode)/(\d{8})", re.IGNORECASE)


def subjects_of(code: str, name: str | None) -> Iterator[Subject]:
    """Yield the subject that a source gives by code, address or name, and the Media Topic of an old code.

    ``code`` has its scheme before a colon, or is an address of IPTC's. An old top code becomes the Media Topic; one
    below keeps its own code and name, and its top's Media Topic is added. Codes of other schemes stay as they are.
    """
    scheme, number = _split(code)
    if scheme != SUBJECT_CODES:
        stated = f"{scheme}:{number}" if scheme else number
        if stated or name:
            yield Subject(code=stated or None, name=name or TOPS.get(number))
        return
    top = f"{number[:2]}000000"
    if number != top:
        yield Subject(code=f"{SUBJECT_CODES}:{number}", name=name)
    if top in TOPS:
        yield Subject(code=f"{MEDIA_TOPICS}:{top}", name=TOPS[top])
    elif number == top:
        yield Subject(code=f"{SUBJECT_CODES}:{number}", name=name)


def _split(code: str) -> tuple[str, str]:
    """Return scheme and code, with IPTC's own schemes under their usual names."""
    if address := _ADDRESS.fullmatch(code.strip()):
        return (MEDIA_TOPICS if address.group(1).lower() == "mediatopic" else SUBJECT_CODES), address.group(2)
    scheme, parted, rest = code.strip().partition(":")
    if not parted:
        scheme, rest = "", scheme
    if _NUMBER.fullmatch(rest):
        if _NEW.fullmatch(scheme):
            return MEDIA_TOPICS, rest
        if _OLD.fullmatch(scheme):
            return SUBJECT_CODES, rest
    return scheme, rest
