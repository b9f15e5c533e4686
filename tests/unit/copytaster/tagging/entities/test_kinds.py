from __future__ import annotations

import pytest

from copytaster.model.article import EntityType
from copytaster.tagging.entities.name_types import NameTypes, load_name_types

PERSON, ORGANISATION, PLACE = EntityType.PERSON, EntityType.ORGANISATION, EntityType.PLACE


@pytest.fixture(scope="module")
def kinds() -> NameTypes:
    return load_name_types()


@pytest.mark.parametrize(
    ("name", "kind"),
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
def test_a_head_tells_what_a_name_of_several_words_is(kinds: NameTypes, name: str, kind: EntityType | None) -> None:
    assert kinds.headed(name) is kind


@pytest.mark.parametrize("name", ["Anna Lind", "Jean-Marc Orvik", "José Orvik"])
def test_a_first_name_makes_a_person(kinds: NameTypes, name: str) -> None:
    assert kinds.is_person(name)


@pytest.mark.parametrize("name", ["Anna", "Orvik Lind", "Martin Orvik School", "Anna & Lind", "Frank and Orvik"])
def test_other_names_are_not_people_by_their_words(kinds: NameTypes, name: str) -> None:
    assert not kinds.is_person(name)


@pytest.mark.parametrize("name", ["Anna Lind Awards", "Welsh", "Norwegians", "Orvik Cup"])
def test_peoples_prizes_and_works_are_nothing_that_is_looked_for(kinds: NameTypes, name: str) -> None:
    assert kinds.is_nothing(name)
    assert not kinds.is_person(name)


@pytest.mark.parametrize("name", ["Anna Lind", "Irvine Welsh", "Orvik", "Awards", "Doris Day"])
def test_other_names_are_looked_for(kinds: NameTypes, name: str) -> None:
    assert not kinds.is_nothing(name)
