from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copytaster.intake.claim import Claim
from copytaster.intake.claim_names import in_folder
from copytaster.intake.owner_locks import LOCKS
from copytaster.intake.rename_claims import RenameClaims
from copytaster.model.file_state import state_of
from tests.factories import delivery_id

D1, D2 = delivery_id(1), delivery_id(2)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    inbox = tmp_path / "inbox"
    (inbox / "wire").mkdir(parents=True)
    (inbox / "wire" / "story.txt").write_text("story")
    return inbox


@pytest.fixture
def claims(inbox: Path) -> Iterator[RenameClaims]:
    claims = RenameClaims(inbox, "one")
    yield claims
    claims.close()


def names_of_claims(inbox: Path, owner: str = "one") -> list[str]:
    """Return the names of the claims of an owner, without its lock."""
    return [each.name for each in (inbox / ".claims" / owner).iterdir() if each.name not in LOCKS]


def test_a_taken_file_is_gone_from_the_inbox_and_on_the_to_do_list(claims: RenameClaims, inbox: Path) -> None:
    claim = claims.take("wire/story.txt", D1)

    assert claim
    assert (claim.path, claim.delivery_id, claim.file.read_text()) == ("wire/story.txt", D1, "story")
    assert not (inbox / "wire" / "story.txt").exists()
    assert list(claims.pending()) == [claim]


def test_of_two_owners_one_gets_the_file(claims: RenameClaims, inbox: Path) -> None:
    other = RenameClaims(inbox, "two")

    first, second = claims.take("wire/story.txt", D1), other.take("wire/story.txt", D2)

    assert first
    assert second is None
    assert list(other.pending()) == []
    other.close()


def test_a_released_claim_is_off_the_list(claims: RenameClaims) -> None:
    claim = claims.take("wire/story.txt", D1)
    assert claim

    claims.release(claim)

    assert list(claims.pending()) == []
    assert not claim.file.exists()


def test_a_claim_whose_file_has_moved_on_is_forgotten(claims: RenameClaims, inbox: Path) -> None:
    claim = claims.take("wire/story.txt", D1)
    assert claim

    claim.file.rename(inbox.parent / "elsewhere")

    assert list(claims.pending()) == []
    assert names_of_claims(inbox) == []


def test_a_claim_in_a_folder_whose_file_has_moved_on_is_forgotten(claims: RenameClaims, inbox: Path) -> None:
    (inbox / "wire" / "story.txt.meta.json").write_text("{}")
    claim = claims.take("wire/story.txt", D1)
    assert claim

    claim.file.rename(inbox.parent / "elsewhere")

    assert list(claims.pending()) == []
    assert names_of_claims(inbox) == []


def test_what_was_pending_is_pending_after_a_restart_oldest_first(inbox: Path) -> None:
    (inbox / "b.txt").write_text("b")
    before = RenameClaims(inbox, "one")
    taken = [before.take("b.txt", D1), before.take("wire/story.txt", D2)]
    before.close()

    after = RenameClaims(inbox, "one")

    assert list(after.pending()) == taken
    after.close()


def test_links_and_undecodable_names_are_claimed_like_any_other(claims: RenameClaims, inbox: Path) -> None:
    strange = os.fsdecode(b"caf\xe9\n.txt")
    (inbox / strange).write_text("strange")
    (inbox / "dangling").symlink_to("nowhere")

    taken = [claims.take(strange, D1), claims.take("dangling", D2)]

    assert list(claims.pending()) == taken
    assert [each.path for each in taken if each] == [strange, "dangling"]


def test_a_file_that_cannot_be_renamed_says_so(claims: RenameClaims) -> None:
    with pytest.raises(OSError, match="Not a directory"):
        claims.take("wire/story.txt/deeper.txt", D1)

    assert list(claims.pending()) == []


def test_a_copy_leaves_the_file_where_it_is(claims: RenameClaims, tmp_path: Path) -> None:
    file = tmp_path / "elsewhere.txt"
    file.write_text("story")

    claim = claims.copy_in(file, "wire/other.txt", D1)

    assert claim.file.read_text() == file.read_text() == "story"
    assert list(claims.pending()) == [claim]


def test_a_copy_that_was_interrupted_is_no_claim(claims: RenameClaims, inbox: Path) -> None:
    """Half a file must not become half an article; the whole one still lies where it came from."""
    folder = inbox / ".claims" / "one" / D1
    (folder / "wire").mkdir(parents=True)
    (folder / ".incoming").write_text("half a st")

    assert list(claims.pending()) == []
    assert not folder.exists()


def test_the_claims_of_the_living_are_left_alone(claims: RenameClaims, inbox: Path) -> None:
    claim = claims.take("wire/story.txt", D1)
    other = RenameClaims(inbox, "two")

    assert other.take_over() == 0
    assert list(claims.pending()) == [claim]
    other.close()


OWNER = """
import pathlib, sys, time
from copytaster.intake.rename_claims import RenameClaims
from copytaster.model.file_state import state_of
claims = RenameClaims(pathlib.Path(sys.argv[1]), "dead")
claims.take("wire/story.txt", sys.argv[2])
print("taken", flush=True)
time.sleep(60)
"""


def test_the_claims_of_an_owner_that_was_killed_are_taken_over_whole(claims: RenameClaims, inbox: Path) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(inbox), D1], stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout
        owner.stdout.readline()
        while_alive = claims.take_over()
        owner.send_signal(signal.SIGKILL)

    once, twice = claims.take_over(), claims.take_over()

    assert (while_alive, once, twice) == (0, 1, 0)
    file = inbox / ".claims" / "one" / f"{D1}~wire%2Fstory.txt"
    assert list(claims.pending()) == [Claim(file, "wire/story.txt", D1, state=state_of(file.lstat()))]
    assert file.read_text() == "story"
    assert not (inbox / ".claims" / "dead").exists()


def test_closing_without_claims_leaves_no_folder(inbox: Path) -> None:
    RenameClaims(inbox, "two").close()

    assert list((inbox / ".claims").iterdir()) == []


def test_closing_with_claims_leaves_them_to_others(claims: RenameClaims, inbox: Path) -> None:
    other = RenameClaims(inbox, "two")
    other.take("wire/story.txt", D1)

    other.close()

    assert claims.take_over() == 1


@pytest.mark.parametrize("path", ["wire/%2F/100%.txt", "a~b/c~.txt", "~", "wire/%7E\n.txt", "d-retries-d/x.txt"])
def test_every_path_can_be_read_from_the_name_of_its_claim(claims: RenameClaims, inbox: Path, path: str) -> None:
    (inbox / path).parent.mkdir(parents=True, exist_ok=True)
    (inbox / path).write_text("text")

    claim = claims.take(path, D1)

    assert list(claims.pending()) == [claim]
    assert claim
    assert (claim.path, claim.file.parent, claim.file.read_text()) == (path, inbox / ".claims" / "one", "text")


def test_a_path_that_is_too_long_for_a_name_is_claimed_in_a_folder(claims: RenameClaims, inbox: Path) -> None:
    path = f"{'f' * 200}/{'n' * 200}"
    (inbox / path).parent.mkdir()
    (inbox / path).write_text("text")

    claim = claims.take(path, D1)

    assert claim
    assert (claim.file, list(claims.pending())) == (inbox / ".claims" / "one" / D1 / path, [claim])
    claims.release(claim)
    assert names_of_claims(inbox) == []


def test_claims_of_an_earlier_release_are_taken_over(claims: RenameClaims, inbox: Path) -> None:
    """It had a folder for each, and another name for the lock."""
    dead = inbox / ".claims" / "dead"
    for name, path in ((D1, "wire/one.txt"), (f"{D2}-retries-{D1}", "two.txt")):
        (dead / name / path).parent.mkdir(parents=True)
        (dead / name / path).write_text(path)
    (dead / D1 / ".sidecar").write_text("{}")
    (dead / ".lock").touch()

    count = claims.take_over()

    assert [(each.path, each.delivery_id, each.retry_of) for each in claims.pending()] == [
        ("wire/one.txt", D1, None),
        ("two.txt", D2, D1),
    ]
    assert [each.file.read_text() for each in claims.pending()] == ["wire/one.txt", "two.txt"]
    assert [bool(each.sidecar) for each in claims.pending()] == [True, False]
    assert (count, dead.exists()) == (2, False)


def test_claims_of_an_earlier_release_with_a_living_owner_are_left_alone(claims: RenameClaims, inbox: Path) -> None:
    (inbox / ".claims" / "living" / D1).mkdir(parents=True)
    with (inbox / ".claims" / "living" / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        assert claims.take_over() == 0


def test_an_earlier_release_finds_no_lock_that_it_could_take(inbox: Path) -> None:
    """It would not see the claims that are files, and would delete them with the folder when it ends."""
    (inbox / ".claims" / "one").mkdir(parents=True)
    (inbox / ".claims" / "one" / ".lock").touch()

    claims = RenameClaims(inbox, "one")

    assert not (inbox / ".claims" / "one" / ".lock").exists()
    claims.close()


def test_a_claim_that_gets_a_folder_stays_one_claim(claims: RenameClaims, inbox: Path) -> None:
    """A recovered sidecar needs the folder; the watcher still knows the claim by its first place."""
    claim = claims.take("wire/story.txt", D1)
    assert claim

    moved = in_folder(claim)
    again = in_folder(claim)

    assert moved.file == again.file == inbox / ".claims" / "one" / D1 / "wire" / "story.txt"
    assert list(claims.pending()) == [moved]
    claims.release(claim)
    assert names_of_claims(inbox) == []


def test_claiming_and_releasing_creates_no_folder(claims: RenameClaims, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new folder costs as much as all other steps together."""
    created = list[Path]()
    monkeypatch.setattr(os, "mkdir", lambda path, *_: created.append(path))

    claim = claims.take("wire/story.txt", D1)
    assert claim
    claims.release(claim)

    assert created == []


@pytest.mark.parametrize("sidecar", [False, True])
@pytest.mark.parametrize("removed", ["inbox", "inbox/.claims", "inbox/.claims/one"])
def test_files_are_claimed_and_locked_again_after_the_inbox_or_its_claims_were_removed(
    claims: RenameClaims, inbox: Path, removed: str, sidecar: bool
) -> None:
    shutil.rmtree(inbox.parent / removed)
    (inbox / "wire").mkdir(parents=True, exist_ok=True)
    (inbox / "wire" / "story.txt").write_text("story")
    if sidecar:
        (inbox / "wire" / "story.txt.meta.json").write_text("{}")

    assert claims.take_over() == 0
    claim = claims.take("wire/story.txt", D1)
    other = RenameClaims(inbox, "two")

    assert claim
    assert (claim.file.read_text(), bool(claim.sidecar)) == ("story", sidecar)
    assert list(claims.pending()) == [claim]
    assert other.take_over() == 0
    other.close()


def test_claims_of_the_dead_are_taken_over_although_the_own_folder_was_removed(
    claims: RenameClaims, inbox: Path
) -> None:
    dead = RenameClaims(inbox, "dead")
    dead.take("wire/story.txt", D1)
    dead.close()
    shutil.rmtree(inbox / ".claims" / "one")

    assert claims.take_over() == 1
    assert [each.delivery_id for each in claims.pending()] == [D1]


def test_a_file_is_not_claimed_where_the_folder_of_the_claims_cannot_be_created_again(
    claims: RenameClaims, inbox: Path
) -> None:
    shutil.rmtree(inbox / ".claims")
    (inbox / ".claims").write_text("a file in its place")

    with pytest.raises(OSError, match="claims"):
        claims.take("wire/story.txt", D1)

    assert (inbox / "wire" / "story.txt").read_text() == "story"


@pytest.mark.parametrize("next_owner", ["two", "dead"])
def test_the_sidecar_of_a_claimed_file_is_removed_by_the_next_owner_whatever_its_name(
    inbox: Path, next_owner: str
) -> None:
    sidecar = inbox / "wire" / "story.txt.meta.json"
    sidecar.write_text("{}")
    dead = RenameClaims(inbox, "dead")
    claim = dead.take("wire/story.txt", D1)
    assert claim
    assert claim.sidecar
    os.link(claim.sidecar, sidecar)  # as if the process had died before it removed this
    dead.close()

    after = RenameClaims(inbox, next_owner)
    after.take_over()

    (pending,) = after.pending()
    after.close()
    assert pending.sidecar
    assert not sidecar.exists()
