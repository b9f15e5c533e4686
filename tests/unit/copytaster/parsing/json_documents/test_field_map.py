from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from copytaster.bootstrap.pipeline import open_parsers
from copytaster.errors import ConfigurationError
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.json_documents.field_map import PLAIN, load_field_map
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.reading import ParsingReader
from copytaster.settings import Settings

NOW = datetime(2024, 6, 1, tzinfo=UTC)

STORY = {"kop": "Brug open", "inhoud": {"tekst": "De brug ging open."}, "auteur": [{"naam": "Jan de Wit"}], "id": 7}


def written(folder: Path, content: str) -> Path:
    file = folder / "map.yml"
    file.write_text(content, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "content",
    [
        "title: kop\ntext: [tekst, inhoud.tekst]\nauthors: auteur.naam\n",
        json.dumps({"title": ["kop"], "text": "inhoud.tekst", "authors": "auteur.naam"}),
    ],
)
def test_an_operators_file_maps_names_to_fields(tmp_path: Path, content: str) -> None:
    parsers = default_parsers(load_field_map(written(tmp_path, content)))

    [reading] = ParsingReader(parsers).read(Original(content=json.dumps(STORY).encode(), name="a.json", now=NOW))

    found = reading.item
    assert isinstance(found, Draft)
    assert (found.title, found.text, found.authors, found.guid) == (
        "Brug open", "De brug ging open.", ("Jan de Wit",), "7",
    )  # fmt: skip
    assert found.provenance["text"].from_ == "json:inhoud.tekst"


def test_without_a_file_the_built_in_names_are_used() -> None:
    assert load_field_map(None) is PLAIN


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("titel: kop", "there is no field 'titel'; did you mean title?"),
        ("title: 17", "title: 17 is no path"),
        ("title: [a, '']", "title: '' is no path"),
        ("title: a..b", "title: 'a..b' is no path"),
        ("- title", "must contain the names of fields"),
        ("title: [unclosed", "is neither YAML nor JSON"),
        ("title: 2024-13-45", "is neither YAML nor JSON"),
        ('title: "\\UFFFFFFFF"', "is neither YAML nor JSON"),
        ("title: " + "[" * 5_000, "is neither YAML nor JSON"),
    ],
)
def test_a_wrong_map_stops_the_start_with_the_fault_in_the_message(tmp_path: Path, content: str, fault: str) -> None:
    file = written(tmp_path, content)

    with pytest.raises(ConfigurationError) as caught:
        open_parsers(Settings(field_map=file))

    assert fault in str(caught.value)
    assert "COPYTASTER_FIELD_MAP" in str(caught.value)


def test_a_missing_map_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        open_parsers(Settings(field_map=tmp_path / "missing.yml"))
