"""What is new in an article of a story."""

from __future__ import annotations

from copytaster.stories.sentences import EarlierSentences

EARLIER = "A ferry ran aground off Tarnsby on Monday. All 212 passengers were brought ashore by lifeboats."


def new_sentences(text: str, earlier: list[str], *, most: int) -> tuple[str, ...]:
    known = EarlierSentences()
    for each in earlier:
        known.add(each)
    return known.new_in(text, most=most)


def test_sentences_that_no_earlier_article_has_are_new() -> None:
    text = "All 212 passengers were brought ashore by lifeboats. The captain was questioned by the police on Tuesday."

    assert new_sentences(text, [EARLIER], most=5) == ("The captain was questioned by the police on Tuesday.",)


def test_a_sentence_in_slightly_other_words_is_known() -> None:
    text = "All of the 212 passengers were brought ashore by the lifeboats."

    assert new_sentences(text, [EARLIER], most=5) == ()


def test_everything_is_new_in_the_first_article() -> None:
    assert len(new_sentences(EARLIER, [], most=5)) == 2


def test_sentences_of_scripts_without_spaces_end_at_their_stops() -> None:
    earlier = "港口星期一重新开放。渡轮再次航行\uff01"
    text = "港口星期一重新开放。总统说\uff1a“市场今天下跌。”他没有说明原因。股票收低了吗\uff1f\uff01"

    assert new_sentences(text, [earlier], most=5) == (
        "总统说\uff1a“市场今天下跌。”他没有说明原因。",
        "股票收低了吗\uff1f\uff01",
    )


def test_no_more_sentences_than_asked_for_are_returned() -> None:
    assert len(new_sentences(EARLIER, [], most=1)) == 1


def test_line_breaks_do_not_end_a_sentence() -> None:
    wrapped = "The captain was questioned\nby the police on Tuesday."

    assert new_sentences(wrapped, [EARLIER], most=5) == ("The captain was questioned by the police on Tuesday.",)
