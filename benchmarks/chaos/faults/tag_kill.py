"""Processes that tag articles are killed, in the middle of the models' work and between the two writes of a result."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from redis import Redis

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import ExpectedFile, Scene
from benchmarks.chaos.tree import Tree
from benchmarks.chaos.verdict import Verdict, articles_of, deliveries_of, judge_distinct
from copytaster.bootstrap.store import redis_address
from copytaster.model.article import Article, ArticleId
from copytaster.model.work import Work
from copytaster.store.keys import Keys

KILLS = 6
"""Kills of a run: each costs the articles in progress one attempt, and no article may be hit three times."""

HITS = 2
"""Kills that an article may be hit by: a third one would end it as untaggable, as it should."""

BETWEEN_SECONDS = 10.0
"""Timeout of the search for a process that has written an article's tags and not yet ended the tagging."""

PAUSE_SECONDS = 0.3
"""Between two kills, so that the processes begin to work again."""

BUSY_SECONDS = 30.0
"""Timeout of the search for a process that tags."""

TAGGED = "tagged-before-the-kill.json"
"""The file of a run with the tags, by article id, that were written before a process was killed."""

_PROCESS = re.compile(r"worker@.*?:(\d+)/")
"""The owner of a lease: ``worker@HOST:PID/RUN``."""


def _play(scene: Scene) -> None:
    scene.drop_half()
    hits, written = Counter[ArticleId](), dict[str, str]()
    address = redis_address(scene.tree.settings)
    with scene.fault(), Redis.from_url(address, decode_responses=True) as client:
        kills = sum(_kill_tagging(scene.tree, client, hits) for _ in range(KILLS - 1))
        kills += _kill_between_writes(scene.tree, client, written)
        scene.drop_rest()
        _expect_honest_status(scene)
    (scene.tree.settings.data / TAGGED).write_text(json.dumps(written))
    scene.notes.append(
        f"{kills} processes were killed while they tagged {len(hits)} articles, {len(written)} of them after writing"
        " tags"
    )
    if not kills:
        scene.wrong.append("no process was found that tags")


def _kill_tagging(tree: Tree, client: Redis, hits: Counter[ArticleId]) -> bool:
    """Kill a process while it tags, and count it for the articles in progress; return False if none tags."""
    deadline = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < deadline:
        for pid, articles in _in_progress(tree, client).items():
            if all(hits[each] < HITS for each in articles):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                hits.update(articles)
                time.sleep(PAUSE_SECONDS)
                return True
        time.sleep(0.01)
    return False


def _kill_between_writes(tree: Tree, client: Redis, written: dict[str, str]) -> bool:
    """Kill a process that has written an article's tags to the store, but not the end of the tagging to the ledger."""
    deadline = time.monotonic() + BETWEEN_SECONDS
    while time.monotonic() < deadline:
        for pid in _in_progress(tree, client):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
                leased = _in_progress(tree, client).get(pid, [])
                tagged = [each for each in tree.store.articles.get_many(leased) if each.tagged]
                written |= {str(each.id): _tags_of(each) for each in tagged}
                os.kill(pid, signal.SIGKILL if tagged else signal.SIGCONT)
                if tagged:
                    return True
    return False


def _in_progress(tree: Tree, client: Redis) -> dict[int, list[ArticleId]]:
    """Return the articles that are being tagged, by the process of the worker's pool."""
    children, found = set(tree.children("worker")), dict[int, list[ArticleId]]()
    now = time.time() * 1000
    for article_id, stored in client.hgetall(Keys().taggings()).items():
        _, lease, owner, _ = str(stored).split("\n")
        process = _PROCESS.match(owner)
        if process and int(process[1]) in children and float(lease) > now:
            found.setdefault(int(process[1]), []).append(ArticleId(str(article_id)))
    return found


def _expect_honest_status(scene: Scene) -> None:
    """Expect that each untagged article of a settled delivery is counted as due."""
    tree = scene.tree
    tree.signal_all("worker", signal.SIGSTOP)
    dropped = list(scene.files)[: len(scene.files) // 2]
    settled = [each for name in dropped for each in deliveries_of(tree, name) if each.disposition]
    untagged = [each.id for each in articles_of(tree, settled) if not each.tagged]
    not_due = list({*untagged} - tree.store.ledger.tagging_due(untagged))
    # Not those that a process tagged between the two reads: it sends a command to its end before it stops.
    hidden = [each.id for each in tree.store.articles.get_many(not_due) if not each.tagged]
    waiting = tree.store.ledger.waiting(Work.TAG)
    tree.signal_all("worker", signal.SIGCONT)
    scene.notes.append(f"{len(untagged)} articles of settled deliveries were untagged, {waiting} taggings were due")
    scene.wrong += [f"{each} is untagged, and its tagging is not due" for each in hidden]


def _tags_of(article: Article) -> str:
    return article.model_dump_json(include={"language", "topics", "entities", "keywords", "tags", "tagged_by"})


def _judge(tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict: no article ends without results of the models, and tags that were written do not change."""
    verdict = judge_distinct(tree, files, stored=stored)
    articles = [each for name in files for each in articles_of(tree, deliveries_of(tree, name))]
    written = json.loads((tree.settings.data / TAGGED).read_text())
    wrong = [f"{each.id} has no tags: {_failure(each)}" for each in articles if each.tagged and _failure(each)]
    wrong += [
        f"{each.id} was tagged twice, as {written[each.id]} and as {_tags_of(each)}"
        for each in articles
        if each.id in written and written[each.id] != _tags_of(each)
    ]
    return replace(verdict, wrong=tuple(wrong))


def _failure(article: Article) -> str | None:
    """Return why the models gave no results; None if they did."""
    origin = article.provenance["topics"].from_ if "topics" in article.provenance else "no provenance of topics"
    return origin if article.entities is None or origin.startswith("no") else None


FAULT = Fault(
    name="tag-kill",
    sentence="processes that tag articles are killed by SIGKILL, also between the tags and the end of the tagging",
    play=_play,
    judge=_judge,
)
