"""Codes of subjects: IPTC Media Topics unchanged, top-level Subject Codes mapped to Media Topics."""

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
"""The seventeen top terms, which have the same numbers in the Media Topics and in the older Subject Codes."""

_NUMBER = re.compile(r"\d{8}")
_SUBJECT_CODE_SCHEME = re.compile(r"(?:iptc)?[-_]?(?:subj(?:ect)?[-_]?(?:codes?)?|sc|subjref)", re.IGNORECASE)
_MEDIA_TOPIC_SCHEME = re.compile(r"(?:iptc)?[-_]?(?:medtop|media[-_]?topics?)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://cv\.iptc\.org/newscodes/(mediatopic|subjectcode)/(\d{8})", re.IGNORECASE)


def subjects_of(code: str, name: str | None) -> Iterator[Subject]:
    """Yield a subject by code, address or name, and the Media Topic of a Subject Code.

    ``code`` is a scheme, a colon and a code, or an address of IPTC. A top Subject Code becomes its Media Topic. A
    narrower one remains, and its top's Media Topic is added. Codes of other schemes are unchanged.
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
    """Return scheme and code, with the usual names of IPTC's schemes."""
    if address := _ADDRESS.fullmatch(code.strip()):
        return (MEDIA_TOPICS if address.group(1).lower() == "mediatopic" else SUBJECT_CODES), address.group(2)
    scheme, separator, rest = code.strip().partition(":")
    if not separator:
        scheme, rest = "", scheme
    if _NUMBER.fullmatch(rest):
        if _MEDIA_TOPIC_SCHEME.fullmatch(scheme):
            return MEDIA_TOPICS, rest
        if _SUBJECT_CODE_SCHEME.fullmatch(scheme):
            return SUBJECT_CODES, rest
    return scheme, rest
