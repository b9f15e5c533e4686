from __future__ import annotations

import pytest

from copytaster.tagging.entities.gazetteer import Gazetteer


@pytest.mark.parametrize(
    "name", ["Vladivostok", "Vietnam", "Côte d'Ivoire", "Sao Paulo", "Kyiv", "The Hague", "Siberia"]
)
def test_a_name_that_only_places_bear_is_certain(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.certain(name)


@pytest.mark.parametrize("name", ["Paris", "Jordan", "Georgia", "Chad", "Washington"])
def test_a_name_that_people_bear_too_is_only_possible(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.possible(name)
    assert not gazetteer.certain(name)


@pytest.mark.parametrize("name", ["US", "U.S.", "USA", "United States of America"])
def test_a_country_is_shown_under_one_name(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.shown(name) == "United States"


def test_an_unknown_name_is_shown_as_it_is(gazetteer: Gazetteer) -> None:
    assert not gazetteer.possible("Orvik")
    assert gazetteer.shown("Orvik") == "Orvik"


def test_every_ambiguous_name_is_a_listed_place(gazetteer: Gazetteer) -> None:
    assert gazetteer.ambiguous <= gazetteer.official.keys()
