from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.mentions import Mention, plain_quotes, trim
from copytaster.tagging.entities.names import full_person_names, name_key
from copytaster.tagging.entities.recogniser import resolve_entities
from copytaster.tagging.entities.recurrences import lowercase_words, occurrences, with_recurrences
from copytaster.tagging.keywords.extractor import MAX_KEYWORDS, FrequencyKeywords
from copytaster.tagging.stages import KeywordRequest, Passage
from copytaster.tagging.topics.classifier import load_topics
from copytaster.tagging.topics.vocabulary import lowered, word_starts, words

TOPICS = load_topics()
NO_PLACES = Gazetteer({}, frozenset())

texts = st.text(max_size=400)
some_words = st.lists(
    st.sampled_from(["election", "war", "games", "court", "tennis", "the", "river", "Prime", "minister", "rain's"]),
    max_size=60,
).map(" ".join)
some_names = st.lists(
    st.sampled_from(["Kim", "Jong-un", "Ada", "Lind", "Jr.", "van", "O'Hara"]), min_size=1, max_size=3
).map(" ".join)


@given(texts)
def test_plain_quotes_keep_every_offset(text: str) -> None:
    assert len(plain_quotes(text)) == len(text)


@given(texts, st.integers(0, 400), st.integers(0, 400), st.booleans())
def test_trimming_stays_inside_the_span(text: str, one: int, other: int, person: bool) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))

    bounds = trim(text, start, end, person=person)

    if bounds is not None:
        assert start <= bounds[0] < bounds[1] <= end
        name = text[slice(*bounds)]
        assert name == name.strip()
        assert "\n" not in name


@given(st.lists(some_names, max_size=8))
def test_the_full_name_is_one_of_the_names_and_maps_to_itself(names: list[str]) -> None:
    full = full_person_names(names)

    assert full.keys() == set(names)
    assert all(full[full[name]] == full[name] for name in names)


@given(st.lists(st.tuples(some_names, st.sampled_from(EntityType)), max_size=12))
def test_every_mention_is_in_exactly_one_entity(named: list[tuple[str, EntityType]]) -> None:
    mentions, at = [], 0
    for name, entity_type in named:
        mentions.append(Mention(at, at + len(name), name, entity_type))
        at += len(name) + 1

    entities = resolve_entities(mentions, NO_PLACES)

    spans = sorted((span.start, span.end) for each in entities for span in each.spans)
    assert spans == [(each.start, each.end) for each in mentions]
    assert len({(each.name, each.type) for each in entities}) == len(entities)
    assert [each.count for each in entities] == sorted((each.count for each in entities), reverse=True)


@given(some_words, some_words | texts)
def test_topic_shares_are_ordered_on_each_level_and_never_exceed_the_whole(title: str, text: str) -> None:
    found = TOPICS.topics(Passage(title, text, "en")).value

    tops = [each.score for each in found if each.code in TOPICS.taxonomy.tops]
    below = [each.score for each in found if each.code not in TOPICS.taxonomy.tops]
    assert tops + below == [each.score for each in found]
    assert tops == sorted(tops, reverse=True)
    assert below == sorted(below, reverse=True)
    assert sum(tops) <= 1.01
    assert all(each.why for each in found)


@given(texts | st.text(alphabet="\u0130WAR war electionELECTION'-.", max_size=200))
def test_word_starts_are_the_positions_of_the_words(text: str) -> None:
    tokens = words(text)

    found = list(zip(word_starts(text, tokens), tokens, strict=True))

    assert all(lowered(text)[start:].startswith(token) for start, token in found)
    assert [match.start() for match in re.finditer(r"[^\W_]+", lowered(text))] == [start for start, _ in found]


@given(some_words | texts)
def test_keywords_are_few_ordered_and_words_of_the_text(text: str) -> None:
    request = KeywordRequest(Passage("-", text, "en"))
    found = FrequencyKeywords({"the": 0.0}).keywords([request])[0].value

    scores = [each.score for each in found]
    assert len(found) <= MAX_KEYWORDS
    assert scores == sorted(scores, reverse=True)
    present = {part for word in words(text) for part in (word, word.removesuffix("s"))}
    assert all(part in present for each in found for part in words(each.term))


@given(texts)
def test_a_names_key_is_a_fixed_point(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@given(
    st.text(alphabet="Aab Ä_-1\u0301.", max_size=40),
    st.sets(st.text(alphabet="Aab Ä_-1.", min_size=1, max_size=4), min_size=1, max_size=6),
)
def test_names_are_found_as_a_pattern_of_all_of_them_finds_them(text: str, names: set[str]) -> None:
    longest_first = "|".join(map(re.escape, sorted(names, key=lambda name: (-len(name), name))))
    pattern = re.compile(rf"(?<![\w-])(?:{longest_first})(?![\w-])")

    assert list(occurrences(text, names)) == [(*each.span(), each[0]) for each in pattern.finditer(text)]


@given(some_words | texts, st.data())
def test_repeated_names_have_correct_positions_and_do_not_overlap(text: str, data: st.DataObject) -> None:
    word_spans = [(each.start(), each.end()) for each in re.finditer(r"\w+", text)]
    places = data.draw(st.lists(st.sampled_from(word_spans), unique=True, max_size=4)) if word_spans else []
    marked = [Mention(start, end, text[start:end], EntityType.PERSON) for start, end in sorted(places)]

    found = with_recurrences(text, marked, lowercase_words(text))

    assert [text[each.start : each.end] for each in found] == [each.name for each in found]
    assert {(each.start, each.end) for each in marked} <= {(each.start, each.end) for each in found}
    ends = [0, *(each.end for each in found)]
    assert all(end <= each.start for end, each in zip(ends, found, strict=False))
