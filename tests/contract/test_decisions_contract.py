from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import fsspec
import pytest

from copytaster.archive.checksums import seal
from copytaster.archive.damage import DamageKind, FilesystemDamages
from copytaster.archive.decisions import (
    Decision,
    Decisions,
    FilesystemDecisions,
    MemoryDecisions,
    deletion_decision,
)
from copytaster.archive.stored_files import StoredFiles
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.model.deletion import Deletion
from copytaster.model.pin import Pin
from copytaster.model.release import Release
from copytaster.model.story_decision import StoryDecision, StoryDecisionKind, Undoing, new_decision_id
from tests.factories import START


@pytest.fixture(params=["memory", "folder", "fsspec", "s3"])
def decisions(request: pytest.FixtureRequest, tmp_path: Path) -> Decisions:
    if request.param == "memory":
        return MemoryDecisions()
    if request.param == "folder":
        return FilesystemDecisions(f"file://{tmp_path}/archive")
    if request.param == "s3":
        return FilesystemDecisions(request.getfixturevalue("bucket"))
    return FilesystemDecisions(f"memory://{tmp_path.name}/archive")


def a_decision(number: int, *, hour: int = 0) -> Decision:
    return Decision(article_id=ArticleId(f"a{number}"), at=START + timedelta(hours=hour), by="cli")


def a_pin(number: int, *, hour: int = 0) -> Decision:
    at = START + timedelta(hours=hour)
    return Decision(article_id=ArticleId(f"a{number}"), at=at, by="Anna", pin=Pin(at=at, by="Anna"), files=("ab" * 32,))


def a_merge(number: int, *, of: str = "s2", into: str = "s1") -> StoryDecision:
    return StoryDecision(
        id=f"merge-stories-{number}",
        kind=StoryDecisionKind.MERGE,
        at=START + timedelta(hours=number),
        by="Anna",
        reason="one quake",
        story_id=of,
        into=into,
        articles=(ArticleId(f"a{of[1:]}"), ArticleId("a9")),
    )


def test_a_new_archive_has_no_decisions(decisions: Decisions) -> None:
    assert decisions.all() == []
    assert decisions.about_stories() == []
    assert decisions.about_story("s1") == []


def test_decisions_are_read_back_oldest_first(decisions: Decisions) -> None:
    for each in (a_decision(1, hour=2), a_decision(2, hour=1)):
        decisions.record(each)

    assert decisions.all() == [a_decision(2, hour=1), a_decision(1, hour=2)]


def test_of_two_decisions_about_one_article_the_last_counts(decisions: Decisions) -> None:
    decisions.record(a_decision(1))
    decisions.record(a_decision(1, hour=3))

    assert decisions.all() == [a_decision(1, hour=3)]


def test_a_release_and_an_acceptance_of_one_article_are_two_decisions(decisions: Decisions) -> None:
    release = Release(at=START, by="Anna", reason="it was lifted", decided_at=START)
    released = Decision(article_id=ArticleId("a1"), at=START, by="Anna", origin="the first", release=release)
    undone = Decision(
        article_id=ArticleId("a1"), at=START, by="Ben", origin="the first", release=Release(by="Ben", decided_at=START)
    )
    decisions.record(a_decision(1, hour=1))
    decisions.record(released)
    both = decisions.all()
    decisions.record(undone)

    assert both == [released, a_decision(1, hour=1)]
    assert decisions.all() == [undone, a_decision(1, hour=1)]


def test_of_pins_those_are_read_that_hold(decisions: Decisions) -> None:
    pins = [a_pin(number, hour=5 - number) for number in (1, 2, 3)]
    undone = Decision(article_id=ArticleId("a2"), at=START, by="Ben", pin=Pin(by="Ben"))
    deletion = deletion_decision(Deletion(article_id=ArticleId("a3"), at=START, by="legal desk"))
    for each in (*pins, undone, deletion, a_decision(4)):
        decisions.record(each)

    assert decisions.pins() == [pins[0]]
    assert decisions.deletions() == [deletion]
    assert decisions.pins() == [pins[0]]


def test_a_pin_that_another_process_writes_or_undoes_is_seen(tmp_path: Path, bucket: str) -> None:
    for address in (f"file://{tmp_path}", bucket):
        decisions, other = FilesystemDecisions(address), FilesystemDecisions(address)
        other.record(first := a_pin(1))
        settle(tmp_path)
        before = decisions.pins()

        other.record(second := a_pin(2, hour=1))
        other.record(Decision(article_id=ArticleId("a1"), at=START, by="Ben", pin=Pin(by="Ben")))

        assert (before, decisions.pins()) == ([first], [second])


def test_pins_that_were_not_written_again_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decisions, reads, read = FilesystemDecisions(f"file://{tmp_path}"), list[str](), StoredFiles.read

    def counted(self: StoredFiles, path: str) -> bytes | None:
        reads.append(path)
        return read(self, path)

    monkeypatch.setattr(StoredFiles, "read", counted)
    for number in range(3):
        decisions.record(a_pin(number))
        decisions.record(a_decision(number))
    found = decisions.pins()
    assert len(reads) == 3, "a file that was just written may be written again at the same time"
    settle(tmp_path)
    decisions.pins()
    reads.clear()

    decisions.record(a_pin(1, hour=1))

    assert [each.article_id for each in decisions.pins()] == ["a0", "a2", "a1"]
    assert reads == ["decisions/a1.pin.json"]
    assert len(found) == 3


def settle(archive: Path) -> None:
    """Let the files look as if they were written some time ago."""
    for each in archive.glob("decisions/*.json"):
        os.utime(each, (each.stat().st_mtime - 3600,) * 2)


def test_a_file_that_a_crash_left_incomplete_is_not_a_decision(tmp_path: Path) -> None:
    decisions = FilesystemDecisions(f"file://{tmp_path}")
    decisions.record(a_decision(1))
    (tmp_path / "decisions" / "a2.new").write_bytes(b'{"article')

    assert decisions.all() == [a_decision(1)]


def test_a_hidden_file_that_another_program_has_left_is_neither_a_decision_nor_damage(tmp_path: Path) -> None:
    decisions = FilesystemDecisions(f"file://{tmp_path}")
    decisions.record(a_decision(1))
    (tmp_path / "decisions" / "._a1.json").write_bytes(b"\0\5\x16\7")

    assert decisions.all() == [a_decision(1)]
    assert decisions.damaged() == FilesystemDamages(f"file://{tmp_path}").open() == []


@pytest.mark.parametrize("address", ["file://{}", "memory://{}"])
def test_a_damaged_decision_is_recorded_and_does_not_hide_the_others(tmp_path: Path, address: str) -> None:
    where = address.format(tmp_path)
    decisions = FilesystemDecisions(where)
    for number in (1, 2):
        decisions.record(a_decision(number))
    filesystem, root = fsspec.core.url_to_fs(where)
    content = filesystem.cat_file(f"{root}/decisions/a1.json")
    filesystem.pipe_file(f"{root}/decisions/a1.json", content.replace(b'"cli"', b'"clj"'))

    assert decisions.all() == [a_decision(2)]
    (damage,) = FilesystemDamages(where).open()
    assert (damage.kind, damage.place) == (DamageKind.DECISION, "decisions/a1.json")


def test_a_deletion_is_read_back_beside_other_decisions(decisions: Decisions) -> None:
    deletion = Deletion(article_id=ArticleId("a1"), at=START, by="legal desk", reason="takedown")
    decisions.record(a_decision(1, hour=1))
    decisions.record(deletion_decision(deletion))

    assert decisions.all() == [deletion_decision(deletion), a_decision(1, hour=1)]
    assert decisions.deletion(ArticleId("a1")) == deletion_decision(deletion)
    assert decisions.deletion(ArticleId("a2")) is None
    assert decisions.damaged() == []


@pytest.mark.parametrize("address", ["file://{}", "memory://{}"])
def test_a_damaged_deletion_is_recorded_and_still_names_its_article(tmp_path: Path, address: str) -> None:
    where = address.format(tmp_path)
    decisions = FilesystemDecisions(where)
    decisions.record(deletion_decision(Deletion(article_id=ArticleId("a1"), at=START, by="legal desk")))
    filesystem, root = fsspec.core.url_to_fs(where)
    filesystem.pipe_file(f"{root}/decisions/a1.delete.json", b"{")

    (found,) = decisions.all()
    assert found.deletion
    assert (found.article_id, found.deletion.article_id, found.deletion.by) == ("a1", "a1", "unknown")
    (damage,) = FilesystemDamages(where).open()
    assert (damage.kind, damage.place) == (DamageKind.DECISION, "decisions/a1.delete.json")
    assert "run `copytaster delete` again" in damage.message
    assert decisions.damaged()[0].id == damage.id
    assert decisions.deletion(ArticleId("a1")) is None


@pytest.mark.parametrize(
    ("name", "effect"), [("a1.json", "cannot be used"), ("a1.delete.json", "still deletes its article")]
)
def test_a_decision_of_a_newer_release_is_named_as_such_and_nobody_is_told_to_remove_it(
    tmp_path: Path, name: str, effect: str
) -> None:
    decisions = FilesystemDecisions(f"file://{tmp_path}")
    decisions.record(a_decision(2))
    content = a_decision(1).model_dump_json(exclude_none=True)[:-1] + ',"of_the_future":1}'
    (tmp_path / "decisions" / name).write_bytes(seal(content.encode()))

    (damage,) = decisions.damaged()

    assert damage.message == (
        f"a newer release wrote the decision in decisions/{name}, and in this one it {effect}: install that release"
    )


def test_a_decision_without_a_checksum_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "decisions").mkdir()
    (tmp_path / "decisions" / "a1.json").write_text(a_decision(1).model_dump_json())

    assert FilesystemDecisions(f"file://{tmp_path}").all() == [a_decision(1)]


def test_a_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "decisions").write_text("a file in the way")

    with pytest.raises(TransientError, match=r"cannot write decisions/a1\.json in the archive"):
        FilesystemDecisions(f"file://{tmp_path}").record(a_decision(1))


def test_decisions_about_stories_are_read_back_oldest_first_and_apart_from_others(decisions: Decisions) -> None:
    for each in (a_merge(2), a_merge(1, of="s3")):
        decisions.record_story(each)
    decisions.record(a_decision(1))

    assert decisions.about_stories() == [a_merge(1, of="s3"), a_merge(2)]
    assert decisions.all() == [a_decision(1)]


def test_a_decision_is_found_by_each_story_that_it_changed(decisions: Decisions) -> None:
    decisions.record_story(a_merge(1))
    decisions.record_story(a_merge(2, of="s4", into="s5"))
    headline = StoryDecision(
        id="pin-headline-3",
        kind=StoryDecisionKind.HEADLINE,
        at=START + timedelta(hours=3),
        by="Ben",
        story_id="s1",
        headline="Ferry burns",
    )
    decisions.record_story(headline)

    assert decisions.about_story("s1") == [a_merge(1), headline]
    assert decisions.about_story("s2") == [a_merge(1)]
    assert decisions.about_story("s5") == [a_merge(2, of="s4", into="s5")]
    assert decisions.about_story("s6") == []


def test_an_undone_decision_replaces_the_one_that_was_made(decisions: Decisions) -> None:
    undone = a_merge(1).model_copy(update={"undone": Undoing(at=START + timedelta(hours=5), by="Ben")})
    decisions.record_story(a_merge(1))
    decisions.record_story(undone)

    assert decisions.about_stories() == [undone]
    assert decisions.about_story("s2") == [undone]


def test_ids_of_decisions_sort_by_time_and_are_unique() -> None:
    made = [new_decision_id(StoryDecisionKind.MOVE, START + timedelta(hours=hour)) for hour in (0, 0, 1)]

    assert len({*made}) == 3
    assert made[2] == max(made)
    assert all(each.startswith("move-article-") for each in made)


@pytest.mark.parametrize("address", ["file://{}", "memory://{}"])
def test_a_damaged_decision_about_a_story_is_recorded_and_does_not_hide_the_others(
    tmp_path: Path, address: str
) -> None:
    where = address.format(tmp_path)
    decisions = FilesystemDecisions(where)
    for number in (1, 2):
        decisions.record_story(a_merge(number))
    filesystem, root = fsspec.core.url_to_fs(where)
    content = filesystem.cat_file(f"{root}/decisions/stories/merge-stories-1.json")
    filesystem.pipe_file(
        f"{root}/decisions/stories/merge-stories-1.json", content.replace(b'"into":"s1"', b'"into":"s7"')
    )

    assert decisions.about_stories() == [a_merge(2)]
    (damage,) = FilesystemDamages(where).open()
    assert (damage.kind, damage.place) == (DamageKind.DECISION, "decisions/stories/merge-stories-1.json")
    assert "decide again with `copytaster stories`" in damage.message
    assert decisions.damaged()[0].id == damage.id


def test_a_decision_that_a_crash_left_unwritten_is_passed_by(tmp_path: Path) -> None:
    decisions = FilesystemDecisions(f"file://{tmp_path}")
    decisions.record_story(a_merge(1))
    (tmp_path / "decisions" / "stories" / "merge-stories-1.json").unlink()

    assert decisions.about_stories() == []
    assert decisions.about_story("s1") == []


@pytest.mark.parametrize("name", ["a" * 5_000, "a1\0"], ids=["too long for a file", "with a NUL"])
def test_an_id_that_no_article_can_have_was_not_deleted(decisions: Decisions, name: str) -> None:
    assert decisions.deletion(ArticleId(name)) is None
