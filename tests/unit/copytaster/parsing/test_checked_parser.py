from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.checked_parser import CheckedParser
from copytaster.parsing.parser import BadItem, Draft, Group, Item, Member, Original
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.registry import ParserRegistry

NOW = datetime(2024, 6, 1, tzinfo=UTC)
STORY = Original(content=b"x", name="story.srt", now=NOW)
DRAFT = Draft(title="Ferry returns", text="It is back.", format="subtitles", charset="utf-8")


class Plugin:
    """Returns what a test says."""

    def __init__(self, items: Any, score: Any = 0.9) -> None:
        self.format: Any = "subtitles"
        self._items, self._score = items, score

    def score(self, _original: Original) -> float:
        """Return the test's score."""
        return self._score  # type: ignore[no-any-return]  # tests return wrong ones

    def parse(self, _original: Original) -> Iterable[Item]:
        """Return the test's items."""
        return self._items  # type: ignore[no-any-return]  # tests return wrong ones


def failure(plugin: Plugin) -> str:
    """Return the message with which a file fails for good."""
    with pytest.raises(PermanentError) as caught:
        list(ParsingReader(ParserRegistry([CheckedParser(plugin)])).read(STORY))
    assert caught.value.reason is Reason.PARSE_FAILED
    return caught.value.message


def changed(**values: Any) -> Draft:
    return replace(DRAFT, **values)


@pytest.mark.parametrize("score", [None, "0.9", float("nan"), 1.5, -0.1])
def test_a_score_that_is_no_number_from_0_to_1_fails_the_file(score: object) -> None:
    assert f"score is {score!r}, not a number from 0 to 1" in failure(Plugin([DRAFT], score))


@pytest.mark.parametrize("item", ["text", {"title": "Ferry"}, None])
def test_a_result_that_is_no_item_is_not_passed_over(item: object) -> None:
    assert f"returned {item!r}, not a Draft" in failure(Plugin([item]))


def test_a_wrong_result_in_a_group_fails_its_place_alone() -> None:
    groups = [Group("line 1", lambda: ["text"]), Group("line 2", lambda: [DRAFT])]  # type: ignore[list-item]

    first, second = ParsingReader(ParserRegistry([CheckedParser(Plugin(groups))])).read(STORY)

    assert isinstance(first.item, BadItem)
    assert "returned 'text', not a Draft" in first.item.message
    assert isinstance(second.item, Draft)


@pytest.mark.parametrize(
    ("draft", "message"),
    [
        (
            changed(published_at=NOW.replace(tzinfo=None)),
            "the published_at of its parser's draft has no offset from UTC",
        ),
        (changed(published_at="2026-01-01T00:00"), "the published_at of its parser's draft has no offset from UTC"),
        (changed(published_at="1 May"), "the published_at of its parser's draft: Input should be a valid datetime"),
        (changed(authors="Jane Doe"), "the authors of its parser's draft: Input should be a valid tuple"),
        (changed(provenance={"title": "srt"}), "the provenance.title of its parser's draft: "),
        (changed(title=None), "the title of its parser's draft: Input should be a valid string"),
        (changed(text=" \n"), "the text of its parser's draft is empty"),
        (changed(text="caf\udce9"), "the text of its parser's draft has bytes that were not decoded"),
    ],
)
def test_a_draft_with_a_wrong_field_fails_the_file_and_names_the_field(draft: Draft, message: str) -> None:
    assert message in failure(Plugin([draft]))


def test_right_results_pass_with_lists_as_tuples() -> None:
    bad, member = BadItem("2", Reason.NO_TEXT, "no text"), Member("3", lambda: STORY)
    group = Group("4", lambda: [DRAFT])

    drafted, *others, grouped = CheckedParser(Plugin([changed(authors=["Jane Doe"]), bad, member, group])).parse(STORY)

    assert (drafted, others) == (changed(authors=("Jane Doe",)), [bad, member])
    assert isinstance(grouped, Group)
    assert list(grouped.read()) == [DRAFT]


@pytest.mark.parametrize("name", [None, 3, ""])
def test_a_parser_without_the_name_of_a_format_is_refused(name: object) -> None:
    plugin = Plugin([DRAFT])
    plugin.format = name

    with pytest.raises(ValueError, match="its format is"):
        CheckedParser(plugin)
