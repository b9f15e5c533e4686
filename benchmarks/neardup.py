"""``python -m benchmarks.neardup --data DOCS.jsonl[.gz] [--pairs PAIRS.jsonl] [--peers] [--json]``.

Feeds labelled documents in their order through the index on a temporary server, and scores the clusters that the
relations form: pairwise precision, recall and F1, the adjusted Rand index, and recall for each kind of edit. Documents
have ``id``, ``text``, ``cluster`` and, where known, ``title``, ``published`` and ``edit``; pairs labelled ``related``
count neither way. ``--peers`` does the same with other libraries (``pip install 'copytaster[peers]'``). Exit status 0.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from redis import Redis

from benchmarks.neardup_data import Document, Labels, read_documents, read_labels
from benchmarks.neardup_peers import PEERS, NotInstalledError, run_peer
from benchmarks.neardup_score import Score, scored
from benchmarks.own_server import own_server, used_memory
from copytaster.dedup.relations import COPIES, judge
from copytaster.dedup.signing import sign
from copytaster.model.article import ArticleId
from copytaster.settings import Settings
from copytaster.store.keys import Keys
from copytaster.store.redis.near_index import RedisNearIndex


@dataclass(frozen=True, slots=True)
class Run:
    """The relations found, and their cost: processor seconds with and without the client's part, server bytes."""

    ties: list[tuple[str, str]]
    kinds: dict[str, int]
    seconds: float
    seconds_with_client: float
    bytes_per_document: float


def run(documents: list[Document], client: Redis, *, threshold: float, window: timedelta) -> Run:
    """Add the documents to the index on the server one by one and return the relations."""
    index = RedisNearIndex(client, Keys(prefix="benchmark"), window)
    before, started = used_memory(client), time.process_time()
    ties: list[tuple[str, str]] = []
    kinds: dict[str, int] = {}
    waiting = 0.0
    for each in documents:
        signature = sign(each.title, each.text)
        options = time.process_time()
        candidates = index.add_and_find(ArticleId(each.id), signature, at=each.at)
        waiting += time.process_time() - options
        relations = judge(candidates, signature, threshold=threshold)
        ties += [(each.id, relation.of) for relation in relations if relation.kind in COPIES]
        for relation in relations:
            kinds[relation.kind] = kinds.get(relation.kind, 0) + 1
    whole = time.process_time() - started
    return Run(ties, kinds, whole - waiting, whole, (used_memory(client) - before) / len(documents))


def main(arguments: list[str]) -> int:
    """Print the measurements."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.neardup", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--peers", action="store_true", help="run other libraries on the same documents")
    parser.add_argument("--threshold", type=float, default=Settings.model_fields["near_threshold"].default)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    documents, labels = read_documents(options.data), read_labels(options.pairs)
    window = timedelta(days=Settings.model_fields["near_days"].default)
    with own_server() as client:
        found = run(documents, client, threshold=options.threshold, window=window)
    report = {
        "documents": len(documents),
        "threshold": options.threshold,
        "copytaster": _ours(found, documents, labels),
    }
    if options.peers:
        report["peers"] = {name: _peer(name, documents, labels) for name in PEERS}
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 0


def _ours(found: Run, documents: list[Document], labels: Labels) -> dict[str, Any]:
    return _rounded(scored(documents, found.ties, labels)) | {
        "relations": found.kinds,
        "documents_per_cpu_second": round(len(documents) / found.seconds),
        "documents_per_cpu_second_with_client": round(len(documents) / found.seconds_with_client),
        "bytes_per_document": round(found.bytes_per_document),
    }


def _peer(name: str, documents: list[Document], labels: Labels) -> dict[str, Any]:
    try:
        found = run_peer(name, documents)
    except NotInstalledError as error:
        return {"skipped": str(error)}
    score = scored(documents, found.ties, labels)
    return _rounded(score) | {"documents_per_cpu_second": round(len(documents) / found.seconds)}


def _rounded(score: Score) -> dict[str, Any]:
    given = asdict(score)
    by_edit = {edit: round(value, 3) for edit, value in given.pop("recall_by_edit").items()}
    return {name: round(value, 4) for name, value in given.items()} | {"recall_by_edit": by_edit}


def _table(report: dict[str, Any]) -> str:
    rows = {"copytaster": report["copytaster"], **report.get("peers", {})}
    lines = [f"{report['documents']} documents", f"{'':<16}{'P':>7}{'R':>7}{'F1':>7}{'ARI':>7}{'docs/cpu-s':>12}"]
    for name, row in rows.items():
        if "skipped" in row:
            lines.append(f"{name:<16}skipped: {row['skipped']}")
            continue
        numbers = "".join(f"{row[each]:>7.3f}" for each in ("precision", "recall", "f1", "ari"))
        lines.append(f"{name:<16}{numbers}{row['documents_per_cpu_second']:>12}")
    ours = report["copytaster"]
    lines += [f"{edit:<32}{value:>7.3f}" for edit, value in ours["recall_by_edit"].items()]
    return "\n".join([*lines, f"{ours['bytes_per_document']} bytes a document on the server"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
