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


def official(*concepts: dict[str, Any]) -> dict[str, Any]:
    tops = [concept(code.removeprefix("medtop:"), f"top {code}") for code in TOPS]
    return {"uri": URI, "conceptSet": [*tops, *concepts]}


def written(folder: Path, content: object) -> Path:
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
def test_what_a_source_gives_leads_to_a_media_topic(code: str | None, name: str | None, expected: str | None) -> None:
    heading = load_taxonomy().given(Subject(code=code, name=name))

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

    taxonomy = load_taxonomy(written(tmp_path, official(discipline, football)))

    assert taxonomy.given(Subject(name="fußball")) == taxonomy.headings["medtop:20001065"]
    assert taxonomy.headings["medtop:20001065"] == ("medtop:20001065", "association football", "medtop:15000000")
    assert taxonomy.given(Subject(code="subj:15054001")) == taxonomy.headings["medtop:20001065"]


def test_a_retired_topic_leads_to_the_nearest_one_in_use_above_it(tmp_path: Path) -> None:
    retired = concept("20000030", "music theatre", broader=[URI + "20000029"], retired="2021-09-30T12:00:00+00:00")
    theatre = concept("20000029", "theatre", broader=[URI + "01000000"], retired="2022-01-01T00:00:00+00:00")

    taxonomy = load_taxonomy(written(tmp_path, official(theatre, retired)))

    heading = taxonomy.given(Subject(code="medtop:20000030"))
    assert heading is not None
    assert heading.code == "medtop:01000000"


def test_a_retired_topic_with_nothing_above_it_is_no_topic(tmp_path: Path) -> None:
    retired = concept("20000030", "music theatre", retired="2021-09-30T12:00:00+00:00")

    taxonomy = load_taxonomy(written(tmp_path, official(retired)))

    assert taxonomy.given(Subject(code="medtop:20000030", name="music theatre")) is None


def test_a_topic_of_the_package_that_the_file_retires_is_not_found_any_more(tmp_path: Path) -> None:
    retired = concept("20001065", "soccer", broader=[URI + "15000000"], retired="2030-01-01T00:00:00+00:00")
    topics = load_topics(taxonomy_file=written(tmp_path, official(retired)))

    found = topics.topics(Passage("Cup", "The goalkeeper of the football club saved a penalty.", "en")).value

    assert [each.code for each in found] == ["medtop:15000000"]


def test_a_plain_list_of_concepts_is_read_as_well(tmp_path: Path) -> None:
    listed = [{"qcode": code, "name": f"top {code}", "labels": {"fr": "nom"}} for code in TOPS]

    taxonomy = load_taxonomy(written(tmp_path, {"concepts": listed}))

    assert taxonomy.headings["medtop:15000000"].name == "top medtop:15000000"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{", "is not JSON"),
        ({"conceptSet": []}, "has no list conceptSet or concepts"),
        ([1], "has no list conceptSet or concepts"),
        ({"conceptSet": [7]}, "entry 0 is no object"),
        ({"conceptSet": [{"prefLabel": {"en": "x"}}]}, "entry 0 has no code such as medtop:04000000"),
        ({"conceptSet": [{"qcode": "medtop:20000001"}]}, "entry 0 has no name"),
        ({"conceptSet": [concept("20000001", "one")]}, "it lacks the Media Topics medtop:01000000"),
        (official(concept("20000001", "one"), concept("20000001", "two")), "medtop:20000001 stands there twice"),
        (
            official(concept("20000001", "one", broader=URI + "20000009")),
            "lies below medtop:20000009, which is not there",
        ),
        (official(concept("20000001", "one", broader=URI + "20000001")), "medtop:20000001 lies below itself"),
    ],
)
def test_a_file_that_cannot_be_used_stops_the_start(tmp_path: Path, content: object, complaint: str) -> None:
    file = written(tmp_path, content)

    with pytest.raises(ConfigurationError) as raised:
        load_taxonomy(file)

    assert complaint in str(raised.value)
    assert f"COPYTASTER_TAXONOMY: {file}" in str(raised.value)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_taxonomy(tmp_path / "missing.json")


def test_no_topic_of_the_package_is_retired_and_all_lie_where_iptc_puts_them(shared: Path) -> None:
    whole = load_taxonomy(shared / "corpora" / "taxonomy" / "mediatopics.json")

    packaged = load_taxonomy()

    assert {code: whole.headings.get(code) for code in packaged.headings} == packaged.headings
    assert packaged.headings.keys().isdisjoint(whole.replaced)
    assert packaged.subject_codes.items() <= whole.subject_codes.items()
