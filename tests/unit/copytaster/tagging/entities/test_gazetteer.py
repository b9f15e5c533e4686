from __future__ import annotations

import pytest

from copytaster.tagging.entities.gazetteer import Gazetteer


@pytest.mark.parametrize(
    "name", ["Vladivostok", "Vietnam", "Côte d'Ivoire", "Sao Paulo", "Kyiv", "The Hague", "Siberia"]
)
def test_a_name_of_places_only_is_certain(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.is_certain_place(name)


@pytest.mark.parametrize("name", ["Paris", "Jordan", "Georgia", "Chad", "Washington"])
def test_a_name_of_people_and_places_is_only_possible(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.is_possible_place(name)
    assert not gazetteer.is_certain_place(name)


@pytest.mark.parametrize("name", ["US", "U.S.", "USA", "United States of America"])
def test_a_country_is_shown_under_one_name(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.display_name(name) == "United States"


def test_an_unknown_name_is_shown_unchanged(gazetteer: Gazetteer) -> None:
    assert not gazetteer.is_possible_place("Orvik")
    assert gazetteer.display_name("Orvik") == "Orvik"


def test_every_ambiguous_name_is_a_listed_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.ambiguous <= gazetteer.display_names.keys()
