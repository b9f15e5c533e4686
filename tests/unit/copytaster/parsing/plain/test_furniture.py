from __future__ import annotations

import pytest

from copytaster.parsing.plain.furniture import cut_furniture

STORY = "The council met on Monday.\n\nIt will vote in June, the mayor said."


@pytest.mark.parametrize(
    "tail",
    [
        "ALSO ON EXAMPLE.COM",
        "ALSO ON EXAMPLE.COM Mayor under fire over bridge",
        "MORE FROM THE HARBOUR",
        "READ MORE: Bridge to open in spring",
        "Read more: Bridge to open in spring",
        "Read more",
        "Follow us on Twitter",
        "Follow us on Facebook and Instagram for more.",
        "Sign up for our newsletter",
        "(Reporting by Ann Field; Editing by Bob Hill)",
        "Reporting by Ann Field in Leeds; Editing by Bob Hill",
        "Copyright 2024 Example News. All rights reserved.",
        "© 2024 Example News",
        "Advertisement",
        "Share this article",
        "Related: Bridge to open in spring",
        "We use cookies to improve your experience. By continuing you accept our policy.",
        "Diese Website verwendet Cookies, um die Nutzung zu verbessern.",
        "By continuing to use this site you agree to our use of cookies.",
        "Accept all cookies",
        "-30-",
        "###",
    ],
)
@pytest.mark.parametrize("glue", ["", " ", "\n\n"])
def test_furniture_is_cut_after_a_sentence_with_or_without_space_and_on_a_line(tail: str, glue: str) -> None:
    trimmed = cut_furniture(STORY + glue + tail)

    assert trimmed.text == STORY
    assert trimmed.tails == (tail,)


@pytest.mark.parametrize("mark", ["END", "ENDS", "(MORE)", "(END)", "- ends -"])
def test_an_end_mark_on_its_own_line_is_cut(mark: str) -> None:
    trimmed = cut_furniture(f"{STORY}\n\n{mark}")

    assert trimmed.text == STORY


def test_a_call_in_capitals_directly_after_a_closing_quote_is_cut() -> None:
    trimmed = cut_furniture("The minister spoke of “a first step.”ALSO ON EXAMPLE.COM")

    assert trimmed.text == "The minister spoke of “a first step.”"


@pytest.mark.parametrize(
    "prose",
    [
        "He also read more about it.",
        "We use cookies and milk for the base of the cake.",
        "Nothing like it was ever said in the U.S.",
        "The interview was broadcast on CNN.",
        "She was born in the U.S.S.R.",
        "He served in the U.S. ARMY",
        "They met at 6 p.m. EST",
        "The firm is listed as ACME INC.",
        "He told us to read more: books, papers, anything.",
        "Follow us on this journey, the guide said.",
        "Sign up now or lose your seat, the school told parents.",
        "They came to the end.",
        "In the END",
        "The story is related: two brothers and a boat.",
        "She shares the prize with J.K. ROWLING",
        "Copyright law is older than the printing press in some countries.",
        "Reporting by the agency showed that the dam was unsafe.",
        "He watched “Live. DIE HARD”",
    ],
)
def test_prose_with_the_same_words_remains(prose: str) -> None:
    alone = cut_furniture(prose)
    behind = cut_furniture(f"{STORY}\n\n{prose}")

    assert alone.text == prose
    assert behind.text == f"{STORY}\n\n{prose}"


def test_several_closing_lines_are_cut() -> None:
    trimmed = cut_furniture(f"{STORY}\n\n(Reporting by Ann Field)\n\nFollow us on X\n\n© 2024 Example News")

    assert trimmed.text == STORY
    assert trimmed.tails == ("© 2024 Example News", "Follow us on X", "(Reporting by Ann Field)")


def test_a_hundred_thousand_closing_lines_are_cut_in_linear_time() -> None:
    trimmed = cut_furniture(STORY + "\n\nAdvertisement" * 100_000)

    assert trimmed.text == STORY


def test_a_cut_credit_names_the_reporter() -> None:
    trimmed = cut_furniture(f"{STORY} (Reporting by Ann Field and Bob Hill; Editing by Cy Marsh)")

    assert trimmed.reporter_line() == "Ann Field and Bob Hill"


def test_the_first_line_remains_if_all_lines_are_furniture() -> None:
    trimmed = cut_furniture("Advertisement\n\nShare this article")

    assert trimmed.text == "Advertisement"
