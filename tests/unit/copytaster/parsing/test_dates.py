from __future__ import annotations

import gc
import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.parsing.dates import LONGEST, Moment, read_moment
from copytaster.parsing.draft_builder import time_confidence

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PDT = "28 November 2026 10:00 PM PDT"


def read(printed: str) -> Moment | None:
    return read_moment(printed, now=NOW)


def at(*parts: int) -> Moment:
    return Moment(datetime(*parts, tzinfo=UTC), zoned=True)  # type: ignore[arg-type, misc]  # year, month, day, …


def assumed(*parts: int) -> Moment:
    return Moment(at(*parts).at, zoned=False)


@pytest.mark.parametrize(
    ("printed", "moment"),
    [
        ("2026-11-28T23:00:00Z", at(2026, 11, 28, 23)),
        ("2026-11-28T23:00:00.150+02:00", at(2026, 11, 28, 21, 0, 0, 150000)),
        ("2026-11-28 23:00:00,5 +0200", at(2026, 11, 28, 21, 0, 0, 500000)),
        ("2026-11-28 17:19:53 GMT", at(2026, 11, 28, 17, 19, 53)),
        ("20261128T2300Z", at(2026, 11, 28, 23)),
        ("20261128T10Z", at(2026, 11, 28, 10)),
        ("20261128T23:00Z", at(2026, 11, 28, 23)),
        ("20261128230015Z", at(2026, 11, 28, 23, 0, 15)),
        ("202611282300+0100", at(2026, 11, 28, 22)),
        ("20240503T1000-0500", at(2024, 5, 3, 15)),
        ("2017-11-03T03:01:00+01:00[Europe/Berlin]", at(2017, 11, 3, 2, 1)),
        ("2017-07-03T03:01:00[Europe/London]", at(2017, 7, 3, 2, 1)),
        ("2020-05-25T04:45:26 America/New_York", at(2020, 5, 25, 8, 45, 26)),
    ],
)
def test_iso_8601_is_read_in_all_its_forms(printed: str, moment: Moment) -> None:
    assert read(printed) == moment


@pytest.mark.parametrize(
    ("printed", "moment"),
    [
        ("Mon, 03 Dec 2018 13:03:47 PST", at(2018, 12, 3, 21, 3, 47)),
        ("25 May 2020 04:45:26 +0200", at(2020, 5, 25, 2, 45, 26)),
        ("Mon,25 May 2020 04:45 -0700", at(2020, 5, 25, 11, 45)),
        ("Mon, 25 May 2020 04:45:26 +0200 (CEST)", at(2020, 5, 25, 2, 45, 26)),
        ("Mon, 25 May 20 04:45:26 EDT", at(2020, 5, 25, 8, 45, 26)),
        ("Monday, 25-May-20 04:45:26 GMT", at(2020, 5, 25, 4, 45, 26)),
        ("Fri, 31 Mar 2023 20:19:00 America/Los_Angeles", at(2023, 4, 1, 3, 19)),
    ],
)
def test_rfc_5322_is_read_with_its_older_forms(printed: str, moment: Moment) -> None:
    assert read(printed) == moment


@pytest.mark.parametrize(
    ("printed", "moment"),
    [
        (PDT, at(2026, 11, 29, 5)),
        ("Nov. 28, 2026 at 10:00 p.m. PDT", at(2026, 11, 29, 5)),
        ("May 3, 2024 12:30 AM EST", at(2024, 5, 3, 5, 30)),
        ("Fri May 03 2024 10:00:00 GMT-0700 (Pacific Daylight Time)", at(2024, 5, 3, 17)),
        ("Mon May 25 04:45:26 UTC 2020", at(2020, 5, 25, 4, 45, 26)),
        ("Sun, 05 Sep 2021 15:45:05 GMT+7", at(2021, 9, 5, 8, 45, 5)),
        ("Fri, 19 Nov 2021 01:45:08 +02:00", at(2021, 11, 18, 23, 45, 8)),
        ("Mon, 25 May 2020 04:45:26 CEST", at(2020, 5, 25, 2, 45, 26)),
        ("Mon, 25 May 2020 5:00 PM -0400", at(2020, 5, 25, 21)),
        ("2020-05-25 04:45:26 EST", at(2020, 5, 25, 9, 45, 26)),
        ("17.25 BST on Sunday 5th of May, 2024", at(2024, 5, 5, 16, 25)),
    ],
)
def test_dates_in_english_words_have_their_half_of_the_day_and_their_zone(printed: str, moment: Moment) -> None:
    assert read(printed) == moment


@pytest.mark.parametrize(
    ("printed", "moment"),
    [
        ("2024-05-03 10:00 PM", assumed(2024, 5, 3, 22)),
        ("Fri 6:45 PM, Feb 16, 2018", assumed(2018, 2, 16, 18, 45)),
        ("Mon, 25 May 2020 04:45:26 -0000", assumed(2020, 5, 25, 4, 45, 26)),
        ("3 May 2024", assumed(2024, 5, 3)),
        ("2024-05-03", assumed(2024, 5, 3)),
        ("20240503", assumed(2024, 5, 3)),
        ("202405031000", assumed(2024, 5, 3, 10)),
        ("20240503100000", assumed(2024, 5, 3, 10)),
        ("2024-05-03-04:00", assumed(2024, 5, 3)),  # XML Schema's day with a zone
        ("5 May 2024 CEST", assumed(2024, 5, 5)),
        ("2017-10-29T01:30:00 Europe/London", assumed(2017, 10, 29, 1, 30)),  # twice on that day
        ("2020-05-25 04:45:26 Nowhere/Land", assumed(2020, 5, 25, 4, 45, 26)),
        ("2020-05-25 04:45:26 America/Argentina", assumed(2020, 5, 25, 4, 45, 26)),  # a folder of zones
        ("2024-05-03 10:00:00 Moscow time", assumed(2024, 5, 3, 10)),
        ("5 May 2024 24:00 America/New_York", assumed(2024, 5, 5)),
        ("2024-05-03 +02:00 Europe/Berlin", assumed(2024, 5, 3)),
        ("5 May 2024 10:00 nachm. Europe/Berlin", assumed(2024, 5, 5, 10)),
    ],
)
def test_a_time_whose_zone_is_not_certain_has_less_than_half_the_confidence(printed: str, moment: Moment) -> None:
    found = read(printed)

    assert found == moment
    assert time_confidence(found, 1.0) < 0.5 < time_confidence(at(2024, 5, 3), 0.9)


@pytest.mark.parametrize("zone", ["IST", "CST", "ET", "PT", "GST", "MSK", "XYZ"])
def test_a_zone_with_several_meanings_is_never_certain(zone: str) -> None:
    found = read(f"May 5, 2024 10:00 PM {zone}")

    assert found is not None
    assert not found.zoned


@pytest.mark.parametrize(
    "printed",
    [
        "",
        "03/04/2026",
        "13/04/2026",
        "3.4.2026 10:00",
        "2026-13-04 10:00 PM",
        "20-MAY-25 04:45:00",
        "5 May 24",
        "May 2026",
        "May 5",
        "2026",
        "2026-05",
        "2024050310",
        "20240503250000",
        "2024-05-031000",
        "10:00 PM",
        "yesterday",
        "2 hours ago",
        "today, 2026",
        "Last Tuesday",
        "second May 2024",
        "5-7 May 2024",
        "5/6 May 2024",
        "31 June 2024",
        "2023-02-29T10:00:00Z",
        "Published 5 May 2024, 10:00 GMT | Updated 6 May 2024",
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "28 November 2126 10:00 PM PDT",
        "May the council meet 2024 people in June",
    ],
)
def test_what_leaves_day_month_or_year_in_doubt_is_no_date(printed: str) -> None:
    assert read(printed) is None


@pytest.mark.parametrize(
    "printed",
    [
        "5 May 2024 0:30 PM",
        "5 May 2024 13:00 am",
        "5 May 2024 10:00-11:00",
        "Sun, 5 May 2024 24:00:00 +0200",
        "5 May 2024 at 10:00 | 6 comments",
    ],
)
def test_a_time_that_contradicts_itself_leaves_the_day_alone(printed: str) -> None:
    assert read(printed) == assumed(2024, 5, 5)


def test_words_around_a_date_are_passed_over_unless_the_whole_has_to_be_one() -> None:
    printed = "Updated: Sat 8:31 PM, Feb 17, 2018"

    assert read(printed) == assumed(2018, 2, 17, 20, 31)
    assert read_moment(printed, now=NOW, whole=True) is None
    assert read_moment(printed.removeprefix("Updated: "), now=NOW, whole=True) == read(printed)


def test_white_space_of_any_width_is_one_space() -> None:
    assert read("\n  28 November\u00a02026\t10:00\u202fPM PDT " + " " * LONGEST) == read(PDT)


@pytest.mark.parametrize("much", [f"{PDT} and {'so ' * LONGEST}", f"{PDT} " * 100_000, f"{' ' * 100 * LONGEST}{PDT}"])
def test_a_long_text_is_no_date(much: str) -> None:
    assert read(much) is None


def _names() -> Iterator[tuple[str, timedelta]]:
    """Yield the names of zones in the tz database with their offsets since 2000."""
    for key in zoneinfo.available_timezones() - {"Factory", "localtime"}:
        zone = zoneinfo.ZoneInfo(key)
        for moment in (datetime(year, month, 15, 12, tzinfo=zone) for year in range(2000, 2027) for month in (1, 7)):
            name, offset = moment.tzname(), moment.utcoffset()
            if name and name.isalpha() and offset is not None:
                yield name, offset


def test_the_certain_zones_are_those_that_have_one_meaning_in_the_tz_database() -> None:
    offsets: dict[str, set[timedelta]] = {}
    for name, offset in _names():
        offsets.setdefault(name, set()).add(offset)
    printed = datetime(2024, 5, 5, 10, tzinfo=UTC)
    found = {name: read(f"May 5, 2024 10:00 AM {name}") for name in offsets}
    certain = {name: printed - moment.at for name, moment in found.items() if moment and moment.zoned}

    assert {"PDT", "EST", "CEST", "BST", "JST", "AEDT"} <= certain.keys()
    assert all(certain[name] in offsets[name] for name in certain)
    # RFC 5322 defines the first two, which Cuba and Manila use otherwise; North Korea's half hour ended in 2018.
    assert {name for name in certain if len(offsets[name]) > 1} == {"CDT", "PST", "KST"}


def test_nothing_is_kept_of_the_dates_that_were_read() -> None:
    def read_days(year: int) -> None:
        for day in range(1, 29):
            read(f"January {day}, {year} {day % 12 + 1}:{day + 10} PM EST, page {year}{day}x")

    read_days(2020)
    gc.collect()
    before = len(gc.get_objects())
    for year in (2021, 2022, 2023):
        read_days(year)
    gc.collect()

    assert len(gc.get_objects()) - before < 28


def _in_a_new_process(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


READING = """
import locale
from contextlib import suppress
from datetime import UTC, datetime
from copytaster.parsing.dates import read_moment
with suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "")
for printed in ("May 5, 2024 10:00 PM", "May 5, 2024 10:00 PM PDT", "5 May 2024"):
    print(read_moment(printed, now=datetime(2027, 1, 1, tzinfo=UTC)))
"""


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "no/such"])
def test_the_machines_own_zone_and_language_do_not_matter(zone: str) -> None:
    found = _in_a_new_process(READING, TZ=zone, LC_ALL="de_DE.UTF-8").splitlines()

    assert found == [repr(assumed(2024, 5, 5, 22)), repr(at(2024, 5, 6, 5)), repr(assumed(2024, 5, 5))]


def test_dateparser_is_not_imported_before_a_date_in_words_is_read() -> None:
    code = """
import sys
from datetime import UTC, datetime
import copytaster_cli.main
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.dates import read_moment
default_parsers()
now = datetime(2027, 1, 1, tzinfo=UTC)
for printed in ("2024-05-05T10:00:00Z", "Sun, 05 May 2024 10:00:00 GMT", "The council met on Tuesday.", "03/04/2026",
                "May 5, 2024", "Sunday, 5 May 2024"):
    read_moment(printed, now=now)
assert "dateparser" not in sys.modules
read_moment("May 5, 2024 10:00 PM", now=now)
assert "dateparser" in sys.modules
"""
    _in_a_new_process(code)


def test_threads_that_begin_at_once_read_the_same() -> None:
    code = """
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from copytaster.parsing.dates import read_moment
together = Barrier(8)
def read(day):
    together.wait()
    return read_moment(f"May {day}, 2024 10:00 PM PDT", now=datetime(2027, 1, 1, tzinfo=UTC)).at.day
with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(read, range(1, 9))) == [2, 3, 4, 5, 6, 7, 8, 9]
"""
    _in_a_new_process(code)


def test_many_threads_read_what_one_reads() -> None:
    printed = [f"{day} {month} 2024 {day}:15 CEST" for day in range(1, 21) for month in ("May", "June", "July")]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, printed)) == list(map(read, printed))


def test_a_fork_reads_on() -> None:
    code = f"""
import os
from datetime import UTC, datetime
from copytaster.parsing.dates import read_moment
now = datetime(2027, 1, 1, tzinfo=UTC)
before = read_moment("{PDT}", now=now)
child = os.fork()
if not child:
    os._exit(0 if read_moment("{PDT}", now=now) == before != None else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    _in_a_new_process(code)


@pytest.mark.parametrize(
    ("printed", "local"),
    [
        ("2026-11-28T23:30:00+09:00", "2026-11-28T23:30:00+09:00"),
        ("Fri, 27 Nov 2026 19:05:00 -0800", "2026-11-27T19:05:00-08:00"),
        ("Nov. 27, 2026 at 10:00 p.m. PST", "2026-11-27T22:00:00-08:00"),
        ("2026-11-27T22:00:00 Asia/Kolkata", "2026-11-27T22:00:00+05:30"),
        ("27 Nov 2026 22:00 GMT+7", "2026-11-27T22:00:00+07:00"),
        ("2026-11-27T22:00:00Z", "2026-11-27T22:00:00+00:00"),
        ("2026-11-27T22:00:00", None),
        ("November 27, 2026 10:00 PM ET", None),
    ],
)
def test_the_printed_offset_is_kept_beside_utc(printed: str, local: str | None) -> None:
    found = read(printed)

    assert found is not None
    assert (found.local and found.local.isoformat()) == local
    assert found.local is None or found.local == found.at


def test_a_time_with_an_ambiguous_zone_keeps_the_printed_day() -> None:
    assert read("November 27, 2026 10:00 PM ET") == assumed(2026, 11, 27, 22)
