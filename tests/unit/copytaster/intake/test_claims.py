from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from copytaster.intake.claim import Claim
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
    assert not (inbox / ".claims" / "one" / D1).exists()


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
    file = inbox / ".claims" / "one" / D1 / "wire" / "story.txt"
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
