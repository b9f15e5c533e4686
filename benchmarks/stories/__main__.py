"""``python -m benchmarks.stories --data PATH [--pairs PAIRS] [--peers] [--shuffles N] [--json]``.

Places labelled articles into stories in their order, and compares the stories with the labelled events: B-cubed and
pairwise precision, recall and F1, the adjusted Rand index, and articles per CPU second, with and without tagging.
Articles have ``id``, ``text`` and ``cluster``; if known ``title``, ``published`` and ``topic``. ``--pairs`` counts the
labelled pairs that are in one story. ``--shuffles`` places the articles in other orders, too, and compares the stories
with those of the first order. ``--peers`` does it in the ways of others. Exit status 0.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.stories.articles import Labelled, read_articles, read_records
from benchmarks.stories.peers import run_peers
from benchmarks.stories.placed import stories_of
from benchmarks.stories.score import Score, adjusted_rand_index, scored
from copytaster.tagging.tagger import load_tagger

LARGEST = 5
"""The largest stories, whose first titles are printed: a person sees at once whether they are one."""

TITLES = 6


def main(arguments: Sequence[str]) -> int:
    """Print the measurements."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stories", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--peers", action="store_true", help="cluster the same articles as others do")
    parser.add_argument("--shuffles", type=int, default=0, metavar="N", help="other orders of the articles")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    tagger = load_tagger()
    began = time.process_time()
    articles = read_articles(options.data, tagger)
    tagged = time.process_time()
    stories = stories_of(articles)
    placing = time.process_time() - tagged
    report: dict[str, Any] = {"articles": len(articles), "copytaster": _figures(_score(articles, stories))}
    report["copytaster"] |= {
        "articles_per_cpu_second": round(len(articles) / placing),
        "articles_per_cpu_second_with_tagging": round(len(articles) / (tagged - began + placing)),
        "largest": _largest(articles, stories),
    }
    if options.pairs:
        report["pairs_in_one_story"] = _pairs(articles, stories, options.pairs)
    if options.shuffles:
        report["other_orders"] = _other_orders(articles, stories, options.shuffles)
    if options.peers:
        report["peers"] = {
            name: _figures(peer.score) | {"threshold": peer.threshold} for name, peer in run_peers(articles).items()
        }
    print(json.dumps(report, indent=2) if options.json else _table(report))
    return 0


def _score(articles: Sequence[Labelled], stories: Sequence[str]) -> Score:
    return scored([each.event for each in articles], stories)


def _figures(score: Score) -> dict[str, Any]:
    return {name: round(value, 4) for name, value in asdict(score).items()}


def _largest(articles: Sequence[Labelled], stories: Sequence[str]) -> list[dict[str, Any]]:
    titles = list(zip(stories, (each.article.title for each in articles), strict=True))
    return [
        {"articles": size, "titles": [title for story, title in titles if story == name][:TITLES]}
        for name, size in Counter(stories).most_common(LARGEST)
    ]


def _pairs(articles: Sequence[Labelled], stories: Sequence[str], file: Path) -> dict[str, str]:
    story = {each.id: name for each, name in zip(articles, stories, strict=True)}
    pairs = list(read_records(file))
    found = Counter(each["label"] for each in pairs if story[each["a"]] == story[each["b"]])
    return {label: f"{found[label]} of {size}" for label, size in Counter(each["label"] for each in pairs).items()}


def _other_orders(articles: Sequence[Labelled], stories: Sequence[str], number: int) -> dict[str, Any]:
    """Return the mean scores over other orders, and how far their stories agree with those of the first order."""
    first = {each.id: story for each, story in zip(articles, stories, strict=True)}
    scores, agreement = [], []
    for seed in range(number):
        order = random.Random(seed).sample(articles, len(articles))
        found = stories_of(order)
        scores.append(asdict(_score(order, found)))
        agreement.append(adjusted_rand_index([first[each.id] for each in order], found))
    means = {name: round(sum(each[name] for each in scores) / number, 4) for name in scores[0]}
    return means | {
        "lowest_pair_precision": round(min(each["pair_precision"] for each in scores), 4),
        "agreement_ari": round(sum(agreement) / number, 4),
        "lowest_agreement_ari": round(min(agreement), 4),
    }


def _table(report: dict[str, Any]) -> str:
    rows = {"copytaster": report["copytaster"], "other orders": report.get("other_orders")} | report.get("peers", {})
    names = ("b_cubed_precision", "b_cubed_recall", "b_cubed_f1", "pair_precision", "pair_recall", "pair_f1", "ari")
    heads = ("B3 P", "B3 R", "B3 F1", "pair P", "pair R", "pair F1", "ARI", "stories")
    lines = [f"{report['articles']} articles", f"{'':<18}" + "".join(f"{head:>9}" for head in heads)]
    for name, row in rows.items():
        if row:
            lines.append(f"{name:<18}" + "".join(f"{row[each]:>9.3f}" for each in names) + f"{row['stories']:>9.0f}")
    ours = report["copytaster"]
    lines.append(f"{ours['articles_per_cpu_second']} articles per CPU second, {_with_tagging(ours)}")
    if "other_orders" in report:
        orders = report["other_orders"]
        agreement = (orders["agreement_ari"], orders["lowest_agreement_ari"])
        lines.append("ARI of the stories with those of other orders: {:.3f}, at least {:.3f}".format(*agreement))
    lines += [
        f"pairs labelled {label}: {pairs} in one story" for label, pairs in report.get("pairs_in_one_story", {}).items()
    ]
    lines += [f"{each['articles']} articles: {' | '.join(each['titles'])}" for each in ours["largest"]]
    return "\n".join(lines)


def _with_tagging(ours: dict[str, Any]) -> str:
    return f"{ours['articles_per_cpu_second_with_tagging']} with tagging"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
