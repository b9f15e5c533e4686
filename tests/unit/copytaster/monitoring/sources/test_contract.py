"""What a contract learns from simulated sources, and what it then finds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

import pytest

from copytaster.model.expectations import LONGEST_SILENCE, ArticleField, Expectations, Weekday
from copytaster.model.numbering import Numbered
from copytaster.model.sighting import Arrived, Described, Settled
from copytaster.model.source_finding import FindingKind
from copytaster.monitoring.sources.contract import DAY, LEARNED, Contract
from copytaster.monitoring.sources.findings import find
from copytaster.monitoring.sources.record import pack_contract, unpack_contract
from copytaster.monitoring.sources.weekly_profile import HOUR

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
MINUTE = 60.0
USUAL = frozenset({ArticleField.TITLE, ArticleField.DATELINE})


def a_contract() -> Contract:
    contract = Contract("wire")
    contract.wake(MONDAY)
    return contract


def send(contract: Contract, times: Iterable[float], **changed: object) -> float:
    """Send a file at each time, and return the last one."""
    at = MONDAY
    for at in times:
        given: dict[str, object] = {"size": 3_000, "content": f"{int(at):x}", "number": None, "expects": None}
        contract.note(Arrived("wire", **(given | changed)), at)  # type: ignore[arg-type]
    return at


def hourly(weeks: float, *, start: float = MONDAY) -> list[float]:
    """Return the times of a source that sends at five past each hour of the working day, Monday to Friday."""
    hours = [start + number * HOUR + 5 * MINUTE for number in range(int(weeks * 168))]
    moments = [(at, datetime.fromtimestamp(at, UTC)) for at in hours]
    return [at for at, moment in moments if moment.weekday() < 5 and 7 <= moment.hour < 19]


def learned() -> tuple[Contract, float]:
    """Return a contract that has seen four weeks and a Monday morning, and the time of its last file, 11:05."""
    contract = a_contract()
    send(contract, hourly(4))
    monday = MONDAY + 28 * DAY
    return contract, send(contract, [monday + hour * HOUR + 5 * MINUTE for hour in range(7, 12)])


def kinds(contract: Contract, at: float) -> set[FindingKind]:
    return set(find(contract, at))


def test_a_source_is_quiet_within_two_of_its_intervals() -> None:
    contract, last = learned()

    assert kinds(contract, last + 75 * MINUTE) == set()
    assert kinds(contract, last + 115 * MINUTE) == {FindingKind.QUIET}
    assert "no file since 2026-03-30 11:05 UTC" in find(contract, last + 2 * HOUR)[FindingKind.QUIET]


def test_nights_and_weekends_are_no_silence() -> None:
    contract = a_contract()
    last = send(contract, hourly(4.71))
    assert datetime.fromtimestamp(last, UTC).strftime("%a %H:%M") == "Fri 18:05"

    assert kinds(contract, last + 12 * HOUR) == set()
    assert kinds(contract, last + 60 * HOUR) == set()
    assert kinds(contract, last + 64.5 * HOUR) == {FindingKind.QUIET}  # Monday, 10:35


def test_declared_public_holidays_are_no_silence() -> None:
    contract, expects = a_contract(), Expectations(holidays="DE")
    last = send(contract, hourly(4.56), expects=expects)
    assert datetime.fromtimestamp(last, UTC).strftime("%a %d %b %H:%M") == "Thu 02 Apr 18:05"  # before Good Friday

    assert kinds(contract, last + 4 * DAY) == set()  # Easter Monday in the evening
    assert kinds(contract, last + 4 * DAY + 16.5 * HOUR) == {FindingKind.QUIET}  # Tuesday, 10:35
    undeclared = unpack_contract("wire", pack_contract(contract))
    undeclared.expects = Expectations()
    assert kinds(undeclared, last + DAY) == {FindingKind.QUIET}


def around_the_clock(days: Iterable[int]) -> list[float]:
    """Return the times of a source that sends hourly on weekdays, and every six hours on Saturdays and Sundays."""
    hours = [(day, hour) for day in days for hour in range(24) if day % 7 < 5 or hour % 6 == 0]
    return [MONDAY + day * DAY + hour * HOUR for day, hour in hours]


GOOD_FRIDAY = 32
"""Days after Monday, 2 March 2026."""


def test_a_source_that_sends_less_on_holidays_is_quiet_if_it_sends_nothing() -> None:
    contract = a_contract()
    last = send(contract, around_the_clock(range(GOOD_FRIDAY)), expects=Expectations(holidays="DE"))  # Thursday 23:00

    assert kinds(contract, last + 5 * HOUR) == set()
    assert kinds(contract, last + 14 * HOUR) == {FindingKind.QUIET}


def test_a_holiday_does_not_change_what_is_expected_on_its_day_of_the_week() -> None:
    contract = a_contract()
    times = [
        *around_the_clock(range(GOOD_FRIDAY)),
        *(MONDAY + GOOD_FRIDAY * DAY + each * HOUR for each in (0, 6, 12, 18)),
    ]
    send(contract, [*times, MONDAY + (GOOD_FRIDAY + 1) * DAY], expects=Expectations(holidays="DE"))
    friday = MONDAY + (GOOD_FRIDAY + 7) * DAY

    assert contract.cadence.expected(friday, friday + DAY) == pytest.approx(24)


def test_a_source_that_moves_by_an_hour_of_saving_time_is_not_quiet() -> None:
    contract = a_contract()
    send(contract, hourly(4))
    for shift in (-HOUR, HOUR):
        moved = [at + shift for at in hourly(0.6, start=MONDAY + 28 * DAY)]
        copy = unpack_contract("wire", pack_contract(contract))
        for at, following in zip(moved, [*moved[1:], moved[-1]], strict=True):
            send(copy, [at])
            assert kinds(copy, following - MINUTE) == set()


def test_nothing_is_found_before_the_cadence_is_known() -> None:
    contract = a_contract()
    last = send(contract, hourly(1.9))

    assert contract.cadence.hours < LEARNED
    assert kinds(contract, last + 5 * DAY) == set()


def test_the_time_in_which_nobody_watched_is_no_silence() -> None:
    contract, last = learned()
    contract.wake(last + 5 * HOUR)

    assert kinds(contract, last + 5 * HOUR + 30 * MINUTE) == set()
    assert kinds(contract, last + 7.5 * HOUR) == {FindingKind.QUIET}


def test_a_declared_silence_replaces_the_learned_one() -> None:
    contract, last = learned()
    expects = Expectations(quiet_after_minutes=20, hours="08:00-12:00", days=(Weekday.MON,), timezone="UTC")
    last = send(contract, [last], expects=expects)

    assert kinds(contract, last + 19 * MINUTE) == set()
    assert kinds(contract, last + 21 * MINUTE) == {FindingKind.QUIET}
    last = send(contract, [last + 50 * MINUTE], expects=expects)  # 11:55
    assert kinds(contract, last + 2 * DAY) == set()


@pytest.mark.parametrize(
    ("expects", "quiet_after"),
    [
        pytest.param(Expectations(quiet_after_minutes=LONGEST_SILENCE), 28 * DAY, id="the longest silence"),
        pytest.param(
            Expectations(quiet_after_minutes=5 * 8 * 60, days=(Weekday.TUE,), hours="09:00-17:00"),
            29 * DAY + 17 * HOUR,
            id="more hours than four weeks have",
        ),
    ],
)
def test_a_declared_silence_of_weeks_is_found_when_it_is_over(expects: Expectations, quiet_after: float) -> None:
    contract = a_contract()
    last = send(contract, [MONDAY], expects=expects)

    assert kinds(contract, last + quiet_after) == set()
    assert kinds(contract, last + quiet_after + 7 * DAY) == {FindingKind.QUIET}


def test_a_flood_is_found_and_ends() -> None:
    contract, last = learned()
    send(contract, [last + number for number in range(30)])
    during = kinds(contract, last + MINUTE)
    send(contract, [last + hour * HOUR for hour in range(1, 4)])

    assert (during, kinds(contract, last + 3 * HOUR)) == ({FindingKind.FLOODING}, set())


@pytest.mark.parametrize("limit", [None, 5_000])
def test_a_flood_ends_when_its_declared_limit_is_withdrawn_or_raised(limit: int | None) -> None:
    contract = a_contract()
    files = [MONDAY + HOUR + number for number in range(12)]
    last = send(contract, files, expects=Expectations(most_files_per_hour=10))
    before = find(contract, last + MINUTE)
    last = send(contract, [last + MINUTE], expects=Expectations(most_files_per_hour=limit))

    assert before == {FindingKind.FLOODING: "more than 10 files in an hour"}
    assert find(contract, last + MINUTE) == {}


def test_a_flood_goes_on_when_its_declared_limit_is_raised_too_little() -> None:
    contract = a_contract()
    files = [MONDAY + HOUR + number for number in range(12)]
    last = send(contract, files, expects=Expectations(most_files_per_hour=10))
    last = send(contract, [last + MINUTE], expects=Expectations(most_files_per_hour=12))

    assert find(contract, last + MINUTE) == {FindingKind.FLOODING: "more than 12 files in an hour"}


def test_files_that_waited_for_a_watcher_are_no_flood() -> None:
    contract, last = learned()
    contract.wake(last + HOUR)
    send(contract, [last + HOUR + number for number in range(30)])

    assert kinds(contract, last + HOUR + MINUTE) == set()


def test_a_declared_rate_replaces_the_learned_one() -> None:
    contract = a_contract()
    last = send(contract, [MONDAY + 2 * HOUR + each for each in range(3)], expects=Expectations(most_files_per_hour=2))

    assert kinds(contract, last) == {FindingKind.FLOODING}


def test_a_source_that_repeats_one_file_is_frozen_and_recovers() -> None:
    contract, last = learned()
    contents = [kinds(contract, send(contract, [last + hour * HOUR], content="stuck")) for hour in range(1, 4)]
    after = kinds(contract, send(contract, [last + 4 * HOUR]))

    assert contents == [set(), set(), {FindingKind.FROZEN}]
    assert after == set()


def test_files_that_a_person_drops_again_are_not_frozen() -> None:
    contract, last = learned()
    send(contract, [last + 10 * number for number in range(8)], content="again")

    assert kinds(contract, last + 80) == set()


def describe(contract: Contract, at: float, language: str = "en", fields: frozenset[ArticleField] = USUAL) -> float:
    contract.note(Described("wire", "nitf", language, fields), at)
    return at


def test_a_change_of_language_is_found_with_the_second_article() -> None:
    contract = a_contract()
    for number in range(400):
        describe(contract, MONDAY + number * HOUR)
    last = MONDAY + 400 * HOUR
    first = kinds(contract, describe(contract, last, "fr"))
    second = find(contract, describe(contract, last + HOUR, "fr"))

    assert first == set()
    assert second == {FindingKind.DRIFTING: "language: fr instead of en"}


def test_a_change_that_stays_becomes_usual() -> None:
    contract = a_contract()
    for number in range(400):
        describe(contract, MONDAY + number * HOUR)
    found = [kinds(contract, describe(contract, MONDAY + number * HOUR, "fr")) for number in range(400, 800)]

    assert {FindingKind.DRIFTING} in found
    assert found[-1] == set()


def test_a_source_of_two_languages_does_not_drift() -> None:
    contract, random = a_contract(), Random(7)
    found = set()
    for number in range(1_500):
        at = MONDAY + number * HOUR
        french = number % 24 < 12
        found |= kinds(contract, describe(contract, at, "fr" if french == (random.random() < 0.9) else "en"))

    assert found == set()


def test_a_field_that_is_missing_and_an_undeclared_language_are_found() -> None:
    contract = a_contract()
    for number in range(400):
        describe(contract, MONDAY + number * HOUR)
    for number in range(400, 403):
        last = describe(contract, MONDAY + number * HOUR, fields=USUAL - {ArticleField.DATELINE})
    assert find(contract, last) == {FindingKind.DRIFTING: "dateline: absent instead of present"}

    fresh = a_contract()
    send(fresh, [MONDAY], expects=Expectations(languages=("de",), fields=(ArticleField.URL,)))
    for number in range(3):
        last = describe(fresh, MONDAY + number * HOUR)
    assert find(fresh, last) == {FindingKind.DRIFTING: "language: en; url: absent"}


def test_sizes_beyond_the_declared_ones_are_found() -> None:
    contract = a_contract()
    expects = Expectations(smallest_bytes=500)
    last = send(contract, [MONDAY + each * HOUR for each in range(1, 4)], size=40, expects=expects)

    assert find(contract, last) == {FindingKind.DRIFTING: "size: too small"}


def number(contract: Contract, at: float, count: int, width: int = 4) -> None:
    contract.note(Settled("wire", False, False, (Numbered("service ap", count, width),)), at)  # noqa: FBT003


def test_missing_items_are_named_and_a_late_one_closes_its_gap() -> None:
    contract = a_contract()
    for count in range(380, 412):
        number(contract, MONDAY + count, count)
    number(contract, MONDAY + 500, 416)
    at_once, later = find(contract, MONDAY + 510), find(contract, MONDAY + 700)
    for count in (413, 412, 415):
        number(contract, MONDAY + 720, count)
    rest = find(contract, MONDAY + 730)
    number(contract, MONDAY + 740, 414)

    assert at_once == {}
    assert later == {FindingKind.GAP: "4 items are missing between 0411 and 0416"}
    assert rest == {FindingKind.GAP: "1 item is missing between 0413 and 0415"}
    assert find(contract, MONDAY + 800) == {}


def test_a_missing_item_is_given_up_after_a_day() -> None:
    contract = a_contract()
    for count in [*range(40), 41]:
        number(contract, MONDAY + count, count)

    assert kinds(contract, MONDAY + 5 * HOUR) == {FindingKind.GAP}
    assert kinds(contract, MONDAY + 25 * HOUR) == set()


def test_the_failed_and_copied_files_of_two_weeks_are_counted() -> None:
    contract = a_contract()
    send(contract, [MONDAY + each * DAY for each in range(20)])
    for failed, copy in ((True, False), (False, True), (False, False)):
        contract.note(Settled("wire", failed, copy), MONDAY + 19 * DAY)

    assert contract.days.totals(int(MONDAY // DAY) + 19) == (14, 1, 1)


def test_a_record_has_a_limited_length_and_says_the_same() -> None:
    contract, random = a_contract(), Random(1)
    send(contract, hourly(5))
    at = MONDAY + 40 * DAY
    for count in range(3_000):
        at += random.uniform(1, 600)
        gap = 2 if count % 40 == 0 else 1
        for series in range(6):
            numbered = Numbered(f"{series} {'n' * 46}", count * gap % 10_000, 4)
            contract.note(Settled("wire", random.random() < 0.1, False, (numbered,)), at)  # noqa: FBT003
        fields = frozenset(each for each in ArticleField if random.random() < 0.5)
        contract.note(Described("wire", f"format {count % 30}", f"l{count % 12}", fields), at)
        send(contract, [at], size=2 ** random.randrange(1, 30), content=f"{random.randrange(2**32):08x}")
    record = pack_contract(contract)
    again = unpack_contract("wire", record)

    assert len(record) < 6_000
    assert find(again, at + DAY) == find(contract, at + DAY)
    assert pack_contract(again) == record


@pytest.mark.parametrize("at", [MONDAY - DAY, MONDAY])
def test_a_sighting_of_an_earlier_time_does_no_harm(at: float) -> None:
    contract = a_contract()
    send(contract, [MONDAY + DAY, at])

    assert contract.seen_at == MONDAY + DAY
