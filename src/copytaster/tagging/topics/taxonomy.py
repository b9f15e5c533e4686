"""The IPTC Media Topics: codes, names, hierarchy, and the names and older codes that sources use for them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from copytaster.errors import ConfigurationError
from copytaster.model.article import Subject
from copytaster.tagging.topics.taxonomy_file import Concept, read_concepts

SETTING = "COPYTASTER_TAXONOMY"
SCHEME = "medtop"
SUBJECT_CODES = "subj"

_NUMBER = re.compile(r"\d{8}")


class Heading(NamedTuple):
    """A Media Topic: its code, its name, and the code of its top-level topic, "" if unknown.

    A top-level topic is its own top.
    """

    code: str
    name: str
    top: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The topics in use, by code, and the tables that map names and other codes to them.

    ``replaced`` maps retired codes to their replacements, or to None. ``names`` maps folded names to codes, and
    ``subject_codes`` the older Subject Codes of eight digits. ``tops`` has the codes of the seventeen top-level topics,
    in order.
    """

    headings: Mapping[str, Heading]
    replaced: Mapping[str, str | None]
    names: Mapping[str, str]
    subject_codes: Mapping[str, str]
    tops: tuple[str, ...]

    def heading_of(self, subject: Subject) -> Heading | None:
        """Return the Media Topic of a source's subject, by code or name; None when it is not a Media Topic.

        An unknown Media Topic code is accepted, because it may be newer than this list. A retired code gives its
        replacement, if there is one.
        """
        scheme, _, number = (subject.code or "").rpartition(":")
        if scheme == SCHEME and _NUMBER.fullmatch(number):
            return self._by_code(f"{SCHEME}:{number}", subject.name)
        code = self._by_subject_code(number) if scheme == SUBJECT_CODES else None
        code = code or self.names.get(folded(subject.name or ""))
        return self.headings.get(code) if code else None

    def _by_code(self, code: str, name: str | None) -> Heading | None:
        if code in self.replaced:
            replacement = self.replaced[code]
            return self.headings.get(replacement) if replacement else None
        top = f"{SCHEME}:{code.partition(':')[2][:2]}000000"
        return self.headings.get(code) or Heading(code, name or code, code if code == top else "")

    def _by_subject_code(self, number: str) -> str | None:
        """Return the topic of a Subject Code or of the nearest broader one; its levels have 2, 3 and 3 digits."""
        levels = (number, f"{number[:5]}000", f"{number[:2]}000000")
        return next((self.subject_codes[level] for level in levels if level in self.subject_codes), None)


def folded(name: str) -> str:
    """Return a name for comparison: in lower case, with single spaces, and "and" for "&"."""
    return " ".join(name.replace("&", " and ").casefold().split())


def load_taxonomy(file: Path | None = None) -> Taxonomy:
    """Return the packaged topics, extended and corrected by ``file``.

    The file is IPTC's own JSON of the Media Topics, or one with the same content. Raises ``ConfigurationError`` that
    names the file and its problems.
    """
    packaged = _packaged()
    return packaged if file is None else _extended(packaged, file)


@cache
def _packaged() -> Taxonomy:
    data = tomllib.loads(files("copytaster.tagging.topics").joinpath("topics.toml").read_text(encoding="utf-8"))
    headings = [Heading(_code(number), name, _code(number)) for number, name in data["tops"].items()]
    for top, narrower in data["below"].items():
        headings += [Heading(_code(number), name, _code(top)) for number, name in narrower.items()]
    subject_codes = {number: _code(topic) for number, topic in data["subject_codes"].items()}
    subject_codes |= {each.code.partition(":")[2]: each.code for each in headings if each.code == each.top}
    sections = {folded(name): _code(number) for name, number in data["sections"].items()}
    return Taxonomy(
        headings={each.code: each for each in headings},
        replaced={},
        names={folded(each.name): each.code for each in reversed(headings)} | sections,
        subject_codes=subject_codes,
        tops=tuple(_code(number) for number in data["tops"]),
    )


def _extended(packaged: Taxonomy, file: Path) -> Taxonomy:
    concepts = {each.code: each for each in read_concepts(_content(file), f"{SETTING}: {file}")}
    current = {code: each for code, each in concepts.items() if not each.retired}
    missing = [code for code in packaged.tops if code not in current]
    if missing:
        raise ConfigurationError(f"{SETTING}: {file} cannot be used: missing Media Topics: {', '.join(missing)}")
    headings = {code: Heading(code, each.name, _top(each, concepts)) for code, each in current.items()}
    names = {folded(name): code for code, each in reversed(current.items()) for name in each.names}
    subject_codes = {each.subject_code: code for code, each in current.items() if each.subject_code}
    retired = {each.code: _replacement(each, concepts) for each in concepts.values() if each.retired}
    kept = {code: heading for code, heading in packaged.headings.items() if code not in retired}
    return replace(
        packaged,
        headings=kept | headings,
        replaced=retired,
        names=names | {name: code for name, code in packaged.names.items() if code not in retired},
        subject_codes=subject_codes
        | {old: code for old, code in packaged.subject_codes.items() if code not in retired},
    )


def _content(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{SETTING}: {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{SETTING}: {file} is not JSON: {error}") from error


def _top(concept: Concept, concepts: Mapping[str, Concept]) -> str:
    return [concept.code, *_broader(concept, concepts)][-1]


def _replacement(concept: Concept, concepts: Mapping[str, Concept]) -> str | None:
    """Return the nearest broader topic that is still in use; it includes what the retired one meant."""
    return next((code for code in _broader(concept, concepts) if not concepts[code].retired), None)


def _broader(concept: Concept, concepts: Mapping[str, Concept]) -> Iterable[str]:
    """Yield the broader topics, nearest first. The file has no cycles: ``read_concepts`` checks that."""
    while concept.broader is not None and concept.broader in concepts:
        concept = concepts[concept.broader]
        yield concept.code


def _code(number: str) -> str:
    return f"{SCHEME}:{number}"
