"""What a writer writes after the claim is taken in as well."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.clock import ManualClock, milliseconds
from copytaster.intake.claim import Claim
from copytaster.intake.released_files import CHECK_INTERVAL, ReleasedFiles
from copytaster.intake.rename_claims import RenameClaims
from copytaster.model.delivery import DeliveryId
from tests.factories import delivery_id

D1 = delivery_id(1)
KEEP = timedelta(minutes=1)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    inbox = tmp_path / "inbox"
    (inbox / "wire").mkdir(parents=True)
    (inbox / "wire" / "story.txt").write_text("story")
    return inbox


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    return tmp_path / "staging" / ".released"


@pytest.fixture
def claims(inbox: Path, staging: Path, clock: ManualClock) -> Iterator[RenameClaims]:
    released = ReleasedFiles(inbox, [staging, inbox / ".claims" / ".released"], clock, keep=KEEP)
    claims = RenameClaims(inbox, "one", released=released)
    yield claims
    claims.close()


def claimed(claims: RenameClaims) -> Claim:
    claim = claims.take("wire/story.txt", D1)
    assert claim
    return claim


def after(claims: RenameClaims, clock: ManualClock, *pauses: timedelta) -> list[int]:
    """Return the number of files that the check after each pause claims."""
    counts = []
    for pause in pauses:
        clock.advance(seconds=pause.total_seconds())
        counts.append(claims.claim_changed())
    return counts


def claimed_again(claims: RenameClaims) -> tuple[str, str, DeliveryId | None]:
    """Return the path and the text of the one pending claim, and the delivery that it continues."""
    (claim,) = claims.pending()
    assert claim.delivery_id != D1
    return claim.path, claim.file.read_text(), claim.continues


def test_an_unchanged_file_is_deleted_when_its_time_is_over(
    claims: RenameClaims, staging: Path, inbox: Path, clock: ManualClock
) -> None:
    claims.release(claimed(claims))

    early = after(claims, clock, timedelta(0), KEEP - CHECK_INTERVAL), len(list(staging.iterdir()))
    late = after(claims, clock, CHECK_INTERVAL), len(list(staging.iterdir()))

    assert (early, late) == (([0, 0], 1), ([0], 0))
    assert list((inbox / "wire").iterdir()) == []
    assert not claims.is_claimed(D1)
    assert list(claims.pending()) == []


def test_a_file_that_is_written_after_its_release_is_claimed_again_once_it_no_longer_changes(
    claims: RenameClaims, staging: Path, inbox: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        writer.write(" and more")
        writer.flush()
        while_open = after(claims, clock, KEEP, CHECK_INTERVAL)
        writer.write(" and the end")

    assert while_open == [0, 0]
    assert after(claims, clock, CHECK_INTERVAL, CHECK_INTERVAL) == [0, 1]
    assert claimed_again(claims) == ("wire/story.txt", "story and more and the end", D1)
    assert list(staging.iterdir()) == []


def test_a_file_that_is_rewritten_with_the_same_size_is_claimed_again(
    claims: RenameClaims, inbox: Path, clock: ManualClock
) -> None:
    os.link(inbox / "wire" / "story.txt", own_name := inbox.parent / "own-name.txt")
    os.utime(own_name, ns=(-1, -1))
    claims.release(claimed(claims))
    own_name.write_text("STORY")

    assert after(claims, clock, KEEP, CHECK_INTERVAL) == [0, 1]
    assert claimed_again(claims)[1] == "STORY"


def test_a_file_that_changes_before_its_release_is_claimed_again(
    claims: RenameClaims, inbox: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claim = claimed(claims)
        writer.write(" and more")
    claims.release(claim)

    assert after(claims, clock, KEEP, CHECK_INTERVAL) == [0, 1]
    assert claimed_again(claims)[1] == "story and more"


def test_a_file_is_kept_as_long_as_its_writer_has_it_open(
    claims: RenameClaims, staging: Path, inbox: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a"):
        claims.release(claimed(claims))
        while_open = after(claims, clock, 10 * KEEP), len(list(staging.iterdir()))

    assert while_open == ([0], 1)
    assert (after(claims, clock, CHECK_INTERVAL), list(staging.iterdir())) == ([0], [])


def test_the_sidecar_stays_with_its_file(claims: RenameClaims, inbox: Path, clock: ManualClock) -> None:
    sidecar = inbox / "wire" / "story.txt.meta.json"
    sidecar.write_text(json.dumps({"title": "Story"}))
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        writer.write(" and more")

    counts = after(claims, clock, KEEP, CHECK_INTERVAL)

    (claim,) = claims.pending()
    assert (counts, sidecar.exists()) == ([0, 1], False)
    assert claim.sidecar
    assert json.loads(claim.sidecar.read_text()) == {"title": "Story"}


def test_another_watcher_claims_the_files_of_a_dead_one(
    claims: RenameClaims, inbox: Path, staging: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        writer.write(" and more")
    other = RenameClaims(inbox, "two", released=ReleasedFiles(inbox, [staging], clock, keep=KEEP))

    assert after(other, clock, KEEP, CHECK_INTERVAL) == [0, 1]
    assert claimed_again(other) == ("wire/story.txt", "story and more", D1)
    other.close()


def test_files_that_an_earlier_release_has_kept_are_claimed_or_removed(
    claims: RenameClaims, staging: Path, clock: ManualClock
) -> None:
    """It kept each in a folder."""
    now = milliseconds(clock.now())
    changed, same = staging / f"{now}_4_0_{D1}" / "wire" / "story.txt", staging / f"{now}_4_5_{D1}" / "same.txt"
    for each in (changed, same):
        each.parent.mkdir(parents=True)
    changed.write_text("story and more")
    same.write_text("same")
    os.utime(same, ns=(5, 5))

    assert after(claims, clock, KEEP, CHECK_INTERVAL) == [0, 1]
    assert claimed_again(claims) == ("wire/story.txt", "story and more", D1)
    assert list(staging.iterdir()) == []


def test_a_clock_that_was_set_back_keeps_no_file_longer(
    claims: RenameClaims, staging: Path, clock: ManualClock
) -> None:
    clock.advance(seconds=86_400)
    claims.release(claimed(claims))

    assert after(claims, clock, timedelta(days=-1)) == [0]
    assert list(staging.iterdir()) == []


def test_a_file_that_was_not_read_returns_without_a_wait(claims: RenameClaims, inbox: Path) -> None:
    sidecar = inbox / "wire" / "story.txt.meta.json"
    sidecar.write_text("{}")

    claims.put_back(claimed(claims))

    assert ((inbox / "wire" / "story.txt").read_text(), sidecar.read_text()) == ("story", "{}")
    assert sorted(each.name for each in (inbox / "wire").iterdir()) == ["story.txt", "story.txt.meta.json"]
    assert list(claims.pending()) == []


def test_without_a_time_for_late_writers_a_file_that_was_not_read_returns_and_the_others_are_deleted(
    inbox: Path, staging: Path, clock: ManualClock, claims: RenameClaims
) -> None:
    claims.release(claimed(claims))
    kept_before = len(list(staging.iterdir()))
    file = inbox / "wire" / "story.txt"
    file.write_text("a second story")
    without = RenameClaims(inbox, "two", released=ReleasedFiles(inbox, [staging], clock, keep=timedelta(0)))

    without.put_back(claimed(without))
    returned = file.read_text()
    without.release(claimed(without))
    after(without, clock, CHECK_INTERVAL)

    without.close()
    assert (kept_before, returned) == (1, "a second story")
    assert (list(staging.iterdir()), list((inbox / "wire").iterdir())) == ([], [])


def test_a_file_returns_when_its_name_is_free(
    claims: RenameClaims, inbox: Path, staging: Path, clock: ManualClock
) -> None:
    file = inbox / "wire" / "story.txt"
    claim = claimed(claims)
    file.write_text("another story")

    claims.put_back(claim)
    while_in_use = after(claims, clock, KEEP), file.read_text(), len(list(staging.iterdir()))
    file.unlink()
    after(claims, clock, CHECK_INTERVAL)

    assert while_in_use == ([0], "another story", 1)
    assert (file.read_text(), list(staging.iterdir())) == ("story", [])


def test_files_on_another_filesystem_are_kept_in_the_inbox(inbox: Path, clock: ManualClock) -> None:
    memory = Path("/dev") / "shm"
    if not memory.is_dir() or memory.stat().st_dev == inbox.stat().st_dev:
        pytest.skip("this machine has no second filesystem")
    elsewhere = memory / f"copytaster-released-{os.getpid()}"
    released = ReleasedFiles(inbox, [elsewhere, inbox / ".claims" / ".released"], clock, keep=KEEP)
    claims = RenameClaims(inbox, "one", released=released)
    try:
        with (inbox / "wire" / "story.txt").open("a") as writer:
            claims.release(claimed(claims))
            writer.write(" and more")
        counts = after(claims, clock, KEEP, CHECK_INTERVAL)
        text = claimed_again(claims)[1]
    finally:
        claims.close()
        elsewhere.rmdir()

    assert (counts, text) == ([0, 1], "story and more")


def test_a_file_that_cannot_be_removed_does_not_keep_the_others(
    claims: RenameClaims, staging: Path, clock: ManualClock
) -> None:
    claims.release(claimed(claims))
    (released,) = staging.iterdir()
    stuck = staging / "stuck"  # a folder cannot be removed as a file
    (stuck / "content").mkdir(parents=True)
    found = stuck.stat()
    stuck = stuck.rename(staging / f"{0:013d}_{found.st_size}_{found.st_mtime_ns}_{D1}~wire%2Fstuck.txt")

    after(claims, clock, KEEP, CHECK_INTERVAL)

    assert not released.exists()
    assert stuck.exists()
