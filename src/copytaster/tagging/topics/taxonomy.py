"""The IPTC Media Topics: which there are, below which top, and what sources call them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
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
    """A Media Topic by its code and name, with the code of the top that it is or lies below, "" where not known."""

    code: str
    name: str
    top: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The topics that are in use, by code, and what leads to them.

    ``replaced`` has the retired codes with the topic to use instead, or None; ``names`` leads from names in small
    letters to codes, ``subject_codes`` from the older codes of eight digits. ``tops``
    are the codes of the seventeen tops, in order.
    """

    headings: Mapping[str, Heading]
    replaced: Mapping[str, str | None]
    names: Mapping[str, str]
    subject_codes: Mapping[str, str]
    tops: tuple[str, ...]

    def given(self, subject: Subject) -> Heading | None:
        """Return the Media Topic that a source means by code or name; None when it means something else.

        A code of the scheme that is not known here stays as it is: it may be newer. A retired one leads to its
        replacement, or to nothing.
        """
        scheme, _, number = (subject.code or "").rpartition(":")
        if scheme == SCHEME and _NUMBER.fullmatch(number):
            return self._by_code(f"{SCHEME}:{number}", subject.name)
        code = self._older(number) if scheme == SUBJECT_CODES else None
        code = code or self.names.get(folded(subject.name or ""))
        return self.headings.get(code) if code else None

    def _by_code(self, code: str, name: str | None) -> Heading | None:
        if code in self.replaced:
            instead = self.replaced[code]
            return self.headings.get(instead) if instead else None
        top = f"{SCHEME}:{code.partition(':')[2][:2]}000000"
        return self.headings.get(code) or Heading(code, name or code, code if code == top else "")

    def _older(self, number: str) -> str | None:
        """Return the topic of a Subject Code, or of the nearest above it: it has two digits, three more, three more."""
        levels = (number, f"{number[:5]}000", f"{number[:2]}000000")
        return next((self.subject_codes[each] for each in levels if each in self.subject_codes), None)


def folded(name: str) -> str:
    """Return a name as it is compared: in small letters, with single spaces, "and" for "&"."""
    return " ".join(name.replace("&", " and ").casefold().split())


def load_taxonomy(file: Path | None = None) -> Taxonomy:
    """Return the topics that come with the package, with all that ``file`` adds and corrects.

    The file is IPTC's own JSON of the Media Topics, or one of the same content. Raises ``ConfigurationError`` that
    names the file and what is wrong with it.
    """
    packaged = _packaged()
    return packaged if file is None else _extended(packaged, file)


def _packaged() -> Taxonomy:
    listed = tomllib.loads(files("copytaster.tagging.topics").joinpath("topics.toml").read_text(encoding="utf-8"))
    headings = [Heading(_code(number), name, _code(number)) for number, name in listed["tops"].items()]
    for top, below in listed["below"].items():
        headings += [Heading(_code(number), name, _code(top)) for number, name in below.items()]
    older = {number: _code(each) for number, each in listed["subject_codes"].items()}
    older |= {each.code.partition(":")[2]: each.code for each in headings if each.code == each.top}
    sections = {folded(name): _code(number) for name, number in listed["sections"].items()}
    return Taxonomy(
        headings={each.code: each for each in headings},
        replaced={},
        names={folded(each.name): each.code for each in reversed(headings)} | sections,
        subject_codes=older,
        tops=tuple(_code(number) for number in listed["tops"]),
    )


def _extended(packaged: Taxonomy, file: Path) -> Taxonomy:
    concepts = {each.code: each for each in read_concepts(_content(file), f"{SETTING}: {file}")}
    current = {code: each for code, each in concepts.items() if not each.retired}
    lacking = [code for code in packaged.tops if code not in current]
    if lacking:
        raise ConfigurationError(f"{SETTING}: {file} cannot be used: it lacks the Media Topics {', '.join(lacking)}")
    headings = {code: Heading(code, each.name, _top(each, concepts)) for code, each in current.items()}
    names = {folded(name): code for code, each in reversed(current.items()) for name in each.names}
    older = {each.subject_code: code for code, each in current.items() if each.subject_code}
    retired = {each.code: _instead(each, concepts) for each in concepts.values() if each.retired}
    kept = {code: heading for code, heading in packaged.headings.items() if code not in retired}
    return replace(
        packaged,
        headings=kept | headings,
        replaced=retired,
        names=names | {name: code for name, code in packaged.names.items() if code not in retired},
        subject_codes=older | {old: code for old, code in packaged.subject_codes.items() if code not in retired},
    )


def _content(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{SETTING}: {file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigurationError(f"{SETTING}: {file} is not JSON: {error}") from error


def _top(concept: Concept, concepts: Mapping[str, Concept]) -> str:
    return [concept.code, *_above(concept, concepts)][-1]


def _instead(concept: Concept, concepts: Mapping[str, Concept]) -> str | None:
    """Return the nearest broader topic that is still in use: what a retired one said holds of it."""
    return next((code for code in _above(concept, concepts) if not concepts[code].retired), None)


def _above(concept: Concept, concepts: Mapping[str, Concept]) -> Iterable[str]:
    """Yield the broader topics, nearest first; the file was checked to have no circle."""
    while concept.broader is not None and concept.broader in concepts:
        concept = concepts[concept.broader]
        yield concept.code


def _code(number: str) -> str:
    return f"{SCHEME}:{number}"
