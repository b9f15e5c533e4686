"""The stories benchmark: its figures on a few articles, and minimum scores on the corpus if that is available."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.stories.score import adjusted_rand_index, scored

REPOSITORY = Path(__file__).parents[2]

ARTICLES = [
    (
        "ferry",
        "Ferry runs aground off Tarnsby\nA ferry with 212 passengers ran aground off Tarnsby, Ines Calloway said.",
    ),
    ("frost", "Frost damages orchards in Velm valley\nGrowers expect half of last year's apples, Otto Brandt said."),
    ("ferry", "Passengers leave ferry off Tarnsby\nAll 212 passengers left the ferry off Tarnsby, Ines Calloway said."),
]

LEAST_F1, LEAST_PRECISION = 0.92, 0.95
"""B-cubed and pairwise, of articles in the order of the file; .933 and .958 were measured."""

MOST_DIFFERENT = 0.01
"""The share of the pairs labelled ``different`` that are in one story; none was measured."""


def measured(*arguments: object) -> dict[str, Any]:
    """Run the benchmark and return its figures."""
    command = [sys.executable, "-m", "benchmarks.stories", *map(str, arguments), "--json"]
    completed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=250)
    figures: dict[str, Any] = json.loads(completed.stdout)
    return figures


def corpus(name: str) -> Path:
    """Return a file of the corpora, or skip the test."""
    file = Path(os.environ.get("COPYTASTER_CORPORA", "")) / name
    if "COPYTASTER_CORPORA" not in os.environ or not file.exists():
        pytest.skip(f"COPYTASTER_CORPORA has no {name}")
    return file


def test_scores_are_those_of_the_definitions() -> None:
    score = scored(["a", "a", "a", "b"], ["x", "x", "y", "y"])

    assert score.b_cubed_precision == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)
    assert score.b_cubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert (score.pair_precision, score.pair_recall) == (1 / 2, 1 / 3)
    assert adjusted_rand_index(["x", "x", "y", "y"], [1, 1, 2, 2]) == 1


def test_the_benchmark_places_articles_and_runs_its_peers(tmp_path: Path) -> None:
    data, pairs = tmp_path / "articles.jsonl", tmp_path / "pairs.jsonl"
    lines = [{"id": number, "cluster": event, "text": text} for number, (event, text) in enumerate(ARTICLES)]
    data.write_text("\n".join(json.dumps(each | {"id": str(each["id"])}) for each in lines), encoding="utf-8")
    pairs.write_text(json.dumps({"a": "0", "b": "1", "label": "different"}), encoding="utf-8")

    figures = measured("--data", data, "--pairs", pairs, "--peers", "--shuffles", 1)

    assert figures["copytaster"]["b_cubed_f1"] == 1
    assert figures["pairs_in_one_story"] == {"different": "0 of 1"}
    assert figures["other_orders"]["agreement_ari"] == 1
    assert figures["peers"]["each alone"]["stories"] == 3


def test_events_of_the_corpus_are_told_apart() -> None:
    figures = measured("--data", corpus("stories/ecbplus_odd.jsonl.gz"))["copytaster"]

    assert figures["b_cubed_f1"] >= LEAST_F1
    assert figures["pair_precision"] >= LEAST_PRECISION


def test_reports_of_one_template_are_not_one_story() -> None:
    data, pairs = corpus("neardup/reuters_natural/dev.docs.jsonl.gz"), corpus("neardup/reuters_natural/dev.pairs.jsonl")

    figures = measured("--data", data, "--pairs", pairs)
    together, _, all_pairs = figures["pairs_in_one_story"]["different"].partition(" of ")

    assert int(together) <= MOST_DIFFERENT * int(all_pairs)
    assert figures["copytaster"]["largest"][0]["articles"] <= 50
