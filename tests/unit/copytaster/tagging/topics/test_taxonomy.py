from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from copytaster.errors import ConfigurationError
from copytaster.model.article import Subject
from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import load_topics
from copytaster.tagging.topics.taxonomy import load_taxonomy

URI = "http://cv.iptc.org/newscodes/mediatopic/"
TOPS = load_taxonomy().tops


def concept(number: str, name: str, **more: Any) -> dict[str, Any]:
    return {"uri": URI + number, "prefLabel": {"en-GB": name}} | more


def official_document(*concepts: dict[str, Any]) -> dict[str, Any]:
    tops = [concept(code.removeprefix("medtop:"), f"top {code}") for code in TOPS]
    return {"uri": URI, "conceptSet": [*tops, *concepts]}


def write(folder: Path, content: object) -> Path:
    file = folder / "mediatopics.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("medtop:15000000", None, "medtop:15000000"),
        ("medtop:20001065", "Fußball", "medtop:20001065"),
        ("subj:15000000", None, "medtop:15000000"),
        ("subj:15054000", "soccer", "medtop:20001065"),
        ("subj:15054999", "a detail below soccer", "medtop:20001065"),
        ("subj:15999000", "unknown sport", "medtop:15000000"),
        (None, "Sport", "medtop:15000000"),
        (None, "  ENTERTAINMENT &  ARTS ", "medtop:01000000"),
        ("house:sports", "Sports", "medtop:15000000"),
        ("house:77", "Page two", None),
        (None, "World", None),
        ("medtop:abc", None, None),
    ],
)
def test_a_subject_of_a_source_maps_to_a_media_topic(code: str | None, name: str | None, expected: str | None) -> None:
    heading = load_taxonomy().heading_of(Subject(code=code, name=name))

    assert (heading.code if heading else None) == expected


def test_a_file_of_iptc_adds_topics_names_and_the_hierarchy(tmp_path: Path) -> None:
    football = concept(
        "20001065",
        "association football",
        prefLabel={"en-GB": "association football", "de": "Fußball"},
        broader=[URI + "20000822"],
        exactMatch=["http://cv.iptc.org/newscodes/subjectcode/15054000"],
    )
    discipline = concept("20000822", "competition discipline", broader=[URI + "15000000"])

    taxonomy = load_taxonomy(write(tmp_path, official_document(discipline, football)))

    assert taxonomy.heading_of(Subject(name="fußball")) == taxonomy.headings["medtop:20001065"]
    assert taxonomy.headings["medtop:20001065"] == ("medtop:20001065", "association football", "medtop:15000000")
    assert taxonomy.heading_of(Subject(code="subj:15054001")) == taxonomy.headings["medtop:20001065"]


def test_a_retired_topic_is_replaced_by_the_nearest_broader_one_in_use(tmp_path: Path) -> None:
    retired = concept("20000030", "music theatre", broader=[URI + "20000029"], retired="2021-09-30T12:00:00+00:00")
    theatre = concept("20000029", "theatre", broader=[URI + "01000000"], retired="2022-01-01T00:00:00+00:00")

    taxonomy = load_taxonomy(write(tmp_path, official_document(theatre, retired)))

    heading = taxonomy.heading_of(Subject(code="medtop:20000030"))
    assert heading is not None
    assert heading.code == "medtop:01000000"


def test_a_retired_topic_without_a_broader_one_is_dropped(tmp_path: Path) -> None:
    retired = concept("20000030", "music theatre", retired="2021-09-30T12:00:00+00:00")

    taxonomy = load_taxonomy(write(tmp_path, official_document(retired)))

    assert taxonomy.heading_of(Subject(code="medtop:20000030", name="music theatre")) is None


def test_a_packaged_topic_that_the_file_retires_is_no_longer_found(tmp_path: Path) -> None:
    retired = concept("20001065", "soccer", broader=[URI + "15000000"], retired="2030-01-01T00:00:00+00:00")
    topics = load_topics(taxonomy_file=write(tmp_path, official_document(retired)))

    found = topics.topics(Passage("Cup", "The goalkeeper of the football club saved a penalty.", "en")).value

    assert [each.code for each in found] == ["medtop:15000000"]


def test_a_plain_list_of_concepts_is_read_as_well(tmp_path: Path) -> None:
    listed = [{"qcode": code, "name": f"top {code}", "labels": {"fr": "nom"}} for code in TOPS]

    taxonomy = load_taxonomy(write(tmp_path, {"concepts": listed}))

    assert taxonomy.headings["medtop:15000000"].name == "top medtop:15000000"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not JSON"),
        ({"conceptSet": []}, "has no list conceptSet or concepts"),
        ([1], "has no list conceptSet or concepts"),
        ({"conceptSet": [7]}, "entry 0 is not an object"),
        ({"conceptSet": [{"prefLabel": {"en": "x"}}]}, "entry 0 has no code such as medtop:04000000"),
        ({"conceptSet": [{"qcode": "medtop:20000001"}]}, "entry 0 has no name"),
        ({"conceptSet": [concept("20000001", "one")]}, "cannot be used: missing Media Topics: medtop:01000000"),
        (official_document(concept("20000001", "one"), concept("20000001", "two")), "medtop:20000001 is repeated"),
        (
            official_document(concept("20000001", "one", broader=URI + "20000009")),
            "is below medtop:20000009, which is missing",
        ),
        (official_document(concept("20000001", "one", broader=URI + "20000001")), "medtop:20000001 is below itself"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path, content: object, problem: str) -> None:
    file = write(tmp_path, content)

    with pytest.raises(ConfigurationError) as raised:
        load_taxonomy(file)

    assert problem in str(raised.value)
    assert f"COPYTASTER_TAXONOMY: {file}" in str(raised.value)


def test_a_missing_file_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_taxonomy(tmp_path / "missing.json")


def test_no_packaged_topic_is_retired_and_all_have_iptcs_place_in_the_hierarchy(shared: Path) -> None:
    complete = load_taxonomy(shared / "corpora" / "taxonomy" / "mediatopics.json")

    packaged = load_taxonomy()

    assert {code: complete.headings.get(code) for code in packaged.headings} == packaged.headings
    assert packaged.headings.keys().isdisjoint(complete.replaced)
    assert packaged.subject_codes.items() <= complete.subject_codes.items()
