"""Words and indexes on arbitrary texts and changes."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from copytaster.model.article import ArticleId, ArticleStatus, Entity, EntityType
from copytaster.model.article_document import ArticleDocument
from copytaster.search.document import document_of
from copytaster.search.found_article import FoundArticle
from copytaster.search.index import IndexRequest, Progress
from copytaster.search.matching import matches, occurrences
from copytaster.search.memory_index import MemoryIndex
from copytaster.search.plain_text import is_plain, plain_places
from copytaster.search.query import Order, SearchQuery, WordCondition
from copytaster.search.sqlite_index import SqliteReader, SqliteWriter
from copytaster.search.syntax import QuerySyntaxError, parse_query
from copytaster.search.words import Phrase, phrase_of, placed_words, words_of
from tests.factories import START, an_article

TEXTS = st.text(max_size=60) | st.text("aäéß ́한국東京ｶﾞ日のท่า٢ा-\"'. ", max_size=40)

WORDS = ["sea", "wall", "ferry", "harbour", "東京", "東京都", "港", "Łódź", "lodz"]

SENTENCES = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)

QUERIES = st.sampled_from(
    ["sea", '"sea wall"', "ferry -wall", "ha*", "東", "東京", '"東京 港"', "lodz", "title:sea text:wall", "-sea 港"]
)


@given(TEXTS)
def test_words_are_the_same_with_and_without_places(text: str) -> None:
    placed = placed_words(text)

    assert placed.values == words_of(text)
    assert len(placed.places) == len(placed.values)
    assert all(0 <= start < end <= len(text) for start, end in placed.places)
    assert all(placed.places[each][0] < end <= placed.places[each][1] for each, end in placed.firsts.items())


@given(TEXTS)
def test_words_of_words_are_the_same_unless_they_are_cut(text: str) -> None:
    found = words_of(text)

    assert all(each and " " not in each and '"' not in each for each in found)
    assert all(words_of(each) == [each] for each in found if each.isascii())


@given(TEXTS, st.data())
def test_a_part_of_a_text_that_begins_and_ends_with_words_is_found_and_highlighted(
    text: str, data: st.DataObject
) -> None:
    places = placed_words(text).places
    if not places:
        return
    first = data.draw(st.integers(0, len(places) - 1))
    last = data.draw(st.integers(first, len(places) - 1))
    phrase = phrase_of(text[places[first][0] : places[last][1]], open_ended=False)
    article = an_article("a1", title="-", text=text)
    query = SearchQuery((WordCondition(phrase),))

    assert matches(document_of(article, now=START), query)
    found = FoundArticle(ArticleDocument.of(article), article.status).highlights(query)
    assert found
    assert found.spans
    assert all(before.end <= after.start for before, after in pairwise(found.spans))


PLAIN_TEXTS = st.text("aAbB1_-“”…€ \n", max_size=40) | st.text(max_size=20)


@given(PLAIN_TEXTS, st.lists(st.sampled_from(["a", "b", "ab", "a1", "1"]), min_size=1, max_size=3), st.booleans())
def test_places_in_plain_texts_are_those_of_their_words(text: str, words: list[str], open_ended: bool) -> None:
    if not is_plain(text):
        return
    phrase, placed = Phrase(tuple(words), open_ended=open_ended), placed_words(text)
    numbers = list(occurrences(placed.values, phrase))

    assert list(plain_places(text.lower(), phrase)) == [
        (placed.places[number][0], placed.places[number + len(words) - 1][1]) for number in numbers
    ]


@given(st.characters())
def test_a_character_of_plain_texts_is_part_of_a_word_only_if_it_is_ascii(character: str) -> None:
    if is_plain(character) and not character.isascii():
        assert words_of(f"a{character}b") == ["a", "b"]


@given(st.lists(st.tuples(SENTENCES, SENTENCES, SENTENCES), min_size=1, max_size=3), QUERIES, st.booleans())
def test_an_article_meets_a_query_if_its_document_in_the_index_does(
    parts: list[tuple[str, str, str]], query: str, hidden: bool
) -> None:
    status = ArticleStatus.WITHHELD if hidden else ArticleStatus.USABLE
    for title, text, name in parts:
        entities = (Entity(name=name or "-", type=EntityType.PLACE, count=1, spans=()),)
        article = an_article("a1", title=title or "-", text=text or "-", entities=entities, status=status)
        found = FoundArticle(ArticleDocument.of(article), status).highlights(parse_query(query))

        assert (found is not None) is matches(document_of(article, now=START), parse_query(query))


@given(st.text('ab*-": ', max_size=20))
def test_every_text_is_a_query_or_has_an_error_with_a_place(text: str) -> None:
    position = 1
    try:
        parse_query(text)
    except QuerySyntaxError as error:
        position = error.position

    assert 1 <= position <= len(text) + 1


class SameIndexes(RuleBasedStateMachine):
    """Changes the index in memory and the file in the same way: they find the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        file = Path(self.folder.name) / "file"
        self.memory, self.writer, self.reader = MemoryIndex(), SqliteWriter(file), SqliteReader(file)

    @rule(number=st.integers(0, 5), hour=st.integers(0, 9), title=SENTENCES, text=SENTENCES)
    def add(self, number: int, hour: int, title: str, text: str) -> None:
        article = an_article(
            f"a{number}", title=title or "-", text=text or "-", received_at=START + timedelta(hours=hour)
        )
        for each in (self.memory, self.writer):
            each.write([document_of(article, now=START)], (), Progress())

    @rule(number=st.integers(0, 5))
    def remove(self, number: int) -> None:
        for each in (self.memory, self.writer):
            each.write((), [ArticleId(f"a{number}")], Progress())

    @rule(query=QUERIES, order=st.sampled_from(Order), limit=st.integers(1, 4))
    def find(self, query: str, order: Order, limit: int) -> None:
        request = IndexRequest(parse_query(query), limit, order)
        first = self.memory.find(request)
        assert first == self.reader.find(request)
        if first:
            following = IndexRequest(request.query, limit, order, first[-1].cursor)
            assert self.memory.find(following) == self.reader.find(following)

    @invariant()
    def have_the_same_number(self) -> None:
        assert self.memory.count == self.writer.count

    def teardown(self) -> None:
        self.reader.close()
        self.writer.close()
        self.folder.cleanup()


TestSameIndexes = SameIndexes.TestCase
