"""A backup that is written under load, and its restoration after everything was destroyed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import pyrage

from copytaster.articles.pins import PinRequest
from copytaster.bootstrap.archive import open_decisions, open_journal
from copytaster.bootstrap.articles import open_acceptance, open_pins
from copytaster.bootstrap.stories import open_story_desk
from copytaster.clock import SystemClock
from copytaster.errors import TransientError
from copytaster.model.article import ArticleId
from copytaster.model.delivery import Delivery
from copytaster.model.work import Work
from copytaster.store.ports.articles import ArticleQuery
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.ports.presence import Part
from copytaster.store.ports.stories import StoryId

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter
    from tests.integration.conftest import Story, Tree

END_SECONDS = 120.0
"""Time limit for work whose speed does not matter here."""

BEFORE = 12
"""Stories before the load; some of them arrive again, some in a second version by other bytes."""

LOAD = 150
"""Files that the load has at most: more than arrive while the backup is written."""

SERVICE_FOLDERS = {"inbox", "staging", "archive", "quarantine", "search"}
"""The folders in the data folder that services may write to in docker-compose.yml."""

LASTING = set(Delivery.model_fields) - {"settled_at", "attempts", "faults", "timeline", "due_at"}
"""The fields of a delivery that do not depend on how often and when it was processed."""


def settled(tree: Tree) -> bool:
    with suppress(TransientError):
        balance = tree.store.ledger.balance()
        return balance.seen > 0 and balance.in_flight == 0 and not any(map(tree.store.ledger.waiting, Work))
    return False


def deliveries(tree: Tree) -> dict[str, Delivery]:
    return {each.id: each for each in tree.store.ledger.find(DeliveryQuery(limit=1_000))}


def documents(tree: Tree) -> dict[str, Any]:
    """Return everything that a backup promises, as documents: articles with versions and copies, stories, decisions."""
    store, decisions, found = tree.store, open_decisions(tree.settings), deliveries(tree)
    ids = sorted({article_id for each in found.values() for article_id in each.article_ids})
    places = store.stories.ids([ArticleId(each) for each in ids])
    return {
        "deliveries": {each.id: each.model_dump_json() for each in found.values()},
        "articles": {each: store.articles.get(ArticleId(each)) for each in ids},
        "versions": {each: store.articles.versions(ArticleId(each)) for each in ids},
        "listed": {each.id: True for each in store.articles.find(ArticleQuery(limit=1_000)).articles},
        "places": {str(each): str(of) for each, of in places.items()},
        "stories": {each: store.stories.records([StoryId(each)])[StoryId(each)] for each in map(str, places.values())},
        "decisions": dict(enumerate([*decisions.all(), *decisions.about_stories()])),
    }


def decide(tree: Tree) -> None:
    """Accept a copy, pin an article, merge two stories and give the result a headline."""
    store, clock = tree.store, SystemClock()
    copy = next(each for each in deliveries(tree).values() if each.name.startswith("alike") and each.article_ids)
    open_acceptance(tree.settings, store, clock=clock).accept(ArticleId(copy.article_ids[0]), by="test")
    listed = [ArticleId(each.id) for each in store.articles.find(ArticleQuery(limit=1_000)).articles]
    open_pins(tree.settings, store, clock=clock).decide(listed[0], PinRequest(reason="kept", by="Anna"))
    first, second, *_ = dict.fromkeys(store.stories.ids(listed).values())
    desk = open_story_desk(tree.settings, store, clock=clock)
    desk.merge(first, second, by="Anna")
    desk.pin_headline(second, "Two reports", by="Anna")


def of_its_own(story: Story, number: int) -> str:
    """Return a story with words of its own: so it joins few others, and those before the load hardly change."""
    end = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    return re.sub(r"(\w{4,})", rf"{end}q\1", story(str(number)))


class Load:
    """Drops files until it is stopped."""

    def __init__(self, tree: Tree, story: Story) -> None:
        self._tree = tree
        self._story = story
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        for number in range(LOAD):
            if self._stopped.wait(0.1):
                return
            self._tree.drop(f"merlin/load-{number}.txt", of_its_own(self._story, BEFORE + number))


def command(tree: Tree, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "copytaster_cli", *arguments, "--json"],
        env=tree.environ,
        capture_output=True,
        text=True,
        timeout=2 * END_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def destroy(tree: Tree, server: RealServer) -> None:
    """Kill all processes, and remove all data of server, archive, quarantine and inbox."""
    for part in (Part.WATCHER, Part.WORKER):
        tree.kill(part)
    server.kill()
    shutil.rmtree(tree.settings.data)
    for each in (tree.folder / "own-server").iterdir():
        shutil.rmtree(each) if each.is_dir() else each.unlink()
    server.start()
    tree.settings.inbox.mkdir(parents=True)


def test_after_everything_was_destroyed_a_backup_brings_all_of_its_data_back(
    tree: Tree, story: Story, own_server: RealServer, wait: Waiter
) -> None:
    key_file = tree.folder / "key.txt"
    key_file.write_text(str(pyrage.x25519.Identity.generate()))
    tree.start(Part.WATCHER, Part.WORKER)
    for number in range(BEFORE):
        tree.drop(f"kestrel/news-{number}.txt", of_its_own(story, number))
    wait(lambda: tree.ended() == BEFORE, seconds=END_SECONDS)
    tree.drop("merlin/copy.txt", of_its_own(story, 0))
    tree.drop("merlin/alike.txt", of_its_own(story, 1) + "\nThe council meets again on Friday.\n")
    tree.drop("merlin/empty.txt", b"")
    wait(lambda: tree.ended() == BEFORE + 3 and settled(tree), seconds=END_SECONDS)
    wait(lambda: len(documents(tree)["places"]) == BEFORE + 1, seconds=END_SECONDS)
    decide(tree)
    wait(lambda: settled(tree), seconds=END_SECONDS)  # the copy that was accepted is tagged now
    before = documents(tree)

    with Load(tree, story):
        wait(lambda: tree.ended() >= BEFORE + 10, seconds=END_SECONDS)
        written = command(tree, "backup", str(tree.folder / "backup"), "--key-file", str(key_file))
    wait(lambda: settled(tree), seconds=END_SECONDS)
    moment = datetime.fromisoformat(written["moment"])
    after, before = deliveries(tree), unchanged(before, documents(tree))
    quarantined = sorted(each.name for each in tree.settings.quarantine.rglob("*") if each.is_file())
    destroy(tree, own_server)
    restored = command(tree, "restore", str(tree.folder / "backup"), "--key-file", str(key_file))

    assert restored["added"] == written_files(written)
    assert {each.name for each in tree.settings.data.iterdir()} <= SERVICE_FOLDERS
    assert_same(before, documents(tree))
    tail = [each for each in open_journal(tree.settings).entries(since=None) if each.received_at > moment]
    tree.start(Part.WATCHER, Part.WORKER)
    wait(lambda: tree.store.epoch.read().is_complete and settled(tree), seconds=END_SECONDS)
    found = deliveries(tree)
    assert {each.id for each in after.values() if each.received_at < moment - timedelta(seconds=1)} <= found.keys()
    assert {each.id for each in tail} <= found.keys()
    assert tail
    for each in found.values():
        assert each.model_dump(include=LASTING) == after[each.id].model_dump(include=LASTING)
    assert tree.store.ledger.balance().closed
    assert_same(before, documents(tree))
    assert sorted(each.name for each in tree.settings.quarantine.rglob("*") if each.is_file()) == quarantined
    headlines = [each.headline for each in documents(tree)["stories"].values()]
    assert "Two reports" in {each.text for each in headlines if each}


def written_files(manifest: dict[str, Any]) -> int:
    return sum(each["files"] for each in manifest["parts"])


def unchanged(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what was the same before the load and after it, and so at the moment of the backup.

    These are all documents, but for stories that articles of the load have joined.
    """
    same = {
        kind: {key: each for key, each in found.items() if after[kind].get(key) == each}
        for kind, found in before.items()
    }
    changed = {kind for kind, found in before.items() if len(same[kind]) < len(found)}
    assert changed <= {"stories", "places"}
    return same


def assert_same(before: dict[str, Any], after: dict[str, Any]) -> None:
    """Compare what existed before the load; the load has added more."""
    for kind, documents in before.items():
        assert {key: after[kind].get(key) for key in documents} == documents, kind
