from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.article import ArticleStatus
from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.parser import Draft
from copytaster.parsing.release_terms.embargo_fields import add_embargo

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def read(stated: str) -> Draft:
    builder = DraftBuilder(NOW)
    builder.add("title", "Bridge opens", "title")
    add_embargo(builder, stated, "embargo")
    return builder.draft(decode(b"Bridge opens"), format_="test", name="test")


def utc(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 12, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "until"),
    [
        ("2026-12-28T23:00:00+01:00", utc(28, 22)),
        ("2026-12-28T24:00:00Z", utc(29)),
        ("2026-12-28T23:00:00+5:30", utc(28, 17, 30)),
        ("Mon Dec 28 2026 23:00:00 GMT+0200 (Central European Standard Time)", utc(28, 21)),
        ("28 December 2026 2330 GMT", utc(28, 23, 30)),
        ("28. Dezember 2026, 23.00 Uhr MEZ", utc(28, 22)),
        ("Dec 28, 2026 9pm ET", utc(29, 2)),
        ("2099-01-01T00:00:00Z", datetime(2099, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_embargo_in_a_field_ends_at_the_time_that_the_whole_field_states(stated: str, until: datetime) -> None:
    found = read(stated)

    assert (found.status, found.embargoed_until) == (ArticleStatus.USABLE, until)
    assert found.provenance["embargoed_until"].confidence == 1.0


@pytest.mark.parametrize(
    ("stated", "until"),
    [
        ("2026-12-28", utc(28, 12)),
        ("2026-12-28 23:00", utc(29, 11)),
        ("28/12/2026 23:00", utc(29, 11)),
        ("28 décembre 2026 23h00", utc(29, 11)),
    ],
)
def test_an_embargo_without_a_zone_ends_where_it_is_latest_on_earth(stated: str, until: datetime) -> None:
    found = read(stated)

    assert found.embargoed_until == until
    assert found.provenance["embargoed_until"].confidence < 0.5


@pytest.mark.parametrize(
    "stated",
    [
        "2026-12-28T23:59:60Z",
        "Tue, 28 Dec 2026 23:00:00 GMT",
        "2026-12-28T23.00.00Z",
        "2026-12-28T23:00:00+01:00:00",
        "2026-12-28 2330",
        "2026-12-28-23.30.00",
        "Dec 28 2026 11:00:00:000PM",
        "2026-12-28T23:00:00 bis auf weiteres",
        "2026-12-28 until the end of the speech",
        "not before 2026-12-28, see note",
        "2026-12-20 or 2026-12-28",
        "7/12/2026 23:00",
        "28. Dezember, 23.00 Uhr",
        "9500-01-01T00:00:00Z",
    ],
)
def test_an_embargo_that_is_not_read_whole_has_no_end(stated: str) -> None:
    found = read(stated)

    assert (found.status, found.embargoed_until) == (ArticleStatus.WITHHELD, None)
    assert stated in found.provenance["status"].from_


@pytest.mark.parametrize("stated", ["", "  "])
def test_an_empty_field_states_no_embargo(stated: str) -> None:
    found = read(stated)

    assert (found.status, found.embargoed_until) == (ArticleStatus.USABLE, None)
