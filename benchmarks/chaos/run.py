"""One run: a stream of files with a fault in its middle, and how long the system took to be through."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.chaos.articles import MadeUpArticle, make_article
from benchmarks.chaos.tree import Tree, wait_until
from benchmarks.chaos.verdict import Verdict, judge_copies, judge_distinct
from copytaster.errors import TransientError
from copytaster.work import Work

DEADLINE_SECONDS = 60.0
"""Whatever is not through this long after the fault counts as stuck."""

DOWN_SECONDS = 2.0
"""How long a killed server stays away; watcher and worker are restarted at once, as a supervisor would."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a run showed.

    Times count from the fault: to the next delivery that ended, until every delivery had ended, and until every
    article was tagged too. The last one is mostly the speed of tagging on this machine; the first two are recovery.
    """

    fault: str
    number: int
    files: int
    ended_before: int
    next_end_seconds: float | None
    ended_seconds: float | None
    through_seconds: float | None
    republished: int
    verdict: Verdict


def run_fault(tree: Tree, fault: str, *, number: int, files: int, seed: int) -> Run:
    """Drop half of ``files`` distinct articles, kill the part named ``fault`` while it is at them, drop the rest."""
    chance = random.Random(f"{seed}/{fault}/{number}")
    articles = {
        f"{fault}-{number}-{each}.txt": make_article(f"{seed}/{fault}/{number}/{each}") for each in range(files)
    }
    names, sent_again, before, stored = list(articles), tree.republished(), _ended(tree), tree.store.articles.count()
    _drop(tree, articles, names[: files // 2])
    in_the_middle = before + chance.randint(1, max(1, files // 4))
    wait_until(lambda: _ended(tree) >= in_the_middle, seconds=DEADLINE_SECONDS)
    ended_before, began = _ended(tree), time.monotonic()
    tree.kill(fault)
    _drop(tree, articles, names[files // 2 :])
    if fault == "server":
        time.sleep(DOWN_SECONDS)
    tree.start(fault)
    return Run(
        fault=fault,
        number=number,
        files=files,
        ended_before=ended_before - before,
        next_end_seconds=_seconds(lambda: _ended(tree) > ended_before, began),
        ended_seconds=_seconds(lambda: _ended(tree) >= before + files, began),
        through_seconds=_seconds(lambda: _is_through(tree), began),
        republished=tree.republished() - sent_again,
        verdict=judge_distinct(tree, articles, expected=stored + files),
    )


def run_copies(tree: Tree, *, number: int, copies: int, seed: int) -> Run:
    """Rename ``copies`` files of one text into the inbox at the same moment.

    In every second run they differ in their bytes, though not in their words.
    """
    article, before, sent_again = make_article(f"{seed}/copies/{number}"), _ended(tree), tree.republished()
    stored = tree.store.articles.count()
    names = [f"copies-{number}-{each}.txt" for each in range(copies)]
    files = [tree.prepare(name, article.content + b"\n" * (at * (number % 2))) for at, name in enumerate(names)]
    began = time.monotonic()
    for file in files:
        file.rename(tree.settings.inbox / file.name)
    return Run(
        fault="copies",
        number=number,
        files=copies,
        ended_before=0,
        next_end_seconds=_seconds(lambda: _ended(tree) > before, began),
        ended_seconds=_seconds(lambda: _ended(tree) >= before + copies, began),
        through_seconds=_seconds(lambda: _is_through(tree), began),
        republished=tree.republished() - sent_again,
        verdict=judge_copies(tree, names, expected=stored + 1),
    )


def _drop(tree: Tree, articles: dict[str, MadeUpArticle], names: list[str]) -> None:
    for name in names:
        tree.drop(name, articles[name].content)


def _ended(tree: Tree) -> int:
    return sum(tree.store.ledger.balance().dispositions.values())


def _is_through(tree: Tree) -> bool:
    return not any(tree.store.ledger.waiting(work) for work in Work)


def _seconds(condition: Callable[[], bool], began: float) -> float | None:
    """Return how long after ``began`` the condition came true; None when it did not before the deadline."""

    def answered() -> bool:
        try:
            return condition()
        except TransientError:
            return False

    left = DEADLINE_SECONDS - (time.monotonic() - began)
    return round(time.monotonic() - began, 2) if wait_until(answered, seconds=left) else None
