from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copytaster.articles.diff import MAX_WORDS, Op, changes_between, word_diff
from tests.factories import an_article, prose

BEFORE = "The ferry leaves at nine.\n\nIt carries forty cars.\n\nTickets are sold on board."
TEXTS = st.lists(st.sampled_from(["ferry", "quay", "The", "nine", " ", "\n\n", "\n", "é"]), max_size=30).map("".join)


def pairs(before: str, after: str) -> list[tuple[str, str]]:
    return [(each.op.value, each.text) for each in word_diff(before, after)]


def test_equal_texts_have_no_changes() -> None:
    assert pairs(BEFORE, BEFORE) == [("equal", BEFORE)]
    assert pairs("", "") == []


def test_a_replaced_word_is_deleted_and_inserted() -> None:
    assert pairs("It carries forty cars.", "It carries sixty cars.") == [
        ("equal", "It carries "),
        ("delete", "forty "),
        ("insert", "sixty "),
        ("equal", "cars."),
    ]


def test_an_inserted_paragraph_is_one_change() -> None:
    after = BEFORE + "\n\nThe café is closed."

    assert pairs(BEFORE, after)[-1] == ("insert", "The café is closed.")


def test_a_deleted_paragraph_is_one_change() -> None:
    after = BEFORE.replace("It carries forty cars.\n\n", "")

    assert ("delete", "It carries forty cars.\n\n") in pairs(BEFORE, after)


def test_the_title_is_compared_too() -> None:
    changes = changes_between(an_article(title="Ferry late"), an_article(title="Ferry early"))

    assert [(each.op, each.text) for each in changes][1:3] == [(Op.DELETE, "late\n\n"), (Op.INSERT, "early\n\n")]


def test_passages_that_are_too_long_to_compare_are_replaced_as_a_whole() -> None:
    before, after = (" ".join(prose(seed, count=MAX_WORDS)) for seed in (1, 2))

    assert pairs(before, after) == [("delete", before), ("insert", after)]


@given(before=TEXTS, after=TEXTS)
def test_equal_and_inserted_passages_are_the_text_and_the_others_the_words_before(before: str, after: str) -> None:
    changes = word_diff(before, after)

    assert "".join(each.text for each in changes if each.op is not Op.DELETE) == after
    went = "".join(each.text for each in changes if each.op is not Op.INSERT)
    assert "".join(went.split()) == "".join(before.split())
