from __future__ import annotations

import pytest

from copytaster.tagging.entities.names import fullest_organisations, fullest_people, key, surnames


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kim Jong-un", "Kim Jong Un"),
        ("U.S.", "US"),
        ("Recep Tayyip Erdoğan", "recep tayyip  erdogan"),
        ("Sana'a", "Sana\N{RIGHT SINGLE QUOTATION MARK}a"),
    ],
)
def test_spellings_of_one_name_share_a_key(one: str, other: str) -> None:
    assert key(one) == key(other)


@pytest.mark.parametrize(
    ("short", "full"),
    [("Okafor", "Amina Okafor"), ("Park", "Park Min-seo"), ("John Hale", "John R. Hale"), ("Hale", "John Hale Jr.")],
)
def test_a_short_name_stands_for_the_only_full_name_it_fits(short: str, full: str) -> None:
    assert fullest_people([short, full]) == {short: full, full: full}


def test_a_surname_that_two_people_share_is_nobodys_short_form() -> None:
    full = fullest_people(["Lind", "Anna Lind", "Erik Lind"])

    assert full["Lind"] == "Lind"


def test_a_son_is_not_his_father() -> None:
    full = fullest_people(["John Hale", "John Hale Jr."])

    assert full["John Hale"] == "John Hale"


def test_a_name_inside_another_word_is_not_merged() -> None:
    assert fullest_people(["Lin", "Anna Lind"])["Lin"] == "Lin"


def test_a_firm_is_shown_with_its_legal_form_once() -> None:
    assert (
        fullest_organisations(["Brightwater", "Brightwater Holdings Ltd"])["Brightwater"] == "Brightwater Holdings Ltd"
    )


def test_an_acronym_is_shown_spelt_out() -> None:
    assert fullest_organisations(["LHB", "Lake and Harbour Board"])["LHB"] == "Lake and Harbour Board"


def test_an_organisation_that_begins_like_another_is_its_own() -> None:
    assert fullest_organisations(["Harbour", "Harbour Police"])["Harbour"] == "Harbour"


def test_surnames_are_taken_from_full_names_only() -> None:
    assert surnames(["Anna Lind", "Park"]) == {"lind"}


def test_an_organisation_is_the_same_with_and_without_whose_it_is() -> None:
    assert fullest_organisations(["Department of Justice", "US Department of Justice"])["Department of Justice"] == (
        "US Department of Justice"
    )
