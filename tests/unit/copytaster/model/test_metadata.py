from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from copytaster.errors import PermanentError
from copytaster.intake.metadata_reader import SourceFileError
from copytaster.intake.source_defaults import SourceDefaults
from copytaster.model.article import ArticleStatus
from copytaster.model.disposition import Reason
from copytaster.model.expectations import ArticleField, Expectations, Weekday
from copytaster.model.metadata import FolderDefaults, Metadata, read_sidecar
from copytaster.parsing.parser import Draft
from copytaster.pipeline.overlay import overlay_metadata
from tests.factories import FROM_TEST, METADATA_READER, a_delivery

PATH = "wire/story.html.meta.json"


def read(**fields: object) -> Metadata:
    return read_sidecar(json.dumps(fields).encode(), path=PATH)


def refusal(content: bytes) -> str:
    with pytest.raises(PermanentError) as raised:
        read_sidecar(content, path=PATH)
    assert raised.value.reason is Reason.BAD_SIDECAR
    return raised.value.message


def test_a_sidecar_may_set_every_field_that_a_sender_can_know() -> None:
    given = {
        "title": " Ferry returns ",
        "authors": ["Ada Mole", "Bo Quay"],
        "published_at": "2026-03-01T10:00:00+02:00",
        "version": 3,
        "status": "withheld",
        "keywords": ["ferry"],
        "summary": None,
    }

    metadata = read(**given)

    assert metadata.title == "Ferry returns"
    assert metadata.authors == ("Ada Mole", "Bo Quay")
    assert metadata.published_at == datetime(2026, 3, 1, 8, tzinfo=UTC)
    assert (metadata.version, metadata.status, metadata.keywords) == (3, ArticleStatus.WITHHELD, ("ferry",))
    assert metadata.summary is None


def test_a_byte_order_mark_before_a_sidecar_is_accepted() -> None:
    assert read_sidecar(b'\xef\xbb\xbf{"title": "Ferry"}', path=PATH).title == "Ferry"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"title: Ferry", "cannot be used: Invalid JSON"),
        (b"", "cannot be used: Invalid JSON"),
        (b'["Ferry"]', "it is not an object with fields"),
        (b'{"titel": "Ferry"}', "there is no field 'titel'; there are title, summary, byline"),
        (b'{"version": "3"}', "version: Input should be a valid integer"),
        (b'{"published_at": "2026-03-01T10:00:00"}', "published_at: Input should have timezone info"),
        (b'{"published_at": "yesterday"}', "published_at: Input should be a valid datetime"),
        (
            b'{"embargoed_until": "20261201"}',
            "embargoed_until: must be a date and a time, such as 2026-11-29T07:30:00Z",
        ),
        (b'{"embargoed_until": 20261201}', "embargoed_until: must be a date and a time"),
        (b'{"published_at": "1796083433"}', "published_at: must be a date and a time"),
        (b'{"published_at": "2026"}', "published_at: must be a date and a time"),
        (b'{"modified_at": "-1.5"}', "modified_at: must be a date and a time"),
        (b'{"modified_at": "0001-01-01T00:00:00+01:00"}', "modified_at: is outside of the years 1 to 9999 in UTC"),
        (b'{"embargoed_until": "9999-12-31T23:59:59-05:00"}', "is outside of the years 1 to 9999 in UTC"),
        (b'{"status": "spiked"}', "status: Input should be 'usable', 'withheld' or 'canceled'"),
        (b'{"authors": ["Ada", ""]}', "authors.1: String should have at least 1 character"),
        (b'{"title": "' + b"x" * 70_000 + b'"}', "has more than 65,536 bytes, the limit"),
        (b'{"a": 1, "b": 1, "c": 1, "d": 1}', "; and 1 more"),
        (b'{"title": "caf\xe9"}', "cannot be used: Invalid JSON"),
    ],
)
def test_the_faults_of_a_sidecar_are_reported_by_field(content: bytes, fault: str) -> None:
    message = refusal(content)

    assert message.startswith(f"the sidecar {PATH} ")
    assert fault in message


@pytest.mark.parametrize("stated", ["2026-12-01T09:00:00+01:00", "2026-12-01 09:00+0100", "2026-12-01t08:00z"])
def test_a_time_of_a_sidecar_is_a_date_and_a_time_with_an_offset(stated: str) -> None:
    metadata = read(embargoed_until=stated, published_at=stated)

    assert metadata.embargoed_until == metadata.published_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert Metadata.model_validate_json(metadata.model_dump_json()) == metadata


def a_draft(**fields: Any) -> Draft:
    known: dict[str, Any] = {"title": "A headline", "text": "Words.", "format": "text", "charset": "utf-8"}
    return Draft(**(known | {"provenance": {"title": FROM_TEST}} | fields))


def origin(draft: Draft, field: str) -> tuple[str, float]:
    found = draft.provenance[field]
    return found.from_, found.confidence


def test_the_sidecar_overrides_the_file() -> None:
    delivery = a_delivery(metadata=Metadata(title="Given", version=2, status=ArticleStatus.CANCELED))

    draft = overlay_metadata(a_draft(byline="By A File"), delivery)

    assert (draft.title, draft.guid_version, draft.status) == ("Given", 2, ArticleStatus.CANCELED)
    assert draft.byline == "By A File"
    assert origin(draft, "title") == ("sidecar:title", 0.95)
    assert origin(draft, "guid_version") == ("sidecar:version", 0.95)


def test_the_sidecar_of_a_file_of_many_items_sets_only_fields_that_apply_to_all() -> None:
    delivery = a_delivery(metadata=Metadata(title="Given", guid="urn:1", status=ArticleStatus.WITHHELD))

    draft = overlay_metadata(a_draft(guid="urn:own"), delivery, alone=False)

    assert (draft.title, draft.guid, draft.status) == ("A headline", "urn:own", ArticleStatus.WITHHELD)


def test_a_source_file_fills_only_absent_fields() -> None:
    delivery = a_delivery(folder_defaults=FolderDefaults(byline="By The Desk", language="en"))

    draft = overlay_metadata(a_draft(byline="By A File"), delivery)

    assert (draft.byline, draft.language) == ("By A File", "en")
    assert origin(draft, "language") == ("source-file:language", 0.5)
    assert "byline" not in draft.provenance


def test_the_folder_does_not_override_the_status_of_the_file() -> None:
    delivery = a_delivery(folder_defaults=FolderDefaults(status=ArticleStatus.WITHHELD))

    open_one = overlay_metadata(a_draft(), delivery)
    given = overlay_metadata(a_draft(provenance={"status": FROM_TEST}), delivery)

    assert (open_one.status, given.status) == (ArticleStatus.WITHHELD, ArticleStatus.USABLE)


def write(inbox: Path, folder: str, content: str) -> None:
    (inbox / folder).mkdir(parents=True, exist_ok=True)
    (inbox / folder / "_source.yml").write_text(content)


def test_the_nearest_source_file_wins_field_by_field(tmp_path: Path) -> None:
    write(tmp_path, "", "language: de\nbyline: Staff\n")
    write(tmp_path, "wire", "source: The Wire\nlanguage: en\n")
    write(tmp_path, "wire/sport", "byline: Sports Desk\n")
    files = SourceDefaults(tmp_path, METADATA_READER)

    assert files.about("wire/sport/cup.txt") == FolderDefaults(source="The Wire", language="en", byline="Sports Desk")
    assert files.about("wire/story.txt") == FolderDefaults(source="The Wire", language="en", byline="Staff")
    assert files.about("story.txt") == FolderDefaults(language="de", byline="Staff")


def test_a_source_file_is_read_again_when_it_changes_and_ignored_when_it_is_deleted(tmp_path: Path) -> None:
    files = SourceDefaults(tmp_path, METADATA_READER)
    defaults = [files.about("wire/story.txt")]
    for content in ("source: One\n", "source: Another\n", "# nothing yet\n"):
        write(tmp_path, "wire", content)
        defaults.append(files.about("wire/story.txt"))
    (tmp_path / "wire" / "_source.yml").unlink()
    defaults.append(files.about("wire/story.txt"))

    assert defaults == [None, FolderDefaults(source="One"), FolderDefaults(source="Another"), FolderDefaults(), None]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("source: [", "wire/_source.yml is not YAML: line 1, column 10"),
        ("source: Wire\nlangauge: en\n", "line 2: there is no field 'langauge'; there are source, language"),
        ("language: no\n", "line 1: language: Input should be a valid string"),
        ("- source\n", "it is not an object with fields"),
        ("source: !!python/object/apply:os.getcwd []\n", "wire/_source.yml is not YAML: line 1"),
        ("source: \x00\n", "wire/_source.yml is not YAML"),
        ('source: "\\UFFFFFFFF"\n', "wire/_source.yml is not YAML"),
        ("source: &a Wire\nbyline: *a\n", "wire/_source.yml is not YAML: line 1, column 9: anchors and aliases"),
        ("<<: {source: Wire}\n", "line 1: <<: Input should be a valid string"),
        ("source: {a: b}\n", "line 1: source: Input should be a valid string"),
        ("source: " + "[" * 30_000, "wire/_source.yml is not YAML"),
        (
            "source: W\nexpects: {quiet: 5}\n",
            "line 2: there is no field 'expects.quiet'; there are quiet_after",
        ),
        (
            "expects:\n  quiet_after_minutes: soon\n",
            "expects.quiet_after_minutes: Input should be a valid integer",
        ),
        (
            "expects: {quiet_after_minutes: 5, timezone: Mars/Base}\n",
            "expects.timezone: there is no time zone Mars/Base",
        ),
        ("expects: {hours: 06:00-22:00}\n", "expects: days and hours need quiet_after_minutes"),
        ("expects: {languages: [[en]]}\n", "line 1: languages: Input should be a valid string"),
        ("expects: 5\n", "line 1: expects: Input should be a valid string"),
        ("# " + "x" * 70_000, "is no regular file of at most 65,536 bytes"),
    ],
)
def test_the_faults_of_a_source_file_are_reported_with_their_line(tmp_path: Path, content: str, fault: str) -> None:
    write(tmp_path, "wire", content)
    files = SourceDefaults(tmp_path, METADATA_READER)

    with pytest.raises(SourceFileError) as raised:
        files.about("wire/story.txt")

    assert fault in str(raised.value)
    assert files.about("other/story.txt") is None


def test_a_source_file_declares_what_is_expected_and_the_nearest_one_does_so_as_a_whole(tmp_path: Path) -> None:
    write(tmp_path, "", "expects: {quiet_after_minutes: 5, languages: [no, en]}\n")
    write(
        tmp_path,
        "wire",
        "expects:\n  quiet_after_minutes: 90\n  days: [mon, fri]\n  hours: 06:00-22:00\n"
        "  timezone: Europe/Berlin\n  most_files_per_hour: 500\n  fields: [title]\n",
    )
    files = SourceDefaults(tmp_path, METADATA_READER)

    assert files.about("a.txt") == FolderDefaults(expects=Expectations(quiet_after_minutes=5, languages=("no", "en")))
    assert files.about("wire/a.txt") == FolderDefaults(
        expects=Expectations(
            quiet_after_minutes=90,
            days=(Weekday.MON, Weekday.FRI),
            hours="06:00-22:00",
            timezone="Europe/Berlin",
            most_files_per_hour=500,
            fields=(ArticleField.TITLE,),
        )
    )


def test_only_the_declared_hours_and_days_count() -> None:
    berlin = Expectations(quiet_after_minutes=5, days=(Weekday.SUN,), hours="01:00-04:00", timezone="Europe/Berlin")
    nights = Expectations(quiet_after_minutes=5, hours="22:00-02:00")
    saturday, monday = (datetime(2026, 3, day, tzinfo=UTC) for day in (28, 30))

    assert berlin.active(saturday, monday) == timedelta(hours=2)  # the clock skips an hour on that Sunday
    assert nights.active(saturday, monday) == timedelta(hours=8)
    assert Expectations(quiet_after_minutes=5).active(saturday, monday) == timedelta(days=2)


def test_a_public_holiday_counts_as_the_last_day_of_the_weekend() -> None:
    weekdays = tuple(Weekday)[:5]
    bavaria = Expectations(quiet_after_minutes=5, days=weekdays, holidays="DE-BY", timezone="Europe/Berlin")
    israel = Expectations(quiet_after_minutes=5, days=(Weekday.SAT,), holidays="IL", timezone="Asia/Jerusalem")
    zones = [ZoneInfo(each.timezone) for each in (bavaria, israel)]
    corpus_christi, passover = datetime(2026, 6, 4, tzinfo=zones[0]), datetime(2026, 4, 2, tzinfo=zones[1])
    day = timedelta(days=1)

    assert bavaria.active(corpus_christi - day, corpus_christi + 2 * day) == 2 * day
    assert israel.active(passover, passover + day) == day


@pytest.mark.parametrize("region", ["XX", "de", "DE-XX", "Germany", ""])
def test_a_region_without_known_holidays_is_an_error_that_names_it(tmp_path: Path, region: str) -> None:
    write(tmp_path, "wire", f"expects:\n  holidays: '{region}'\n")

    with pytest.raises(SourceFileError, match="write a country as DE, or a part of one as DE-BY"):
        SourceDefaults(tmp_path, METADATA_READER).about("wire/a.txt")


def test_a_link_is_not_followed_to_defaults(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yml").write_text("source: Elsewhere\n")
    (tmp_path / "_source.yml").symlink_to(tmp_path / "elsewhere.yml")

    with pytest.raises(SourceFileError, match="no regular file"):
        SourceDefaults(tmp_path, METADATA_READER).about("story.txt")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("status: withheld\nstatus: usable\n", "line 2: status: the field is repeated"),
        ("aliases:\n  A: B\n  A: C\n", "line 3: A: the field is repeated"),
        ("expects:\n  days: [mon]\n  days: [tue]\n", "line 3: days: the field is repeated"),
    ],
)
def test_a_source_file_that_states_a_field_twice_is_invalid(tmp_path: Path, content: str, fault: str) -> None:
    write(tmp_path, "wire", content)

    with pytest.raises(SourceFileError, match=fault):
        SourceDefaults(tmp_path, METADATA_READER).about("wire/a.txt")


def test_a_sidecar_that_states_a_field_twice_is_invalid(tmp_path: Path) -> None:
    file = tmp_path / "story.txt.meta.json"
    file.write_text('{"embargoed_until": "2030-01-01T00:00:00Z", "title": "Ferry", "embargoed_until": null}')

    with pytest.raises(PermanentError, match="cannot be used: embargoed_until: the field is repeated") as caught:
        METADATA_READER.sidecar(file, path=file.name)

    assert caught.value.reason is Reason.BAD_SIDECAR


@pytest.mark.parametrize("name", ["_SOURCE.YML", "_Source.yml"])
def test_a_source_file_may_be_spelled_in_capitals_but_not_twice(tmp_path: Path, name: str) -> None:
    defaults = SourceDefaults(tmp_path, METADATA_READER)
    (tmp_path / "wire").mkdir()
    (tmp_path / "wire" / name).write_text("language: fr")
    alone = defaults.about("wire/a.txt")
    write(tmp_path, "wire", "language: en")

    with pytest.raises(SourceFileError, match=f"wire/{name}: leave one of them|wire/_source.yml: leave one of them"):
        defaults.about("wire/a.txt")
    assert alone
    assert alone.language == "fr"
