"""A server that restarts empty, or without its last writes, is rebuilt automatically."""

from __future__ import annotations

import contextlib
import io
import json
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from copytaster.archive.journal import StoreMark, journal_entry
from copytaster.bootstrap.archive import open_archive, open_journal
from copytaster.bootstrap.stories import open_story_desk
from copytaster.clock import SystemClock, milliseconds
from copytaster.errors import TransientError
from copytaster.model.article import Article, ArticleId
from copytaster.model.delivery import Delivery, new_delivery_id
from copytaster.model.disposition import Disposition
from copytaster.model.work import Work
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Part
from copytaster.store.ports.stories import StoryId

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

BACK_SECONDS = 30.0
"""What is promised for sixty files."""

END_SECONDS = 120.0
"""Time limit for the work before the fault, whose speed does not matter."""

NEWS = 40
COPIES = 6
ALIKE = 6
REFUSED_AT_THE_DOOR = 4
REFUSED_BY_THE_PARSER = 4
FILES = NEWS + COPIES + ALIKE + REFUSED_AT_THE_DOOR + REFUSED_BY_THE_PARSER


def through(tree: Tree, files: int) -> bool:
    """Say whether so many deliveries have ended and everything is tagged."""
    with contextlib.suppress(TransientError):
        balance = tree.store.ledger.balance()
        return (balance.seen, balance.in_flight) == (files, 0) and not any(map(tree.store.ledger.waiting, Work))
    return False


def rebuilt(tree: Tree, files: int) -> bool:
    """Say whether the server is recorded as complete, so many deliveries have ended and everything is tagged."""
    with contextlib.suppress(TransientError):
        state = tree.store.epoch.read()
        if state.epoch and state.is_complete:
            return open_journal(tree.settings).mark() == StoreMark(state.epoch, state.run) and through(tree, files)
    return False


def drop_all(tree: Tree, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        tree.drop(path, content)


def news(story: Story) -> dict[str, str | bytes]:
    return {f"kestrel/news-{each}.txt": story(f"news {each}") for each in range(NEWS)}


def followers(story: Story) -> dict[str, str | bytes]:
    """Return what comes after the news: copies, near-duplicates, and what is refused."""
    copies = {f"merlin/copy-{each}.txt": story(f"news {each}") for each in range(COPIES)}
    alike = {f"merlin/alike-{each}.txt": story(f"news {10 + each}") + "\nMore to follow.\n" for each in range(ALIKE)}
    empty = {f"merlin/empty-{each}.txt": b"" for each in range(REFUSED_AT_THE_DOOR)}
    noise = {
        f"merlin/noise-{each}.bin": random.Random(each).randbytes(900) + b"\x00\xff" * 50
        for each in range(REFUSED_BY_THE_PARSER)
    }
    return copies | alike | empty | noise


def deliveries(tree: Tree) -> dict[str, dict[str, Any]]:
    """Return the fields of each delivery that a rebuild must restore, by id."""
    found = tree.store.ledger.find(DeliveryQuery(limit=1_000))
    lasting = set(Delivery.model_fields) - {"settled_at", "attempts", "timeline", "due_at"}
    return {each.id: each.model_dump(include=lasting) for each in found}


def articles(tree: Tree) -> dict[str, Article]:
    listed = tree.store.articles.find(ArticleQuery(limit=1_000)).articles
    near = [each["article_ids"][0] for each in deliveries(tree).values() if each["relation"]]
    # Which terms are rare is learned from one article after another, and tagging has no order.
    found = (*listed, *tree.store.articles.get_many(near))
    return {each.id: _without_keywords(each) for each in found}


def _without_keywords(article: Article) -> Article:
    known = {field: origin for field, origin in article.provenance.items() if field != "keywords"}
    return article.model_copy(update={"keywords": None, "provenance": known})


def quarantined(tree: Tree) -> list[str]:
    folder = tree.settings.quarantine
    return sorted(str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file())


@pytest.fixture
def full(running: Tree, story: Story, wait: Waiter) -> Tree:
    """Give a tree that has ended sixty files of every kind, the followers after what they follow.

    The tests share it, and a few files that they add stay in it.
    """
    if not running.deliveries("news-0.txt"):
        drop_all(running, news(story))
        wait(lambda: through(running, NEWS), seconds=END_SECONDS)
        drop_all(running, followers(story))
        wait(lambda: through(running, FILES), seconds=END_SECONDS)
    return running


def test_an_emptied_server_is_as_it_was_within_half_a_minute(
    full: Tree, module_server: RealServer, wait: Waiter
) -> None:
    before = (full.store.ledger.balance(), deliveries(full), articles(full), quarantined(full))
    files = before[0].seen

    with module_server.client() as client:
        client.flushall()
    wait(lambda: rebuilt(full, files), seconds=BACK_SECONDS)

    assert full.store.ledger.balance() == before[0]
    assert deliveries(full) == before[1]
    assert articles(full) == before[2]
    assert quarantined(full) == before[3]
    assert {each["disposition"] for each in before[1].values()} >= {Disposition.DUPLICATE, Disposition.REJECTED}
    assert all(each.tagged for each in articles(full).values() if not each.relation)


def places(tree: Tree) -> dict[str, str]:
    """Return the story of each article."""
    found = tree.store.stories.ids([ArticleId(each) for each in articles(tree)])
    return {str(each): str(of) for each, of in found.items()}


def test_what_people_decided_about_stories_holds_on_an_emptied_server(
    full: Tree, module_server: RealServer, wait: Waiter
) -> None:
    files = full.store.ledger.balance().seen
    desk = open_story_desk(full.settings, full.store, clock=SystemClock())
    first, second, third, *_ = map(StoryId, dict.fromkeys(places(full).values()))
    merged = desk.merge(first, second, by="Anna")
    desk.undo(second, desk.merge(third, second, by="Anna").id, by="Ben")
    desk.split(second, merged.articles[:1], by="Anna")
    desk.pin_headline(second, "Two reports", by="Anna")
    before = places(full), full.store.stories.records([second])[second].headline

    with module_server.client() as client:
        client.flushall()
    wait(lambda: rebuilt(full, files), seconds=BACK_SECONDS)

    assert (places(full), full.store.stories.records([second])[second].headline) == before


def test_messages_arrive_through_connections_that_are_older_than_the_loss(
    full: Tree, story: Story, module_server: RealServer, wait: Waiter
) -> None:
    files = full.store.ledger.balance().seen
    with module_server.client() as client:
        client.flushall()
    wait(lambda: rebuilt(full, files), seconds=BACK_SECONDS)
    log = full.folder / "watcher.log"
    before = log.read_text().count("work.republished")

    full.drop("kestrel/later.txt", story("later"))

    assert full.end_of("later.txt").disposition == "stored"
    assert log.read_text().count("work.republished") == before


def test_files_in_flight_while_the_server_is_emptied_are_stored_once_each(
    tree: Tree, story: Story, own_server: RealServer, wait: Waiter
) -> None:
    tree.start(Part.WATCHER, Part.WORKER)
    files: dict[str, str | bytes] = {f"story-{each}.txt": story(f"flight {each}") for each in range(60)}
    drop_all(tree, files)
    wait(lambda: tree.ended() >= 5, seconds=END_SECONDS)

    with own_server.client() as client:
        client.flushall()
    wait(lambda: rebuilt(tree, len(files)), seconds=END_SECONDS)

    balance = tree.store.ledger.balance()
    assert balance.closed
    assert balance.dispositions[Disposition.STORED] == tree.store.articles.count() == len(files)
    assert sorted(each["name"] for each in deliveries(tree).values()) == sorted(files)
    assert all(each.tagged for each in articles(tree).values())


def test_a_server_that_lost_its_last_second_gets_it_back(
    full: Tree, story: Story, module_server: RealServer, wait: Waiter
) -> None:
    files = full.store.ledger.balance().seen + 2
    full.drop("first.txt", story("first"))
    full.drop("last.txt", story("last"))
    wait(lambda: through(full, files), seconds=END_SECONDS)
    (last,) = full.deliveries("last.txt")
    forget(module_server, last)

    module_server.kill()
    module_server.start()
    wait(lambda: rebuilt(full, files), seconds=END_SECONDS)

    assert full.end_of("last.txt").id == last.id
    assert full.store.ledger.balance().closed


def forget(server: RealServer, delivery: Delivery) -> None:
    """Take a delivery out of the ledger as if its commands had not reached the disk."""
    with server.client() as client:
        for key in client.scan_iter("ct:{ledger}:by:*"):
            client.zrem(key, delivery.id)
        for key in client.scan_iter(f"ct:{{ledger}}:*:{delivery.id}"):
            client.delete(key)
        client.hincrby("ct:{ledger}:balance", "seen", -1)
        client.hincrby("ct:{ledger}:balance", "stored", -1)


def test_a_server_with_the_data_of_an_old_backup_gets_all_that_arrived_since(
    full: Tree, story: Story, module_server: RealServer, wait: Waiter
) -> None:
    files = full.store.ledger.balance().seen + 1
    now = datetime.now(UTC)
    sha256 = open_archive(full.settings).put(io.BytesIO(story("after the backup").encode()))
    delivery = Delivery(
        id=new_delivery_id(now - timedelta(days=3)),
        name="after-the-backup.txt",
        path="kestrel/after-the-backup.txt",
        source="kestrel",
        size=1_000,
        sha256=sha256,
        received_at=now - timedelta(days=3),
    )
    open_journal(full.settings).append(journal_entry(delivery, None))
    with module_server.client() as client:  # the backup is four days old
        client.hset("ct:{epoch}:complete", "until", milliseconds(now - timedelta(days=4)))
        client.hset("ct:{epoch}:complete", "run", "the process at the time of the backup")

    wait(lambda: rebuilt(full, files), seconds=END_SECONDS)

    assert full.end_of("after-the-backup.txt").id == delivery.id
    complete_until = full.store.epoch.read().complete_until
    assert complete_until
    assert complete_until >= now - timedelta(seconds=1)


def test_the_archive_alone_is_enough_for_a_new_server(full: Tree, module_server: RealServer, wait: Waiter) -> None:
    before = deliveries(full)
    files = len(before)
    for part in (Part.WATCHER, Part.WORKER):
        full.kill(part)
    with module_server.client() as client:
        client.flushall()

    full.start(Part.WATCHER, Part.WORKER)
    wait(lambda: rebuilt(full, files), seconds=BACK_SECONDS)

    assert deliveries(full) == before


def test_by_hand_it_is_the_same(full: Tree, module_server: RealServer, wait: Waiter) -> None:
    before = deliveries(full)
    files = len(before)
    full.kill(Part.WATCHER)
    with module_server.client() as client:
        client.flushall()

    replayed = subprocess.run(
        [sys.executable, "-m", "copytaster_cli", "replay", "--wait", "--json"],
        env=full.environ,
        capture_output=True,
        text=True,
        timeout=BACK_SECONDS,
        check=True,
    )
    wait(lambda: through(full, files), seconds=BACK_SECONDS)

    counts = json.loads(replayed.stdout)
    assert counts["registered"] + counts["refused"] == counts["journalled"] == files
    assert counts["unsettled"] == 0
    assert deliveries(full) == before
