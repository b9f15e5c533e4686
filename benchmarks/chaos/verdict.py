"""Judges the files of a run: lost, duplicated, stuck, or correct."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from benchmarks.chaos.scene import ExpectedFile
from benchmarks.chaos.tree import Tree
from copytaster.archive.originals import Archive
from copytaster.errors import CopytasterError
from copytaster.model.article import Article, ArticleId
from copytaster.model.delivery import Delivery
from copytaster.model.disposition import Disposition
from copytaster.store.ports.ledger import DeliveryQuery
from copytaster.store.store import Store


@dataclass(frozen=True, slots=True)
class Verdict:
    """File names: without their article or original, with more than one delivery or article, not finished.

    A file that is still in the inbox, claimed or not, is listed as stuck under its path there.

    ``balanced`` means that the ledger's sums agree and that the store lists as many articles as it should; ``wrong``
    has a sentence for every other fault.
    """

    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    stuck: tuple[str, ...]
    balanced: bool
    wrong: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return self.balanced and not (self.lost or self.doubled or self.stuck or self.wrong)


class System(Protocol):
    """What is judged, such as a ``Tree``: its store and archive, and the files that remain in its inbox."""

    @property
    def store(self) -> Store:
        """The store of the system."""
        ...

    @property
    def archive(self) -> Archive:
        """The archive of the system."""
        ...

    def remaining(self) -> list[str]:
        """Return the files that remain in the inbox, including claimed ones."""
        ...


class Judge(Protocol):
    """Judges a run's files, in a store that listed ``stored`` articles before."""

    def __call__(self, tree: Tree, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
        """Return the verdict on files by their names in the inbox."""
        ...


def judge_distinct(tree: System, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on files that should become one article each; see ``Judge``."""
    found = {name: deliveries_of(tree, name) for name in files}
    articles = {name: articles_of(tree, deliveries) for name, deliveries in found.items()}
    owners = Counter(article.id for each in articles.values() for article in each)
    return Verdict(
        lost=tuple(
            name for name, article in files.items() if not _is_complete(tree, article, found[name], articles[name])
        ),
        doubled=tuple(
            name
            for name, deliveries in found.items()
            if len(deliveries) > 1 or len(articles[name]) > 1 or any(owners[each.id] > 1 for each in articles[name])
        ),
        stuck=find_stuck(tree, found, articles),
        balanced=is_balanced(tree, stored + len(files)),
    )


def judge_copies(tree: System, files: Mapping[str, ExpectedFile], *, stored: int) -> Verdict:
    """Return the verdict on copies of one text: exactly one is stored, each other one is its duplicate."""
    names = list(files)
    found = {name: deliveries_of(tree, name) for name in names}
    firsts = [name for name in names if any(each.disposition is Disposition.STORED for each in found[name])]
    originals = {found[name][0].article_ids for name in firsts}
    copies = [name for name in names if name not in firsts]
    linked = {name for name in copies if len(found[name]) == 1 and _points_to(originals, found[name][0])}
    archived = {name for name in names if is_archived(tree, files[name].content)}
    articles = {name: articles_of(tree, found[name]) for name in firsts}
    return Verdict(
        lost=tuple(name for name in names if name not in archived or name not in linked | set(firsts[:1])),
        doubled=tuple(dict.fromkeys([*firsts[1:], *(name for name in names if len(found[name]) > 1)])),
        stuck=find_stuck(tree, found, articles),
        balanced=is_balanced(tree, stored + 1),
    )


def is_balanced(tree: System, expected: int) -> bool:
    """Say whether the ledger's sums agree and ``expected`` articles are listed."""
    return tree.store.ledger.balance().closed and tree.store.articles.count() == expected


def deliveries_of(tree: System, name: str) -> list[Delivery]:
    """Return all deliveries of files of this name."""
    return tree.store.ledger.find(DeliveryQuery(name=name))


def articles_of(tree: System, deliveries: list[Delivery]) -> list[Article]:
    """Return the articles that deliveries have become."""
    return tree.store.articles.get_many([article for each in deliveries for article in each.article_ids])


def _is_complete(tree: System, expected: ExpectedFile, deliveries: list[Delivery], articles: list[Article]) -> bool:
    """Say whether article and original of a file exist; a delivery in flight is not lost."""
    if any(each.disposition is None for each in deliveries):
        return True
    stored = any(each.disposition is Disposition.STORED for each in deliveries)
    return stored and any(each.title == expected.title for each in articles) and is_archived(tree, expected.content)


def is_archived(tree: System, content: bytes) -> bool:
    """Say whether the archive has these bytes."""
    try:
        return tree.archive.get(hashlib.sha256(content).hexdigest()) == content
    except CopytasterError:
        return False


def find_stuck(
    tree: System, found: Mapping[str, list[Delivery]], articles: Mapping[str, list[Article]]
) -> tuple[str, ...]:
    """Return the files without a disposition or with an untagged article, and the paths that remain in the inbox."""
    in_flight = [name for name, deliveries in found.items() if any(each.disposition is None for each in deliveries)]
    untagged = [name for name, each in articles.items() if any(not article.tagged for article in each)]
    return tuple(dict.fromkeys([*in_flight, *untagged, *tree.remaining()]))


def _points_to(originals: set[tuple[ArticleId, ...]], copy: Delivery) -> bool:
    of = copy.relation.of if copy.relation else None
    return copy.disposition is Disposition.DUPLICATE and (of,) in originals
