"""Finds the people, organisations and places of a text: a model's spans, corrected over the whole article."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from copytaster.model.article import Entity, EntityType, Span
from copytaster.tagging.entities.baseline import (
    BASELINE_CONFIDENCE,
    baseline_mentions,
    has_capitals,
    with_countries,
)
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.gazetteer_matches import gazetteer_matches
from copytaster.tagging.entities.mentions import (
    Mention,
    apposition,
    follows_place_preposition,
    is_banner,
    is_part_of_thing,
    plain_quotes,
    trim,
    type_by_context,
)
from copytaster.tagging.entities.names import full_organisation_names, full_person_names, name_key, surnames
from copytaster.tagging.entities.recurrences import lowercase_words, occurs_in_lowercase, with_recurrences
from copytaster.tagging.entities.unwrap import unwrapped
from copytaster.tagging.name_model.spans import NameModel
from copytaster.tagging.stages import UNDETERMINED, Finding, Passage, finding

MAX_CHARACTERS = 100_000
"""The part of a text that is read: some 16,000 words, a second's work. A longer text is a document, not news."""

CHUNK_CHARACTERS = 8_000
"""Texts are read in chunks of whole sentences, so that a long text takes no more memory than many short ones."""

MODEL_CONFIDENCE = 0.77
"""The model's F1 over names in 94 US wire articles of 1998 (NIST IEER), as measured for this project."""

_TYPES = {
    "PERSON": EntityType.PERSON,
    "PER": EntityType.PERSON,  # the label in the models of other languages
    "ORG": EntityType.ORGANISATION,
    "GPE": EntityType.PLACE,
    "LOC": EntityType.PLACE,
    "FAC": EntityType.PLACE,
}

_FORM_OF_ADDRESS = re.compile(r"(?:Mr|Mrs|Ms|Miss|Dr|Sir|Lord|Lady|Dame)\.?\s")
_LIST_ITEM = re.compile(r"[^,]+")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*\s")

EntityFinding = Finding[tuple[Entity, ...] | None]


@dataclass(frozen=True, slots=True)
class ModelSpan:
    """A span of a text that the model marked as a name, with the type that it assigned."""

    start: int
    end: int
    type: EntityType


class TypeDecision(NamedTuple):
    """The type of a name, and the reason for it."""

    type: EntityType
    why: str


@dataclass(frozen=True, slots=True)
class EntityRecogniser:
    """Marks names with the model of the text's language, then decides types and full names per article."""

    models: Mapping[str, NameModel]
    gazetteer: Gazetteer

    def entities(self, passages: Sequence[Passage]) -> list[EntityFinding]:
        """Return one finding per passage, in order; entities by count, then by first mention.

        Without a model, names of the lists are found with low confidence; None in scripts without capitals.
        Costs some 5 ms for an article of 3.6 KB. The first ``MAX_CHARACTERS`` of each text are read.
        """
        findings: dict[int, EntityFinding] = {}
        for language, model in self.models.items():
            indexes = [index for index, passage in enumerate(passages) if passage.language == language]
            texts = [unwrapped(plain_quotes(truncated(passages[index].text))) for index in indexes]
            for index, text, spans in zip(indexes, texts, model_spans(model, texts), strict=True):
                findings[index] = self._finding(model, passages[index], text, spans)
        return [findings.get(index) or self._without_model(passage) for index, passage in enumerate(passages)]

    def _without_model(self, passage: Passage) -> EntityFinding:
        text = unwrapped(plain_quotes(truncated(passage.text)))
        how = f"no model for language {passage.language}"
        if passage.language == UNDETERMINED or not has_capitals(text):
            return finding(None, how=how, confidence=0)
        gazetteer = with_countries(self.gazetteer, passage.language).with_places(passage.places)
        entities: tuple[Entity, ...] | None = resolve_entities(baseline_mentions(text, gazetteer), gazetteer)
        how = f"gazetteer and first names: {how}"
        return finding(entities, how=how, confidence=BASELINE_CONFIDENCE if entities else 0)

    def _finding(self, model: NameModel, passage: Passage, text: str, spans: Sequence[ModelSpan]) -> EntityFinding:
        gazetteer = self.gazetteer.with_places(passage.places)
        entities: tuple[Entity, ...] | None = resolve_entities(find_mentions(text, spans, gazetteer), gazetteer)
        return finding(entities, how=f"spacy:{model.name}", confidence=MODEL_CONFIDENCE)


def load_entity_recogniser(gazetteer: Gazetteer) -> EntityRecogniser:
    """Load the models of all available languages (the English one takes a third of a second and some 100 MB)."""
    # spaCy takes more than a second to import: processes that use the types of this package, but tag nothing, save it.
    from copytaster.tagging.models import load_models  # noqa: PLC0415

    return EntityRecogniser(load_models(), gazetteer)


def model_spans(model: NameModel, texts: Sequence[str]) -> list[list[ModelSpan]]:
    """Return the spans that the model marks in each text, chunk by chunk."""
    places = [(index, start, end) for index, text in enumerate(texts) for start, end in chunks(text)]
    spans: list[list[ModelSpan]] = [[] for _ in texts]
    marked = model.spans([texts[index][start:end] for index, start, end in places])
    for (index, offset, _), names in zip(places, marked, strict=True):
        for start, end, label in names:
            entity_type = _TYPES.get(label)
            if entity_type:
                spans[index].append(ModelSpan(offset + start, offset + end, entity_type))
    return spans


def chunks(text: str) -> Iterator[tuple[int, int]]:
    """Yield the bounds of consecutive chunks of at most ``CHUNK_CHARACTERS``, each ended like ``truncated``."""
    start = 0
    while start < len(text):
        end = start + len(truncated(text[start : start + CHUNK_CHARACTERS + 1], CHUNK_CHARACTERS))
        yield start, end
        start = end


def truncated(text: str, most: int = MAX_CHARACTERS) -> str:
    """Return at most ``most`` characters of a text, ended after a paragraph, else a sentence, else a word."""
    if len(text) <= most:
        return text
    head = text[:most]
    sentence_ends = [match.end() for match in _SENTENCE_END.finditer(head, most // 2)]
    ends = [head.rfind("\n\n", most // 2), *sentence_ends[-1:], head.rfind(" "), most]
    return head[: next(end for end in ends if end > 0)]


def resolve_entities(mentions: Sequence[Mention], gazetteer: Gazetteer) -> tuple[Entity, ...]:
    """Merge mentions into entities: one type for each name, one full name for each person, organisation and place."""
    decisions = resolve_types(mentions, gazetteer)
    names = _display_names(mentions, {key: decision.type for key, decision in decisions.items()}, gazetteer)
    spans: dict[tuple[str, EntityType], list[Span]] = defaultdict(list)
    reasons: dict[tuple[str, EntityType], dict[str, None]] = defaultdict(dict)
    for mention in sorted(mentions, key=lambda each: each.start):
        decision = decisions[name_key(mention.name)]
        entity = names[decision.type][mention.name], decision.type
        spans[entity].append(Span(start=mention.start, end=mention.end))
        reasons[entity][f"{mention.name}: {decision.why}"] = None
    entities = [
        Entity(name=name, type=type_, count=len(places), spans=tuple(places), why="; ".join(reasons[name, type_]))
        for (name, type_), places in spans.items()
    ]
    return tuple(sorted(entities, key=lambda entity: (-entity.count, entity.spans[0].start)))


def resolve_types(mentions: Iterable[Mention], gazetteer: Gazetteer) -> dict[str, TypeDecision]:
    """Return the type of each name, by ``names.name_key``: the majority of its mentions, corrected by the lists.

    A certain place is a place; a possible place is one if at least one mention is marked as a place. A name that is not
    in the gazetteer and is the surname of a person in this article is that person, not a company or a town.
    """
    votes: dict[str, Counter[EntityType]] = defaultdict(Counter)
    for mention in mentions:
        votes[name_key(mention.name)][mention.type] += 1
    decisions = {name: _decide_type(name, counts, gazetteer) for name, counts in votes.items()}
    people = surnames(name for name, decision in decisions.items() if decision.type is EntityType.PERSON)
    surname = TypeDecision(EntityType.PERSON, "surname of a person in this article")
    return {
        name: surname if name in people and not gazetteer.is_possible_place(name) else decision
        for name, decision in decisions.items()
    }


def _decide_type(name: str, votes: Counter[EntityType], gazetteer: Gazetteer) -> TypeDecision:
    if gazetteer.name_types.is_club(name):
        return TypeDecision(EntityType.ORGANISATION, "a sports club in the list")
    if gazetteer.is_certain_place(name):
        return TypeDecision(EntityType.PLACE, "a place in the gazetteer")
    if gazetteer.is_possible_place(name) and votes[EntityType.PLACE]:
        return TypeDecision(EntityType.PLACE, "a possible place in the gazetteer, and marked as a place")
    head_type = gazetteer.name_types.type_by_head(name)
    if head_type:
        return TypeDecision(head_type, "by the head word of the name")
    if gazetteer.name_types.is_person(name) and not gazetteer.is_possible_place(name):
        return TypeDecision(EntityType.PERSON, "begins with a first name")
    counts = ", ".join(f"{type_.value} {count}" for type_, count in votes.most_common())
    return TypeDecision(votes.most_common(1)[0][0], f"by the model and the context ({counts})")


def _display_names(
    mentions: Sequence[Mention], types: Mapping[str, EntityType], gazetteer: Gazetteer
) -> dict[EntityType, dict[str, str]]:
    names: dict[EntityType, Counter[str]] = {type_: Counter() for type_ in EntityType}
    for mention in mentions:
        names[types[name_key(mention.name)]][mention.name] += 1
    return {
        EntityType.PERSON: full_person_names(names[EntityType.PERSON]),
        EntityType.ORGANISATION: full_organisation_names(names[EntityType.ORGANISATION]),
        EntityType.PLACE: _place_names(names[EntityType.PLACE], gazetteer),
    }


def _place_names(names: Counter[str], gazetteer: Gazetteer) -> dict[str, str]:
    """Map each place's name to its display name: the gazetteer's, else its most frequent spelling in this article."""
    spelling: dict[str, str] = {}
    for name, _ in names.most_common():
        spelling.setdefault(name_key(name), name)
    return {name: gazetteer.display_name(spelling[name_key(name)]) for name in names}


def find_mentions(text: str, spans: Iterable[ModelSpan], gazetteer: Gazetteer) -> list[Mention]:
    """Return the mentions of names, in order: the model's spans, trimmed, and the mentions that the model missed."""
    lowercase = lowercase_words(text)
    trimmed = [
        mention
        for mention in _trimmed(text, spans, gazetteer)
        if gazetteer.is_possible_place(mention.name) or not occurs_in_lowercase(mention.name, lowercase)
    ]
    mentions = with_recurrences(text, gazetteer_matches(text, trimmed, gazetteer), lowercase)
    return [mention for mention in mentions if not is_part_of_thing(text, mention)]


def _trimmed(text: str, spans: Iterable[ModelSpan], gazetteer: Gazetteer) -> Iterator[Mention]:
    for span in spans:
        for start, end in _list_items(text, span, gazetteer):
            person = span.type is EntityType.PERSON or _FORM_OF_ADDRESS.match(text, start) is not None
            bounds = trim(text, start, end, person=person, roles=gazetteer.name_types.roles)
            if bounds is None:
                continue
            name = text[slice(*bounds)]
            if gazetteer.is_possible_place(name) or not (is_banner(name) or gazetteer.name_types.is_ignored(name)):
                yield Mention(*bounds, name, _type_in_context(text, bounds, span.type, gazetteer))


def _list_items(text: str, span: ModelSpan, gazetteer: Gazetteer) -> Iterator[tuple[int, int]]:
    """Split "Blackburn, Lancashire, England", marked as one name, into three; "Washington, D.C." is one place."""
    name = text[span.start : span.end]
    last = name.rpartition(",")[2].strip()
    is_list = "," in name and gazetteer.is_possible_place(last) and not gazetteer.is_possible_place(name)
    if not is_list or span.type is EntityType.PERSON:
        yield span.start, span.end
        return
    for item in _LIST_ITEM.finditer(text, span.start, span.end):
        yield item.span()


def _type_in_context(text: str, bounds: tuple[int, int], marked: EntityType, gazetteer: Gazetteer) -> EntityType:
    start, end = bounds
    if marked is EntityType.PERSON and follows_place_preposition(text, start, end):
        return EntityType.PLACE
    region = apposition(text, end)
    one_word = " " not in text[start:end]
    if region and marked is not EntityType.PLACE and one_word and gazetteer.is_certain_place(region):
        return EntityType.PLACE
    return type_by_context(text, start, end) or marked
