"""What a writer writes after the claim is taken in as well."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.clock import ManualClock
from copytaster.intake.claim import Claim
from copytaster.intake.released_files import CHECK_INTERVAL, ReleasedFiles
from copytaster.intake.rename_claims import RenameClaims
from tests.factories import delivery_id

D1, D2 = delivery_id(1), delivery_id(2)
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


def after(claims: RenameClaims, clock: ManualClock, time: timedelta) -> int:
    clock.advance(seconds=time.total_seconds())
    return claims.return_changed()


def test_an_unchanged_file_is_deleted_when_its_time_is_over(
    claims: RenameClaims, staging: Path, inbox: Path, clock: ManualClock
) -> None:
    claims.release(claimed(claims))

    kept = [after(claims, clock, time) for time in (timedelta(0), KEEP - CHECK_INTERVAL)], len(list(staging.iterdir()))
    returned = after(claims, clock, CHECK_INTERVAL)

    assert kept == ([0, 0], 1)
    assert (returned, list(staging.iterdir()), list((inbox / "wire").iterdir())) == (0, [], [])
    assert not claims.is_claimed(D1)
    assert list(claims.pending()) == []


def test_a_file_that_is_written_after_its_release_returns_with_all_its_bytes(
    claims: RenameClaims, staging: Path, inbox: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        writer.write(" and more")
        writer.flush()

        returned = after(claims, clock, KEEP)
        writer.write(" and the end")

    assert returned == 1
    assert (inbox / "wire" / "story.txt").read_text() == "story and more and the end"
    assert list(staging.iterdir()) == []


def test_a_file_that_is_rewritten_with_the_same_size_returns(
    claims: RenameClaims, inbox: Path, clock: ManualClock
) -> None:
    os.link(inbox / "wire" / "story.txt", own_name := inbox.parent / "own-name.txt")
    os.utime(own_name, ns=(0, 0))
    claims.release(claimed(claims))
    own_name.write_text("STORY")

    assert after(claims, clock, KEEP) == 1
    assert (inbox / "wire" / "story.txt").read_text() == "STORY"


def test_a_file_that_changes_before_its_release_returns_at_once(claims: RenameClaims, inbox: Path) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claim = claimed(claims)
        writer.write(" and more")
    claims.release(claim)

    assert (inbox / "wire" / "story.txt").read_text() == "story and more"


def test_a_file_is_kept_as_long_as_its_writer_has_it_open(
    claims: RenameClaims, staging: Path, inbox: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        kept = after(claims, clock, 10 * KEEP), len(list(staging.iterdir()))
        writer.write(" and more")

    assert kept == (0, 1)
    assert after(claims, clock, CHECK_INTERVAL) == 1
    assert (inbox / "wire" / "story.txt").read_text() == "story and more"


def test_a_file_waits_while_its_name_is_in_use(
    claims: RenameClaims, inbox: Path, staging: Path, clock: ManualClock
) -> None:
    file = inbox / "wire" / "story.txt"
    with file.open("a") as writer:
        claims.release(claimed(claims))
        writer.write(" and more")
    file.write_text("another story")

    waiting = after(claims, clock, KEEP), file.read_text(), len(list(staging.iterdir()))
    file.unlink()

    assert waiting == (0, "another story", 1)
    assert after(claims, clock, CHECK_INTERVAL) == 1
    assert file.read_text() == "story and more"


def test_the_sidecar_returns_with_its_file(claims: RenameClaims, inbox: Path, clock: ManualClock) -> None:
    sidecar = inbox / "wire" / "story.txt.meta.json"
    sidecar.write_text(json.dumps({"title": "Story"}))
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        gone = not sidecar.exists()
        writer.write(" and more")

    assert gone
    assert after(claims, clock, KEEP) == 1
    assert json.loads(sidecar.read_text()) == {"title": "Story"}
    assert sorted(each.name for each in (inbox / "wire").iterdir()) == ["story.txt", "story.txt.meta.json"]


def test_another_watcher_returns_the_files_of_a_dead_one(
    claims: RenameClaims, inbox: Path, staging: Path, clock: ManualClock
) -> None:
    with (inbox / "wire" / "story.txt").open("a") as writer:
        claims.release(claimed(claims))
        writer.write(" and more")
    clock.advance(seconds=KEEP.total_seconds())

    assert ReleasedFiles(inbox, [staging], clock, keep=KEEP).return_changed() == 1
    assert (inbox / "wire" / "story.txt").exists()


def test_a_file_that_was_not_read_yet_returns_without_a_wait(claims: RenameClaims, inbox: Path) -> None:
    claims.put_back(claimed(claims))

    assert (inbox / "wire" / "story.txt").read_text() == "story"
    assert list(claims.pending()) == []


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
        returned = after(claims, clock, KEEP)
    finally:
        claims.close()
        elsewhere.rmdir()

    assert (returned, (inbox / "wire" / "story.txt").read_text()) == (1, "story and more")
