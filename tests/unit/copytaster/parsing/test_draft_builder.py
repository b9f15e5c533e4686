from datetime import UTC, datetime, timedelta

import pytest

from copytaster.errors import RefusedError
from copytaster.model.article import ArticleStatus, Signal
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.draft_builder import CLOCK_TOLERANCE, LONGEST_DECLARED_TITLE, DraftBuilder
from copytaster.parsing.parser import Draft

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def draft(builder: DraftBuilder) -> Draft:
    return builder.draft(decode(b""), format_="test", name="story.xml")


def provenance(builder: DraftBuilder, field: str) -> tuple[str, float]:
    found = draft(builder).provenance[field]
    return found.from_, found.confidence


@pytest.fixture
def builder() -> DraftBuilder:
    builder = DraftBuilder(NOW, prefix="test")
    builder.add("title", "Bridge opens", "headline", 0.9)
    return builder


def test_the_first_usable_value_is_taken_with_its_source_and_confidence(builder: DraftBuilder) -> None:
    for value, source, confidence in ((None, "a", 1.0), ("", "b", 1.0), ("Wire", "c", 0.8), ("Other", "d", 0.9)):
        builder.add("publisher", value, source, confidence)

    assert draft(builder).publisher == "Wire"
    assert provenance(builder, "publisher") == ("test:c", 0.8)


@pytest.mark.parametrize("field", ["published_at", "modified_at"])
def test_a_time_is_plausible_up_to_the_clock_tolerance(builder: DraftBuilder, field: str) -> None:
    latest = NOW + CLOCK_TOLERANCE
    builder.add_time(field, (latest + timedelta(seconds=1)).isoformat(), "first")
    builder.add_time(field, latest.isoformat(), "second")

    assert getattr(draft(builder), field) == latest
    assert provenance(builder, field) == ("test:second", 1.0)


@pytest.mark.parametrize("unset", ["1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 01:00:00 +0100", "1970-01-01"])
def test_a_time_that_was_never_set_is_none(builder: DraftBuilder, unset: str) -> None:
    builder.add_time("published_at", unset, "first")
    builder.add_time("published_at", "2026-05-30T08:00:00Z", "second")

    assert draft(builder).published_at == datetime(2026, 5, 30, 8, tzinfo=UTC)


def test_a_time_without_a_zone_has_a_lower_confidence(builder: DraftBuilder) -> None:
    builder.add_time("published_at", "2026-05-01T10:00:00", "date", 0.9)

    assert provenance(builder, "published_at")[1] < 0.9


def test_a_list_has_each_entry_once_and_no_empty_ones(builder: DraftBuilder) -> None:
    builder.add_list("keywords", ["sea", "", "sea", "bridge"], "tags")

    assert draft(builder).keywords == ("sea", "bridge")


@pytest.mark.parametrize(("tag", "language"), [("de-AT", "de"), ("EN", "en"), ("german", None), ("", None)])
def test_a_language_is_the_primary_subtag_in_lower_case(builder: DraftBuilder, tag: str, language: str | None) -> None:
    builder.add_language(tag, "lang")

    assert draft(builder).language == language


@pytest.mark.parametrize(
    ("digits", "number"), [("3", 3), ("9", 9), ("0", None), ("10", None), ("x", None), (None, None)]
)
def test_a_number_is_within_its_bounds(builder: DraftBuilder, digits: str | None, number: int | None) -> None:
    builder.add_number("urgency", digits, "urgency", highest=9)

    assert draft(builder).urgency == number


def test_without_a_text_the_summary_is_the_text_with_its_paragraphs(builder: DraftBuilder) -> None:
    builder.add("summary", "One.\n\nTwo.", "teaser", 0.7)

    assert (draft(builder).text, draft(builder).summary) == ("One.\n\nTwo.", None)
    assert provenance(builder, "text") == ("test:teaser", 0.7)


def test_a_summary_beside_a_text_is_one_line(builder: DraftBuilder) -> None:
    builder.add("text", "One.", "body")
    builder.add("summary", "One.\n\nTwo.", "teaser")

    assert draft(builder).summary == "One. Two."


def test_a_title_alone_is_also_the_text(builder: DraftBuilder) -> None:
    assert draft(builder).text == "Bridge opens"
    assert provenance(builder, "text") == ("text:title-only", 0.3)


def test_a_text_alone_has_its_first_sentence_as_title() -> None:
    builder = DraftBuilder(NOW)
    builder.add("text", "The bridge opens. Cars follow.\n\nMore.", "body")

    assert draft(builder).title == "The bridge opens."
    assert provenance(builder, "title") == ("text:first-sentence", 0.3)


def test_a_title_that_is_too_long_is_a_text_with_its_first_sentence_as_title() -> None:
    builder = DraftBuilder(NOW)
    long = "The bridge opens. " + "Cars follow. " * LONGEST_DECLARED_TITLE
    builder.add("title", long, "headline")

    assert (draft(builder).title, draft(builder).text) == ("The bridge opens.", long)


def test_a_kill_without_a_status_is_canceled(builder: DraftBuilder) -> None:
    builder.add("signal", Signal.KILL, "slug")

    assert draft(builder).status is ArticleStatus.CANCELED


def test_without_title_text_and_summary_an_item_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"story\.xml has neither a headline nor a text") as caught:
        draft(DraftBuilder(NOW))

    assert caught.value.reason is Reason.NO_TEXT
