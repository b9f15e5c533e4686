"""Texts in pieces: marks that overlap, and the passage around what a search found."""

from __future__ import annotations

import pytest

from copytaster.articles.views import ListedArticle
from copytaster.model.article import (
    Article,
    Entity,
    EntityType,
    FieldSpan,
    Span,
    Tag,
    Topic,
)
from copytaster_api.text_marks import Mark, Piece, found_title, legend, marks_in_text, marks_in_title, passage, pieces
from tests.factories import an_article

TEXT = "\N{SHIP} Mara Quill said the strike continues."


def at(words: str) -> tuple[int, int]:
    start = TEXT.index(words)
    return start, start + len(words)


def span(words: str) -> Span:
    start, end = at(words)
    return Span(start=start, end=end)


def tagged() -> Article:
    start, end = at("the strike")
    tag = Tag(
        name="walkout",
        rule="w1",
        why="strike",
        spans=(FieldSpan(field="text", start=start, end=end), FieldSpan(field="title", start=0, end=6)),
    )
    return an_article(
        title="Strike continues",
        text=TEXT,
        entities=(Entity(name="Mara Quill", type=EntityType.PERSON, count=1, spans=(span("Mara Quill"),)),),
        topics=(Topic(code="medtop:1", name="labour", score=1, why="strike", spans=(span("strike"),)),),
        tags=(tag,),
    )


def listed(text: str | None, *found: tuple[str, int, int], **fields: str) -> ListedArticle:
    spans = tuple(FieldSpan(field=field, start=start, end=end) for field, start, end in found)
    article = an_article(**({"text": text or "hidden"} | fields))
    return ListedArticle.model_construct(**dict(article) | {"text": text, "highlights": spans})


def shown(some: list[Piece]) -> str:
    """Return the pieces with brackets around those that are marked."""
    return "".join(f"[{each.text}]" if each.marks else each.text for each in some)


def test_names_topics_and_rules_are_marked_also_where_they_overlap() -> None:
    made = pieces(TEXT, marks_in_text(tagged()))

    assert shown(made) == "\N{SHIP} [Mara Quill] said [the ][strike] continues."
    assert [each.kinds for each in made if each.marks] == ["person", "tag", "tag topic"]
    assert made[-2].labels == "tag walkout (rule w1); topic labour"
    assert [each.text for each in made] == [TEXT[each.start : each.start + len(each.text)] for each in made]


def test_only_rules_are_marked_in_the_title() -> None:
    assert shown(pieces("Strike continues", marks_in_title(tagged()))) == "[Strike] continues"


@pytest.mark.parametrize(("start", "end"), [(3, 3), (5, 99), (-1, 2)])
def test_a_mark_outside_the_text_changes_nothing(start: int, end: int) -> None:
    assert shown(pieces("harbour", [Mark("tag", "t", start, end)])) == "harbour"


def test_a_text_without_characters_has_no_pieces() -> None:
    assert pieces("", []) == []


def test_the_legend_has_the_kinds_that_occur_in_a_fixed_order() -> None:
    assert legend(marks_in_title(tagged()), marks_in_text(tagged())) == [
        ("person", "person"),
        ("topic", "evidence for a topic"),
        ("tag", "matched by a rule"),
    ]


def test_the_passage_is_around_the_first_word_that_was_found() -> None:
    text = f"{'before ' * 40}the ferry sails, the ferry returns {'after ' * 80}"
    first, second = text.index("ferry"), text.rindex("ferry")
    article = listed(text, ("text", second, second + 5), ("text", first, first + 5), ("title", 0, 7))

    made = shown(passage(article))

    assert made.startswith("… before ")
    assert "the [ferry] sails, the [ferry] returns after" in made
    assert made.endswith("after …")
    assert len(made) < 400
    assert shown(found_title(article)) == "[Harbour] reopens"


def test_the_passage_without_a_search_is_the_summary_or_the_beginning() -> None:
    assert shown(passage(listed("word " * 100, summary="A short one."))) == "A short one."
    assert shown(passage(listed("word " * 100))) == f"{'word ' * 47}word …"


def test_a_text_that_may_not_be_used_has_no_passage() -> None:
    assert passage(listed(None, ("title", 0, 7))) == []


def test_a_word_longer_than_the_passage_is_cut() -> None:
    assert len(shown(passage(listed("x" * 1_000)))) < 300


ZH = f"北京 {'港口星期一重新开放。' * 12}渡轮再次航行。{'游客很多。' * 80}"


def test_the_beginning_of_a_text_without_spaces_between_words_is_not_cut_at_the_only_one() -> None:
    made = shown(passage(listed(ZH)))

    assert made.startswith("北京 港口星期一")
    assert 200 < len(made) < 300


@pytest.mark.parametrize("word", ["北京", "港口", "渡轮"])
def test_what_a_search_found_is_in_the_passage_of_a_text_without_spaces(word: str) -> None:
    start = ZH.index(word)

    made = shown(passage(listed(ZH, ("text", start, start + 2))))

    assert f"[{word}]" in made
    assert 200 < len(made) < 400
    assert made.index("[") >= min(start, 60)
