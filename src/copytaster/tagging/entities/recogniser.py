"""People, organisations and places of a text: what a model marks, put right over the whole article."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spacy.language import Language

from copytaster.model.article import Entity, EntityType, Span
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.gazetteer_matches import gazetteer_matches
from copytaster.tagging.entities.mentions import (
    Mention,
    in_apposition,
    is_shouted,
    located,
    plain_quotes,
    trim,
    type_by_context,
)
from copytaster.tagging.entities.names import fullest_organisations, fullest_people, key, surnames
from copytaster.tagging.entities.recurrences import lower_words, recurring, spoken_small
from copytaster.tagging.models import load_models
from copytaster.tagging.stages import Finding, Passage, finding

MOST_CHARACTERS = 100_000
"""What is read of a text: some 16,000 words, a second's work. What is longer is a document, not news."""

PIECE_CHARACTERS = 8_000
"""Texts are read in pieces of whole sentences, so that long texts take no more memory than many short ones."""

MODEL_CONFIDENCE = 0.77
"""The model's F1 over names in 94 US wire articles of 1998 (NIST IEER), as measured for this project."""

BATCH = 4
"""Pieces that go through the model together: 7 of 100 faster than one by one; sixteen gain another 4 for 5 MB more."""

_TYPES = {
    "PERSON": EntityType.PERSON,
    "PER": EntityType.PERSON,  # as the models of other languages call it
    "ORG": EntityType.ORGANISATION,
    "GPE": EntityType.PLACE,
    "LOC": EntityType.PLACE,
    "FAC": EntityType.PLACE,
}

_ADDRESS = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Sir|Lord|Lady|Dame)\.?\s")
_PART = re.compile(r"[^,]+")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s")


@dataclass(frozen=True, slots=True)
class Marked:
    """A stretch of a text that a model took for a name, and for what kind of name."""

    start: int
    end: int
    kind: EntityType


@dataclass(frozen=True, slots=True)
class EntityRecogniser:
    """Marks names with the spaCy model of the text's language; settles type and full name by the whole article."""

    models: Mapping[str, Language]
    gazetteer: Gazetteer

    def entities(self, passages: Sequence[Passage]) -> list[Finding[tuple[Entity, ...] | None]]:
        """Return one finding per passage, in order; entities by count, then by first mention; None without a model.

        Costs about 25 ms for an article of 3.6 KB. Of a text, the first ``MOST_CHARACTERS`` are read.
        """
        found: dict[int, Finding[tuple[Entity, ...] | None]] = {}
        for language, model in self.models.items():
            mine = [number for number, passage in enumerate(passages) if passage.language == language]
            texts = [plain_quotes(cut(passages[number].text)) for number in mine]
            for number, text, marked in zip(mine, texts, mark(model, texts), strict=True):
                found[number] = self._finding(model, passages[number], text, marked)
        return [found.get(number) or _no_model(passage) for number, passage in enumerate(passages)]

    def _finding(
        self, model: Language, passage: Passage, text: str, marked: Sequence[Marked]
    ) -> Finding[tuple[Entity, ...] | None]:
        name = f"spacy:{model.lang}_{model.meta['name']}-{model.meta['version']}"
        known = self.gazetteer.with_places(passage.places)
        found: tuple[Entity, ...] | None = settle(mentions(text, marked, known), known)
        return finding(found, how=name, confidence=MODEL_CONFIDENCE)


def load_entity_recogniser(gazetteer: Gazetteer) -> EntityRecogniser:
    """Load the models of all languages that there are (the English one: a third of a second, some 100 MB)."""
    return EntityRecogniser(load_models(), gazetteer)


def mark(model: Language, texts: Sequence[str]) -> list[list[Marked]]:
    """Return what the model marks in each text. What the model learns of words on the way is forgotten again."""
    marked: list[list[Marked]] = [[] for _ in texts]
    with model.memory_zone():
        read = [(text[start:end], (number, start)) for number, text in enumerate(texts) for start, end in pieces(text)]
        for document, (number, offset) in model.pipe(read, as_tuples=True, batch_size=BATCH):
            for each in document.ents:
                kind = _TYPES.get(each.label_)
                if kind:
                    marked[number].append(Marked(offset + each.start_char, offset + each.end_char, kind))
    return marked


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of stretches of at most ``PIECE_CHARACTERS`` that make up the text, each ended like ``cut``."""
    start = 0
    while start < len(text):
        end = start + len(cut(text[start : start + PIECE_CHARACTERS + 1], PIECE_CHARACTERS))
        yield start, end
        start = end


def cut(text: str, most: int = MOST_CHARACTERS) -> str:
    """Return at most ``most`` characters of a text, ended after a paragraph, or a sentence, or a word if need be."""
    if len(text) <= most:
        return text
    head = text[:most]
    sentences = [match.end() for match in _SENTENCE_END.finditer(head, most // 2)]
    ends = [head.rfind("\n\n", most // 2), *sentences[-1:], head.rfind(" "), most]
    return head[: next(end for end in ends if end > 0)]


def settle(mentions: Sequence[Mention], gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """Merge mentions to entities: one type for each name, one full name for each person, organisation and place."""
    verdicts = vote(mentions, gazetteer)
    shown = _shown(mentions, {name: verdict.type for name, verdict in verdicts.items()}, gazetteer)
    spans: dict[tuple[str, EntityType], list[Span]] = defaultdict(list)
    reasons: dict[tuple[str, EntityType], dict[str, None]] = defaultdict(dict)
    for mention in sorted(mentions, key=lambda each: each.start):
        verdict = verdicts[key(mention.name)]
        entity = shown[verdict.type][mention.name], verdict.type
        spans[entity].append(Span(start=mention.start, end=mention.end))
        reasons[entity][f"{mention.name}: {verdict.why}"] = None
    entities = [
        Entity(name=name, type=kind, count=len(places), spans=tuple(places), why="; ".join(reasons[name, kind]))
        for (name, kind), places in spans.items()
    ]
    return tuple(sorted(entities, key=lambda each: (-each.count, each.spans[0].start)))


class Verdict(NamedTuple):
    """What a name is, and what that was settled by."""

    type: EntityType
    why: str


def vote(mentions: Iterable[Mention], gazetteer: Gazetteer) -> dict[str, Verdict]:
    """Return the type of each name, by ``names.key``: the majority of its mentions, put right by what else is known.

    A name that is certainly a place is one; a possible place needs one voice for it. A name that no list knows and
    that is the surname of a person in this article is that person, not a firm or a town.
    """
    voices: dict[str, Counter[EntityType]] = defaultdict(Counter)
    for mention in mentions:
        voices[key(mention.name)][mention.type] += 1
    verdicts = {name: _verdict(name, heard, gazetteer) for name, heard in voices.items()}
    people = surnames(name for name, verdict in verdicts.items() if verdict.type is EntityType.PERSON)
    surname = Verdict(EntityType.PERSON, "surname of a person of this article")
    return {
        name: surname if name in people and not gazetteer.possible(name) else verdict
        for name, verdict in verdicts.items()
    }


def _verdict(name: str, heard: Counter[EntityType], gazetteer: Gazetteer) -> Verdict:
    if gazetteer.certain(name):
        return Verdict(EntityType.PLACE, "known as a place")
    if gazetteer.possible(name) and heard[EntityType.PLACE]:
        return Verdict(EntityType.PLACE, "known as a place, and marked as one")
    headed = gazetteer.kinds.headed(name)
    if headed:
        return Verdict(headed, "by its kind of name")
    if gazetteer.kinds.is_person(name) and not gazetteer.possible(name):
        return Verdict(EntityType.PERSON, "begins with a first name")
    counted = ", ".join(f"{kind.value} {count}" for kind, count in heard.most_common())
    return Verdict(heard.most_common(1)[0][0], f"by the model and the words around ({counted})")


def _shown(
    mentions: Sequence[Mention], types: Mapping[str, EntityType], gazetteer: Gazetteer
) -> dict[EntityType, dict[str, str]]:
    names: dict[EntityType, Counter[str]] = {kind: Counter() for kind in EntityType}
    for mention in mentions:
        names[types[key(mention.name)]][mention.name] += 1
    return {
        EntityType.PERSON: fullest_people(names[EntityType.PERSON]),
        EntityType.ORGANISATION: fullest_organisations(names[EntityType.ORGANISATION]),
        EntityType.PLACE: _places(names[EntityType.PLACE], gazetteer),
    }


def _places(names: Counter[str], gazetteer: Gazetteer) -> dict[str, str]:
    """Map each place's name to the one shown: the list's, else the most frequent of its spellings here."""
    spelling: dict[str, str] = {}
    for name, _ in names.most_common():
        spelling.setdefault(key(name), name)
    return {name: gazetteer.shown(spelling[key(name)]) for name in names}


def mentions(text: str, marked: Iterable[Marked], gazetteer: Gazetteer) -> list[Mention]:
    """Return the mentions of names, in order: what was marked, trimmed, with those that were overlooked."""
    small = lower_words(text)
    trimmed = [
        mention
        for mention in _trimmed(text, marked, gazetteer)
        if gazetteer.possible(mention.name) or not spoken_small(mention.name, small)
    ]
    return recurring(text, gazetteer_matches(text, trimmed, gazetteer), small)


def _trimmed(text: str, marked: Iterable[Marked], gazetteer: Gazetteer) -> Iterator[Mention]:
    for each in marked:
        for start, end in _parts(text, each, gazetteer):
            person = each.kind is EntityType.PERSON or _ADDRESS.match(text, start) is not None
            bounds = trim(text, start, end, person=person, roles=gazetteer.kinds.roles)
            if bounds is None:
                continue
            name = text[slice(*bounds)]
            if gazetteer.possible(name) or not (is_shouted(name) or gazetteer.kinds.is_nothing(name)):
                yield Mention(*bounds, name, _by_context(text, bounds, each.kind, gazetteer))


def _parts(text: str, marked: Marked, gazetteer: Gazetteer) -> Iterator[tuple[int, int]]:
    """Part "Blackburn, Lancashire, England", marked as one, into three; "Washington, D.C." is one place."""
    name = text[marked.start : marked.end]
    last = name.rpartition(",")[2].strip()
    listing = "," in name and gazetteer.possible(last) and not gazetteer.possible(name)
    if not listing or marked.kind is EntityType.PERSON:
        yield marked.start, marked.end
        return
    for part in _PART.finditer(text, marked.start, marked.end):
        yield part.span()


def _by_context(text: str, bounds: tuple[int, int], kind: EntityType, gazetteer: Gazetteer) -> EntityType:
    start, end = bounds
    if kind is EntityType.PERSON and located(text, start, end):
        return EntityType.PLACE
    region = in_apposition(text, end)
    if region and kind is not EntityType.PLACE and " " not in text[start:end] and gazetteer.certain(region):
        return EntityType.PLACE
    return type_by_context(text, start, end) or kind


def _no_model(passage: Passage) -> Finding[tuple[Entity, ...] | None]:
    return finding(None, how=f"no model for language {passage.language}", confidence=0)
