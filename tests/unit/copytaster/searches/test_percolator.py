"""An article is compared with few of many searches, whatever these consist of."""

from __future__ import annotations

import pytest

from copytaster.model.standing_search import SearchId
from copytaster.search.document import document_of
from copytaster.search.syntax import parse_query
from copytaster.searches import percolator
from copytaster.searches.percolator import Percolator
from tests.factories import START, an_article, prose

SHAPES = {
    "a word": "{0}",
    "two words, of which many queries have one": "harbour {0}",
    "a phrase": '"the {0} of"',
    "a phrase of frequent words": '"the of harbour" {0}',
    "a beginning": "{0}*",
    "a beginning in a field": "title:{0}*",
    "a word in a field": "title:{0}",
    "a filter": "source:{0}",
    "a filter and an excluded word": "source:{0} -ferry",
    "a filter that many queries have, and a beginning": "language:en {0}*",
}


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Collect the queries that documents are compared with."""
    found: list[object] = []
    compare = percolator._Registered.is_met_by  # there is no other place to count at

    def count(self: percolator._Registered, document: percolator._Compared) -> bool:
        found.append(self.query)
        return compare(self, document)

    monkeypatch.setattr(percolator._Registered, "is_met_by", count)
    return found


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
def test_an_article_is_compared_with_few_of_many_searches(shape: str, compared: list[object]) -> None:
    words = prose(1, count=500)
    searches = Percolator()
    for number, word in enumerate(words):
        searches.add(SearchId(f"q{number:03}"), parse_query(shape.format(word)))
    article = an_article(
        title=f"{words[7]} harbour",
        text=f"the {words[7]} of the harbour and the of harbour",
        source=words[7],
        language="en",
    )

    found = searches.searches_met_by(document_of(article, now=START))

    assert found == ["q007"]
    assert len(compared) <= 3


def test_searches_with_the_same_query_are_compared_once(compared: list[object]) -> None:
    searches = Percolator()
    for number in range(50):
        searches.add(SearchId(f"q{number:02}"), parse_query("harbour"))

    found = searches.searches_met_by(document_of(an_article(), now=START))

    assert (len(found), len(compared)) == (50, 1)


def test_what_was_removed_leaves_nothing_to_compare(compared: list[object]) -> None:
    searches = Percolator()
    for shape in SHAPES.values():
        searches.add(SearchId("q1"), parse_query(shape.format("harbour")))
    searches.remove(SearchId("q1"))

    assert searches.searches_met_by(document_of(an_article(title="Harbour", source="harbour"), now=START)) == []
    assert (compared, len(searches)) == ([], 0)
