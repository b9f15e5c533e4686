"""Organisations are told from people by the words of their names."""

from __future__ import annotations

import pytest

from copytaster.parsing.plain.organisations import is_organisation


@pytest.mark.parametrize(
    "name",
    [
        "Stadtwerke Nord", "Gemeindewerke Dunmere", "Polizeipräsidium Nord", "Kreisverwaltung Dunmere", "Muster GmbH",
        "Nord Energie AG", "Dunmere Holding Ltd", "Harbour Plc", "Dunmere City Council", "Ministry of Ferries",
        "Police Dunmere", "University of Dunmere", "Innenministerium Nord", "Universitätsklinikum Nord",
        "Mairie de Dunmere", "Ministère des Ports", "Ayuntamiento de Dunmere", "Comune di Dunmere",
        "Câmara de Dunmere", "Gemeente Dunmere", "Dunmere kommun", "Politiet Dunmere", "Urząd Miasta",
    ],
)  # fmt: skip
def test_a_name_with_a_word_of_organisations_is_one(name: str) -> None:
    assert is_organisation(name)


@pytest.mark.parametrize(
    "name",
    [
        "Ann Lee", "Ida Mercer", "Jan van der Werf", "Tom Stadler", "Ana Policarpo", "Lars Unionsen", "Mia Landmann",
        "Agnes Inckel", "Karl Vereinov", "María José Gruponi", "Ole Kommunalsen", "Ugo Agassi", "Eve Klinikow",
    ],
)  # fmt: skip
def test_a_name_that_only_begins_like_such_a_word_is_a_person(name: str) -> None:
    assert not is_organisation(name)
