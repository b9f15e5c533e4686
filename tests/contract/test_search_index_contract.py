"""The search index: the one in memory and the file of SQLite find the same articles in the same order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from copytaster.model.article import Article, ArticleId, ArticleStatus, Entity, EntityType, Keyword, Tag, Topic
from copytaster.search import sqlite_index
from copytaster.search.document import document_of
from copytaster.search.index import Hit, IndexRequest, IndexWriter, Progress, SearchCursor, SearchIndex
from copytaster.search.matching import score
from copytaster.search.memory_index import MemoryIndex
from copytaster.search.periods import covering_terms
from copytaster.search.query import Field, Order, SearchQuery, TermCondition
from copytaster.search.sqlite_index import SqliteReader, SqliteWriter
from copytaster.search.syntax import parse_query
from tests.factories import START, an_article

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Index:
    """An index with short ways to change and to ask it."""

    writer: IndexWriter
    reader: SearchIndex

    def add(self, *articles: Article) -> None:
        self.writer.write([document_of(each, now=START) for each in articles], (), Progress())

    def remove(self, *names: str) -> None:
        self.writer.write((), [ArticleId(each) for each in names], Progress())

    def hits(self, query: str, *, limit: int = 50, **request: Any) -> list[Hit]:
        return self.reader.find(IndexRequest(parse_query(query), limit, **request))

    def find(self, query: str, **request: Any) -> list[str]:
        return [each.article_id for each in self.hits(query, **request)]


@pytest.fixture(params=["memory", "sqlite"])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    if request.param == "memory":
        memory = MemoryIndex()
        yield Index(memory, memory)
        return
    writer, reader = SqliteWriter(tmp_path / "index" / "file"), SqliteReader(tmp_path / "index" / "file")
    yield Index(writer, reader)
    reader.close()
    writer.close()


def numbered(count: int, **fields: Any) -> list[Article]:
    """Return articles that arrive an hour after each other, ``a0`` first."""
    return [an_article(f"a{number}", received_at=START + number * HOUR, **fields) for number in range(count)]


def test_an_article_is_found_by_any_word_of_its_title_and_its_text(index: Index) -> None:
    index.add(an_article("a1", title="Harbour reopens", text="Ships returned on Monday."))

    assert index.find("harbour") == ["a1"]
    assert index.find("SHIPS monday") == ["a1"]
    assert index.find("ships sank") == []


def test_the_words_of_a_phrase_follow_each_other_in_one_field(index: Index) -> None:
    index.add(an_article("a1", title="Old sea", text="Wall of the sea, wall by wall."))

    assert index.find('"the sea wall"') == ["a1"]
    assert index.find('"sea wall of"') == []


def test_a_phrase_does_not_span_two_names(index: Index) -> None:
    people = [
        Entity(name=name, type=EntityType.PERSON, count=1, spans=()) for name in ("Ada Berg", "Carl Dale", "Ada Fenby")
    ]
    index.add(an_article("a1", entities=people))

    assert index.find('"carl dale"') == ["a1"]
    assert index.find('"berg carl"') == []


def test_an_excluded_word_excludes_its_articles(index: Index) -> None:
    index.add(an_article("a1", text="ferry and wall"), an_article("a2", text="ferry", received_at=START + HOUR))

    assert index.find("ferry -wall") == ["a2"]
    assert index.find('ferry -"and wall" -harbour') == []
    assert index.find("ferry -title:wall") == ["a2", "a1"]


def test_a_beginning_finds_all_words_that_continue_it(index: Index) -> None:
    index.add(an_article("a1", text="the governor spoke"), an_article("a2", text="gout", received_at=START + HOUR))

    assert index.find("gover*") == ["a1"]
    assert index.find("go*") == ["a2", "a1"]
    assert index.find('"the gov"*') == ["a1"]


def test_a_field_restricts_a_word_to_a_part_of_the_article(index: Index) -> None:
    index.add(
        an_article(
            "a1",
            title="Ferry",
            text="The wall.",
            byline="By Ada Berg",
            entities=[Entity(name="Port Authority", type=EntityType.ORGANISATION, count=1, spans=())],
            keywords=[Keyword(term="sea wall", score=1.0)],
        )
    )

    assert index.find("title:ferry text:wall names:authority keywords:sea authors:berg") == ["a1"]
    assert [index.find(each) for each in ("text:ferry", "title:wall", "names:ada", "keywords:port")] == [[]] * 4


def test_a_property_is_compared_as_a_whole(index: Index) -> None:
    index.add(
        an_article(
            "a1",
            source="The Kestrel",
            publisher="Harbour Press",
            language="en",
            topics=[Topic(code="15000000", name="sport", score=1.0, why="test")],
            tags=[Tag(name="coast", rule="r1", why="test")],
            published_at=START,
        )
    )

    for query in (
        'source:"the kestrel"',
        "source:KESTREL",
        'publisher:"harbour press"',
        "topic:sport",
        "topic:15000000",
        "tag:coast",
        "language:en",
        "format:text",
        "published:2026-01-01",
        "published:2026",
    ):
        assert index.find(query) == ["a1"], query
    assert index.find("publisher:harbour") == []
    assert index.find("harbour -source:kestrel") == []


@pytest.mark.parametrize(
    ("text", "queries"),
    [
        ("Łódź café Straße, naïve O\u2019Brien", ["lodz", "CAFÉ", "cafe", "STRASSE", "naive", "o'brien", "caf*"]),
        ("東京都の港が再開した。", ["東京", "東京都", "港", "再開した", "港が再開", "東京 再開"]),
        ("ประเทศไทยเปิดท่าเรือ", ["ประเทศ", "ไทย", "ท่าเรือ"]),
        ("서울에서 열린 회의", ["서울", "서울에서", "회의"]),
        ("हिन्दी में समाचार", ["हिन्दी", "समाचार"]),
        ("שָׁלוֹם العَرَبِيَّة", ["שלום", "العربية"]),
        ("דובר צה״ל הודיע", ['צה"ל', "צה״ל", '"דובר צה"ל"']),
        ("ﾄﾞｲﾂ and \uff2e\uff21\uff34\uff2f", ["ドイツ", "nato"]),
    ],
)
def test_texts_of_any_script_are_found(index: Index, text: str, queries: list[str]) -> None:
    index.add(an_article("a1", title="-", text=text))

    assert [each for each in queries if index.find(each) != ["a1"]] == []


@pytest.mark.parametrize("query", ["都東", "京東", "港東京", "กประ", "부산"])
def test_characters_in_another_order_are_not_found(index: Index, query: str) -> None:
    index.add(an_article("a1", text="東京都の港が再開した。 ประเทศ 서울에서"))

    assert index.find(query) == []


def test_the_newest_received_articles_come_first(index: Index) -> None:
    articles = numbered(5)
    index.add(articles[3], articles[0], articles[4], articles[1], articles[2])

    assert index.find("harbour") == ["a4", "a3", "a2", "a1", "a0"]


def test_by_relevance_headlines_and_frequent_words_come_first(index: Index) -> None:
    index.add(
        an_article("once", title="Harbour", text="A ferry."),
        an_article("often", title="Harbour", text="Ferry after ferry, a ferry.", received_at=START - HOUR),
        an_article("headline", title="Ferry", text="It came.", received_at=START - 2 * HOUR),
        an_article("long", title="Harbour", text="A ferry. " + "Other words. " * 500, received_at=START + HOUR),
    )

    assert index.find("ferry", order=Order.RELEVANCE) == ["headline", "often", "once", "long"]


def test_words_alone_are_counted_for_the_relevance_however_many_terms_a_period_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = SqliteWriter(tmp_path / "index" / "file"), SqliteReader(tmp_path / "index" / "file")
    index = Index(writer, reader)
    index.add(*numbered(2, source="kestrel", text="The harbour."), *numbered(3)[2:])
    counted: list[Sequence[Mapping[Field, int]]] = []

    def noted(text_words: int, counts: Sequence[Mapping[Field, int]]) -> int:
        counted.append(counts)
        return score(text_words, counts)

    monkeypatch.setattr(sqlite_index, "score", noted)
    query = parse_query("source:kestrel harbour -ferry reo* -tag:flood")
    period = TermCondition(covering_terms(None, START))
    hits = reader.find(IndexRequest(SearchQuery((period, *query.conditions)), 5, Order.RELEVANCE))

    assert [each.article_id for each in hits] == ["a1", "a0"]
    assert [[sum(each.values()) for each in counts] for counts in counted] == [[2, 1], [2, 1]]


def test_the_newest_of_equally_good_articles_comes_first(index: Index) -> None:
    index.add(*numbered(3))

    assert index.find("harbour", order=Order.RELEVANCE) == ["a2", "a1", "a0"]


@pytest.mark.parametrize("order", list(Order))
def test_pages_follow_each_other_while_articles_arrive(index: Index, order: Order) -> None:
    articles = numbered(7)
    index.add(*articles[:6])
    found: list[Hit] = []
    cursor: SearchCursor | None = None
    while page := index.hits("harbour", limit=2, order=order, after=cursor):
        found += page
        cursor = SearchCursor.parse(str(page[-1].cursor), order)
        index.add(an_article(f"new{len(found)}", title="Harbour harbour", received_at=START + len(found) * 24 * HOUR))

    assert [each.article_id for each in found] == ["a5", "a4", "a3", "a2", "a1", "a0"]


def test_a_query_can_be_restricted_to_some_articles(index: Index) -> None:
    index.add(*numbered(4))
    among = frozenset({ArticleId("a3"), ArticleId("a1"), ArticleId("none")})

    assert index.find("harbour", among=among) == ["a3", "a1"]
    assert index.find("harbour", among=among, order=Order.RELEVANCE, limit=1) == ["a3"]
    assert index.find("ferry", among=among) == []
    assert index.find("harbour", among=frozenset()) == []


@pytest.mark.parametrize("order", list(Order))
def test_a_query_can_be_restricted_to_a_part_of_the_positions(index: Index, order: Order) -> None:
    articles = numbered(6)
    index.add(*articles)
    first, before = (document_of(articles[number], now=START).position for number in (1, 4))
    among = frozenset({ArticleId("a0"), ArticleId("a3"), ArticleId("a5")})

    assert index.find("harbour", order=order, first=first, before=before) == ["a3", "a2", "a1"]
    assert index.find("harbour", order=order, first=first, before=before, among=among) == ["a3"]
    assert index.find("harbour", order=order, first=before, before=first) == []
    (hit,) = index.hits("harbour", limit=1, order=order, first=first, before=before)
    assert index.find("harbour", order=order, first=first, before=before, after=hit.cursor) == ["a2", "a1"]


def test_an_article_that_is_added_again_is_replaced(index: Index) -> None:
    index.add(*numbered(2))
    index.add(an_article("a0", text="The ferry came.", received_at=START + 2 * HOUR))

    assert index.writer.count == 2
    assert index.find("monday") == ["a1"]
    assert index.find("harbour") == ["a0", "a1"]


def test_a_removed_article_is_not_found(index: Index) -> None:
    index.add(*numbered(3))
    index.remove("a1", "unknown")

    assert (index.writer.count, index.find("harbour")) == (2, ["a2", "a0"])


def test_an_article_that_is_removed_while_matches_are_ranked_is_found_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, reader = SqliteWriter(tmp_path / "index" / "file"), SqliteReader(tmp_path / "index" / "file")
    index = Index(writer, reader)
    index.add(*numbered(2, title="Harbour"))

    def remove_and_score(text_words: int, counts: Sequence[Mapping[Field, int]]) -> int:
        index.remove("a0")  # by the process that follows the events, in the middle of the query
        return score(text_words, counts)

    with monkeypatch.context() as changed:
        changed.setattr(sqlite_index, "score", remove_and_score)
        during = index.find("harbour", order=Order.RELEVANCE)
    after = index.find("harbour", order=Order.RELEVANCE)
    reader.close()
    writer.close()

    assert (during, after) == (["a1", "a0"], ["a1"])


def test_many_articles_of_one_moment_are_kept_apart(index: Index) -> None:
    names = {f"a{number}" for number in range(3_000)}  # some pairs of them have the same digest
    index.add(*(an_article(each) for each in names))
    index.add(*(an_article(each) for each in names))

    assert index.writer.count == 3_000
    assert set(index.find("harbour", limit=5_000)) == names


@pytest.mark.parametrize("status", [ArticleStatus.WITHHELD, ArticleStatus.CANCELED])
def test_an_article_that_may_not_be_used_is_found_by_its_title_and_sender_only(
    index: Index, status: ArticleStatus
) -> None:
    index.add(
        an_article(
            "a1",
            status=status,
            source="wire",
            byline="By Ada Berg",
            entities=[Entity(name="Port Authority", type=EntityType.ORGANISATION, count=1, spans=())],
            keywords=[Keyword(term="wall", score=1.0)],
            topics=[Topic(code="15000000", name="sport", score=1.0, why="test")],
        )
    )

    assert [index.find(each) for each in ("reopens", "source:wire", "berg")] == [["a1"]] * 3
    assert [index.find(each) for each in ("monday", "authority", "wall", "topic:sport")] == [[]] * 4


def test_the_progress_is_that_of_the_last_change(index: Index) -> None:
    assert index.writer.progress == Progress()

    index.writer.write((), (), Progress(event="7-1", walk=None, epoch="e"))

    assert index.writer.progress == Progress(event="7-1", walk=None, epoch="e")
