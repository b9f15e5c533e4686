from __future__ import annotations

import pytest

from copytaster.model.article import EntityType
from copytaster.tagging.entities.name_types import NameTypes, load_name_types

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


@pytest.fixture(scope="module")
def name_types() -> NameTypes:
    return load_name_types()


@pytest.mark.parametrize(
    ("name", "entity_type"),
    [
        ("Orvik River", PLACE),
        ("Lake Orvik", PLACE),
        ("Orvik University", ORGANISATION),
        ("University of Orvik", ORGANISATION),
        ("Harbour Board", ORGANISATION),
        ("Anna Lind", None),
        ("River", None),
        ("Bank Holiday", None),
    ],
)
def test_the_head_word_indicates_the_type_of_a_name(
    name_types: NameTypes, name: str, entity_type: EntityType | None
) -> None:
    assert name_types.type_by_head(name) is entity_type


@pytest.mark.parametrize("name", ["Anna Lind", "Jean-Marc Orvik", "José Orvik"])
def test_a_name_that_begins_with_a_first_name_is_a_person(name_types: NameTypes, name: str) -> None:
    assert name_types.is_person(name)


@pytest.mark.parametrize("name", ["Anna", "Orvik Lind", "Martin Orvik School", "Anna & Lind", "Frank and Orvik"])
def test_other_names_are_not_people(name_types: NameTypes, name: str) -> None:
    assert not name_types.is_person(name)


@pytest.mark.parametrize("name", ["Anna Lind Awards", "Welsh", "Norwegians", "Orvik Cup"])
def test_peoples_prizes_and_works_are_ignored(name_types: NameTypes, name: str) -> None:
    assert name_types.is_ignored(name)
    assert not name_types.is_person(name)


@pytest.mark.parametrize("name", ["Anna Lind", "Irvine Welsh", "Orvik", "Awards", "Doris Day"])
def test_other_names_are_not_ignored(name_types: NameTypes, name: str) -> None:
    assert not name_types.is_ignored(name)
