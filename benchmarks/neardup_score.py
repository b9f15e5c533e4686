"""Pairwise precision, recall and F1 over clusters, the adjusted Rand index, and recall by kind of edit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.neardup_data import Document, Labels

ORIGINAL = "original"
"""The ``edit`` of the documents from which the others were made."""


@dataclass(frozen=True, slots=True)
class Score:
    """How clusters compare with the true ones, over all pairs of documents; pairs labelled ``related`` do not count."""

    precision: float
    recall: float
    f1: float
    ari: float
    recall_by_edit: dict[str, float]


def scored(documents: list[Document], ties: Iterable[tuple[str, str]], labels: Labels) -> Score:
    """Return the score of the clusters that the ties form transitively."""
    cluster = clusters(documents, ties)
    true = {each.id: each.cluster for each in documents}
    both = _pairs(Counter((cluster[each.id], each.cluster) for each in documents))
    found = _pairs(Counter(cluster.values()))
    there = _pairs(Counter(true.values()))
    ignored = sum(_uncounted(pair, cluster, true) for pair, label in labels.items() if label == "related")
    precision = both / (found - ignored) if found > ignored else 1.0
    recall = both / there if there else 1.0
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    expected = (found - ignored) * there / max(1, len(documents) * (len(documents) - 1) // 2)
    ari = (both - expected) / ((found - ignored + there) / 2 - expected) if there else 1.0
    return Score(precision, recall, f1, ari, _by_edit(documents, cluster))


def clusters(documents: list[Document], ties: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each document the name of its cluster: documents tied to each other, or over others, share it."""
    parent = {each.id: each.id for each in documents}

    def top(name: str) -> str:
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in ties:
        parent[top(one)] = top(other)
    return {name: top(name) for name in parent}


def _pairs(sizes: Counter[str] | Counter[tuple[str, str]]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes.values())


def _uncounted(pair: frozenset[str], cluster: dict[str, str], true: dict[str, str]) -> bool:
    one, other = pair
    return {one, other} <= true.keys() and cluster[one] == cluster[other] and true[one] != true[other]


def _by_edit(documents: list[Document], cluster: dict[str, str]) -> dict[str, float]:
    original = {each.cluster: cluster[each.id] for each in documents if each.edit == ORIGINAL}
    found: defaultdict[str, list[bool]] = defaultdict(list)
    for each in documents:
        if each.edit and each.edit != ORIGINAL and each.cluster in original:
            found[each.edit].append(cluster[each.id] == original[each.cluster])
    return {edit: sum(hits) / len(hits) for edit, hits in sorted(found.items())}
