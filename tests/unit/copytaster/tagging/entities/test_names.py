from __future__ import annotations

import pytest

from copytaster.tagging.entities.names import full_organisation_names, full_person_names, name_key, surnames


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
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(
    ("short", "full"),
    [("Okafor", "Amina Okafor"), ("Park", "Park Min-seo"), ("John Hale", "John R. Hale"), ("Hale", "John Hale Jr.")],
)
def test_a_short_name_stands_for_the_only_full_name_it_fits(short: str, full: str) -> None:
    assert full_person_names([short, full]) == {short: full, full: full}


def test_a_surname_that_two_people_share_is_not_expanded() -> None:
    full = full_person_names(["Lind", "Anna Lind", "Erik Lind"])

    assert full["Lind"] == "Lind"


def test_a_son_is_not_his_father() -> None:
    full = full_person_names(["John Hale", "John Hale Jr."])

    assert full["John Hale"] == "John Hale"


def test_a_name_inside_another_word_is_not_merged() -> None:
    assert full_person_names(["Lin", "Anna Lind"])["Lin"] == "Lin"


def test_a_company_is_named_with_its_legal_form() -> None:
    assert (
        full_organisation_names(["Brightwater", "Brightwater Holdings Ltd"])["Brightwater"]
        == "Brightwater Holdings Ltd"
    )


def test_an_acronym_is_spelt_out() -> None:
    assert full_organisation_names(["LHB", "Lake and Harbour Board"])["LHB"] == "Lake and Harbour Board"


def test_an_organisation_whose_name_begins_like_another_is_not_merged_with_it() -> None:
    assert full_organisation_names(["Harbour", "Harbour Police"])["Harbour"] == "Harbour"


def test_surnames_are_taken_from_full_names_only() -> None:
    assert surnames(["Anna Lind", "Park"]) == {"lind"}


def test_an_organisation_is_the_same_with_and_without_its_owner() -> None:
    assert full_organisation_names(["Department of Justice", "US Department of Justice"])["Department of Justice"] == (
        "US Department of Justice"
    )
