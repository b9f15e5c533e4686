from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.check_position import (
    CheckPosition,
    CheckPositions,
    FilesystemCheckPositions,
    MemoryCheckPositions,
)
from copytaster.archive.damage import Damage, DamageKind, Damages, FilesystemDamages, MemoryDamages, UnknownDamageError
from copytaster.errors import TransientError
from tests.factories import START


@pytest.fixture(params=[None, "file://{}/an archive", "memory://{}/archive", "s3"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str | None:
    if request.param == "s3":
        return str(request.getfixturevalue("bucket"))
    return request.param.format(tmp_path) if request.param else None


@pytest.fixture
def damages(address: str | None) -> Damages:
    return FilesystemDamages(address) if address else MemoryDamages()


@pytest.fixture
def positions(address: str | None) -> CheckPositions:
    return FilesystemCheckPositions(address, "command") if address else MemoryCheckPositions()


def a_damage(place: str = "ab" * 32, *, found: str = "cd" * 32, minutes: int = 0) -> Damage:
    return Damage(
        kind=DamageKind.ORIGINAL_DAMAGED,
        place=place,
        found=found,
        message=f"the original {place} has changed",
        found_at=START + timedelta(minutes=minutes),
    )


def test_a_new_archive_has_no_damage(damages: Damages) -> None:
    assert damages.open() == []


def test_damage_stays_open_and_is_recorded_once(damages: Damages) -> None:
    first = damages.record(a_damage())

    assert (first, damages.record(a_damage(minutes=5))) == (True, False)
    assert damages.open() == [a_damage()]


def test_damage_is_listed_oldest_first(damages: Damages) -> None:
    for place, minutes in (("b", 2), ("a", 3), ("c", 1)):
        damages.record(a_damage(place, minutes=minutes))

    assert [each.place for each in damages.open()] == ["c", "b", "a"]


def test_a_resolved_state_is_not_reported_again_and_another_state_is(damages: Damages) -> None:
    damages.record(a_damage())

    closed = damages.resolve(a_damage().id, by="cli", why="the sender has no copy", at=START)

    assert (closed.closed_by, closed.why_closed, closed.closed_at) == ("cli", "the sender has no copy", START)
    assert damages.open() == []
    assert not damages.record(a_damage(minutes=5))
    assert damages.record(a_damage(found="ef" * 32))
    assert [each.found for each in damages.open()] == ["ef" * 32]


def test_a_repaired_state_is_reported_again_if_it_returns(damages: Damages) -> None:
    damages.record(a_damage())
    damages.repair(a_damage().id, why="a check did not find it again", at=START)

    assert damages.open() == []
    assert damages.record(a_damage(minutes=5))


@pytest.mark.parametrize("damage_id", ["0" * 12, "../check/command", ""])
def test_an_unknown_damage_cannot_be_closed(damages: Damages, damage_id: str) -> None:
    with pytest.raises(UnknownDamageError):
        damages.resolve(damage_id, by="cli", why="wrong id", at=START)
    with pytest.raises(UnknownDamageError):
        damages.repair(damage_id, why="wrong id", at=START)


def test_another_process_sees_what_was_recorded_and_closed(tmp_path: Path) -> None:
    one, other = (FilesystemDamages(f"file://{tmp_path}") for _ in range(2))
    one.record(a_damage())

    seen = other.open()
    one.resolve(a_damage().id, by="cli", why="known", at=START)

    assert seen == [a_damage()]
    assert other.open() == []


def test_an_unreadable_record_does_not_hide_the_others(tmp_path: Path) -> None:
    damages = FilesystemDamages(f"file://{tmp_path}")
    damages.record(a_damage())
    (tmp_path / "damage" / "0123456789ab.json").write_text('{"kind"')

    assert damages.open() == [a_damage()]


def test_a_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "damage").write_text("a file in the way")

    with pytest.raises(TransientError, match="damage/"):
        FilesystemDamages(f"file://{tmp_path}").record(a_damage())


def test_the_last_position_and_the_counts_are_read_back(positions: CheckPositions) -> None:
    position = CheckPosition(started_at=START, updated_at=START, by="cli@one:1", next=7, originals=3)
    before = (positions.load(), positions.counts())

    positions.save(position)
    positions.save(position.model_copy(update={"next": 8}))
    positions.save_counts({"2026/01/01": 4})

    assert before == (None, {})
    assert positions.load() == position.model_copy(update={"next": 8})
    assert positions.counts() == {"2026/01/01": 4}


def test_a_damaged_position_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "check").mkdir()
    for name in ("command", "days"):
        (tmp_path / "check" / f"{name}.json").write_text('{"next"')
    positions = FilesystemCheckPositions(f"file://{tmp_path}", "command")

    assert (positions.load(), positions.counts()) == (None, {})
