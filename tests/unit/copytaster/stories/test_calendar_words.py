"""Days that a text mentions."""

from __future__ import annotations

import re

import pytest

from copytaster.stories.calendar_words import mentioned_days


def days(text: str, language: str = "en") -> set[str]:
    return {*mentioned_days(re.findall(r"\d+(?:[.,:/-]\d+)*|\w+", text), language).keys}


@pytest.mark.parametrize(
    "text", ["on March 8, 2013", "8 March 2013", "8th of March 2013", "Mar. 8 2013", "2013-03-08", "2013 / 03 / 08"]
)
def test_a_day_is_the_same_in_every_form(text: str) -> None:
    assert {"@m3", "@m3-8", "@y2013"} <= days(text)


def test_a_year_and_a_weekday_are_found_alone() -> None:
    assert days("In 2009 it was different. On Thursday he left.") == {"@y2009", "@w3"}


def test_the_name_of_a_month_without_a_day_is_a_word() -> None:
    assert days("She may resign.") == set()


def test_months_and_weekdays_have_the_names_of_the_language() -> None:
    assert days("am Dienstag, dem 4. März", "de") == {"@w1", "@m3", "@m3-4"}


@pytest.mark.parametrize("language", ["und", "xx", ""])
def test_an_unknown_language_has_days_in_digits_only(language: str) -> None:
    assert days("Tuesday 2013-03-08", language) == {"@y2013", "@m3", "@m3-8"}


def test_numbers_of_a_day_are_no_other_facts_and_other_numbers_are() -> None:
    tokens = ["On", "March", "8", "2013", "he", "paid", "12", "euros"]

    assert mentioned_days(tokens, "en").digits == {2, 3}
