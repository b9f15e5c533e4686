"""The way of a file, from the drop into the inbox to the tagged article, through real processes."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from copytaster.model.article import RelationKind
from copytaster.model.disposition import Disposition
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import Waiter
    from tests.integration.conftest import Story, Tree

TREE_SETTINGS = {"BATCH_SIZE": "1"}  # files that arrive together are worked on together, not in one batch

SECONDS = 30.0


def test_a_dropped_file_is_stored_and_tagged(running: Tree, wait: Waiter) -> None:
    text = (
        "Ferry crews vote to strike\n\nROTTERDAM - Ferry crews in Rotterdam voted on Monday to strike for higher wages,"
        " their union said.\n\nAngela Brandt, who leads the union, told reporters that 900 workers would stay at home"
        " until the employers made a better offer.\n"
    )

    running.drop("strike.txt", text)
    delivery = running.end_of("strike.txt")
    article = running.article_of(delivery)
    wait(lambda: running.article_of(delivery).tagged, seconds=SECONDS)

    tagged = running.article_of(delivery)
    assert delivery.disposition is Disposition.STORED
    assert article.title == "Ferry crews vote to strike"
    assert tagged.language == "en"
    assert "Angela Brandt" in {each.name for each in tagged.entities or ()}
    assert not (running.settings.inbox / "strike.txt").exists()


def test_the_same_file_twice_is_one_article_and_one_duplicate(running: Tree, story: Story) -> None:
    content = story("same file twice")

    running.drop("first.txt", content)
    first = running.end_of("first.txt")
    running.drop("second.txt", content)
    second = running.end_of("second.txt")

    article = running.article_of(first)
    assert (first.disposition, second.disposition) == (Disposition.STORED, Disposition.DUPLICATE)
    assert second.relation
    assert (second.relation.kind, second.relation.of) == (RelationKind.EXACT, article.id)
    assert [each.delivery_id for each in article.duplicates] == [second.id]


def test_the_same_name_again_with_another_story_is_an_article_of_its_own(
    running: Tree, wait: Waiter, story: Story
) -> None:
    running.drop("daily.txt", story("monday's daily"))
    monday = running.end_of("daily.txt")
    running.drop("daily.txt", story("tuesday's daily"))
    wait(lambda: len(running.deliveries("daily.txt")) == 2, seconds=SECONDS)
    tuesday = running.end_of("daily.txt")

    assert (monday.disposition, tuesday.disposition) == (Disposition.STORED, Disposition.STORED)
    assert monday.article_ids != tuesday.article_ids


def test_an_edited_copy_is_a_near_duplicate_linked_both_ways(running: Tree, story: Story) -> None:
    original = story("the original")
    _, *paragraphs = original.split("\n\n")
    edited = "\n\n".join(["Another desk's headline", *paragraphs[:-1], "Additional reporting by our own staff.\n"])

    running.drop("original.txt", original)
    first = running.end_of("original.txt")
    running.drop("edited.txt", edited)
    second = running.end_of("edited.txt")

    kept, copy = running.article_of(first), running.article_of(second)
    assert second.disposition is Disposition.DUPLICATE
    assert copy.relation
    assert (copy.relation.kind, copy.relation.of) == (RelationKind.NEAR, kept.id)
    assert [(each.kind, each.article_id) for each in kept.duplicates] == [(RelationKind.NEAR, copy.id)]


def test_of_eight_copies_at_the_same_moment_exactly_one_is_stored(running: Tree, story: Story) -> None:
    content = story("eight at once")
    files = [running.outside(f"copy-{number}.txt", content) for number in range(8)]

    for file in files:
        file.rename(running.settings.inbox / file.name)
    ends = [running.end_of(file.name) for file in files]

    stored = [each for each in ends if each.disposition is Disposition.STORED]
    copies = {each.id for each in ends if each.disposition is Disposition.DUPLICATE}
    assert (len(stored), len(copies)) == (1, 7)
    assert {each.delivery_id for each in running.article_of(stored[0]).duplicates} == copies


def test_a_folder_moved_in_whole_is_taken_whole_and_names_the_source(running: Tree, story: Story) -> None:
    for number in range(3):
        running.outside(f"agency-{number}.txt", story(f"agency {number}"))
    folder = running.folder / "agency"
    (folder / "sport").mkdir(parents=True)
    for number, place in enumerate((folder, folder, folder / "sport")):
        (running.folder / "outside" / f"agency-{number}.txt").rename(place / f"agency-{number}.txt")

    folder.rename(running.settings.inbox / "agency")
    ends = [running.end_of(f"agency-{number}.txt") for number in range(3)]

    assert [each.disposition for each in ends] == [Disposition.STORED] * 3
    assert [each.path for each in ends] == ["agency/agency-0.txt", "agency/agency-1.txt", "agency/sport/agency-2.txt"]
    assert {running.article_of(each).source for each in ends} == {"agency"}


@pytest.mark.parametrize("mtime", [0.0, 4_000_000_000.0], ids=["1970", "2096"])
def test_a_file_with_a_strange_time_is_taken_all_the_same(running: Tree, story: Story, mtime: float) -> None:
    name = f"time-{mtime:.0f}.txt"
    file = running.outside(name, story(name))
    os.utime(file, (mtime, mtime))

    file.rename(running.settings.inbox / name)
    delivery = running.end_of(name)

    assert delivery.disposition is Disposition.STORED


def test_an_unfinished_name_is_left_alone_until_it_is_renamed(running: Tree, story: Story) -> None:
    running.drop("late.txt.part", story("late"))
    running.drop("witness.txt", story("witness"))

    running.end_of("witness.txt")
    unfinished = running.settings.inbox / "late.txt.part"
    assert unfinished.exists()
    unfinished.rename(running.settings.inbox / "late.txt")
    delivery = running.end_of("late.txt")

    assert delivery.disposition is Disposition.STORED
    assert running.deliveries("late.txt.part") == []


def test_files_that_were_there_before_the_start_are_taken(tree: Tree, wait: Waiter, story: Story) -> None:
    tree.drop("early.txt", story("early"))
    tree.drop("desk/early-too.txt", story("early too"))

    tree.start(Part.WATCHER)
    wait(lambda: tree.store.ledger.balance().seen == 2, seconds=SECONDS)

    assert len(tree.deliveries("early.txt")) == len(tree.deliveries("early-too.txt")) == 1


def test_a_file_that_grows_slowly_is_not_taken_before_its_end(tree: Tree, wait: Waiter, story: Story) -> None:
    tree.environ["COPYTASTER_SETTLE_SECONDS"] = "1"
    tree.start(Part.WATCHER)
    pieces = [story(f"piece {number}", paragraphs=1).encode() for number in range(15)]

    with (tree.settings.inbox / "growing.txt").open("ab", buffering=0) as file:
        for piece in pieces:
            file.write(piece)
            time.sleep(0.15)  # the pace of a slow writer: 2 s in all, twice the time that a quiet file must wait
            assert tree.deliveries("growing.txt") == []
    wait(lambda: tree.deliveries("growing.txt"), seconds=SECONDS)

    assert [each.size for each in tree.deliveries("growing.txt")] == [sum(map(len, pieces))]
