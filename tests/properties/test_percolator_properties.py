"""The percolator finds exactly the searches whose queries a comparison with each of them finds."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from copytaster.model.article import Article, Entity, EntityType, Keyword, Topic
from copytaster.model.standing_search import SearchId
from copytaster.search.document import document_of
from copytaster.search.matching import matches
from copytaster.search.query import Exact, Field, SearchQuery, TermCondition, WordCondition
from copytaster.search.syntax import parse_query
from copytaster.search.words import Phrase, phrase_of
from copytaster.searches.percolator import Percolator
from tests.factories import START, an_article

WORDS = ["sea", "seal", "wall", "walls", "ferry", "harbour", "東京", "東京都", "港", "Łódź", "lodz", "가나다"]

SOURCES = ["kestrel", "heron"]

sentences = st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)

phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


def _word_condition(text: str, continues: bool, field: Field | None, negated: bool) -> WordCondition:
    return WordCondition(phrase_of(text, open_ended=continues), field, negated)


def _beginning(word: str, length: int, field: Field | None, negated: bool) -> WordCondition:
    phrase = phrase_of(word[:length], open_ended=True)
    return WordCondition(phrase if phrase.words else Phrase(("sea",), open_ended=True), field, negated)


word_conditions = st.builds(_word_condition, phrases, st.booleans(), st.none() | st.sampled_from(Field), st.booleans())

beginnings = st.builds(
    _beginning, st.sampled_from(WORDS), st.integers(1, 4), st.none() | st.sampled_from(Field), st.booleans()
)

terms = st.sampled_from(
    [*(f"{Exact.SOURCE}:{each}" for each in SOURCES), "topic:sport", "entity:ann ash", "language:en", "keyword:sea"]
)

term_conditions = st.builds(TermCondition, st.frozensets(terms, min_size=1, max_size=3), st.booleans())

conditions = st.lists(word_conditions | beginnings | term_conditions, min_size=1, max_size=5)

queries = (
    conditions.filter(lambda found: not all(each.negated for each in found))
    .map(lambda found: SearchQuery(tuple(found)))
    .filter(lambda query: all(not isinstance(each, WordCondition) or each.phrase.words for each in query.conditions))
)


@st.composite
def articles(draw: st.DrawFn) -> Article:
    """Give an article of few words, so that queries match it often."""
    is_tagged = draw(st.booleans())
    tags = {
        "topics": [Topic(code="medtop:15000000", name="sport", score=1, why="test")],
        "entities": [
            Entity(name=draw(st.sampled_from(["Ann Ash", "Sea Wall"])), type=EntityType.PLACE, count=1, spans=())
        ],
        "keywords": [Keyword(term=draw(st.sampled_from(WORDS)), score=1)],
    }
    return an_article(
        "a1",
        title=draw(sentences) or "-",
        text=draw(sentences) or "-",
        source=draw(st.sampled_from(SOURCES)),
        language=draw(st.sampled_from(["en", "de"])),
        byline=draw(st.none() | st.sampled_from(["Sea Wall", "Ann Ash"])),
        **(tags if is_tagged else {}),
    )


def by_comparison(searches: dict[SearchId, SearchQuery], article: Article) -> list[SearchId]:
    document = document_of(article, now=START)
    return sorted(name for name, query in searches.items() if matches(document, query))


@given(st.lists(queries, max_size=12), st.lists(articles(), min_size=1, max_size=3))
def test_a_percolator_finds_what_a_comparison_with_each_query_finds(
    found: list[SearchQuery], arrived: list[Article]
) -> None:
    searches = {SearchId(f"q{number:02}"): query for number, query in enumerate(found)}
    percolator = Percolator()
    for name, query in searches.items():
        percolator.add(name, query)

    for article in arrived:
        document = document_of(article, now=START)
        assert percolator.searches_met_by(document) == by_comparison(searches, article)


class ChangingSearches(RuleBasedStateMachine):
    """Adds, replaces and removes searches: the percolator has exactly the present ones."""

    def __init__(self) -> None:
        super().__init__()
        self.percolator = Percolator()
        self.searches: dict[SearchId, SearchQuery] = {}

    @rule(number=st.integers(0, 4), query=queries)
    def add(self, number: int, query: SearchQuery) -> None:
        self.searches[SearchId(f"q{number}")] = query
        self.percolator.add(SearchId(f"q{number}"), query)

    @rule(number=st.integers(0, 4))
    def remove(self, number: int) -> None:
        self.searches.pop(SearchId(f"q{number}"), None)
        self.percolator.remove(SearchId(f"q{number}"))

    @rule(article=articles())
    def find(self, article: Article) -> None:
        document = document_of(article, now=START)
        assert self.percolator.searches_met_by(document) == by_comparison(self.searches, article)

    @invariant()
    def have_the_same_number(self) -> None:
        assert len(self.percolator) == len(self.searches)


TestChangingSearches = ChangingSearches.TestCase
TestChangingSearches.settings = settings(stateful_step_count=10)  # five searches: more steps repeat what fewer do


@given(articles())
def test_the_queries_that_people_write_find_what_a_comparison_finds(article: Article) -> None:
    written = [
        "sea",
        '"sea wall"',
        '"sea wall ferry"',
        "ferry -wall",
        'sea -"sea wall"',
        "ha*",
        "-wa* sea",
        "東",
        "東京",
        '"東京 港"',
        "lodz",
        "title:sea text:wall",
        "title:wa*",
        'title:"sea wall"',
        '"sea wa"*',
        "source:kestrel -ferry",
        "가나",
    ]
    searches = {SearchId(f"q{number:02}"): parse_query(each) for number, each in enumerate(written)}
    percolator = Percolator()
    for name, query in searches.items():
        percolator.add(name, query)

    found = percolator.searches_met_by(document_of(article, now=START))

    assert found == by_comparison(searches, article)
