"""``python -m benchmarks.topics --data FILE --map MAP [--model M] [--train [FILE…]] [--rounds N] [--json]``.

Reads labelled articles (JSON Lines with ``title``, ``text`` and ``label``, optionally gzipped), finds their topics with
the tag stage, and compares the top-level topics with those that the map file assigns to the labels. ``--model`` and
``--train`` repeat this with a model. ``--train`` trains it on the texts of the given files, or of the data, without
reading their labels.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from copytaster.tagging.stages import Passage
from copytaster.tagging.topics.classifier import MediaTopics, load_topics
from copytaster.tagging.topics.taxonomy import SCHEME
from copytaster.tagging.topics.topic_model import TopicModel, load_topic_model
from copytaster.training.topic_model import train

LANGUAGE = "en"
"""The language of the data: the benchmark does not measure language detection."""

ROUNDS = 3
"""The fastest round counts: other processes on the machine can only make a round slower."""

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article and the code of its top-level topic."""

    passage: Passage
    code: str


def main() -> None:
    """Print the figures."""
    arguments = _options().parse_args()
    topics = load_topics(taxonomy_file=arguments.taxonomy)
    articles = labelled(arguments.data, codes_by_label(arguments.map), topics)
    if not articles:
        sys.exit(f"no article in {arguments.data} has a label that is in {arguments.map}")
    # Like workers after loading: objects that stay are excluded from further garbage collections.
    gc.collect()
    gc.freeze()
    rounds = arguments.rounds
    figures: Figures = {"data": arguments.data.name, "articles": len(articles)}
    figures["rules"] = measured(topics, articles, rounds)
    if arguments.model:
        model = load_topic_model(arguments.model, topics.taxonomy.tops)
        if model is None:
            sys.exit(f"the model does not exist: {arguments.model}")
        figures["model"] = with_model(topics, model, articles, rounds)
    if arguments.train is not None:
        figures["trained"] = trained(topics, arguments.train or [arguments.data], articles, rounds)
    print(json.dumps(figures)) if arguments.json else _print(figures)


def labelled(file: Path, codes: dict[str, str], topics: MediaTopics) -> list[Labelled]:
    """Return the file's articles whose label has a topic; a narrower topic counts as its top-level topic."""
    tops = {code: heading.top for code, heading in topics.taxonomy.headings.items()}
    return [
        Labelled(Passage(each["title"], each["text"], LANGUAGE), tops[codes[each["label"]]])
        for each in _lines(file)
        if codes.get(each["label"]) in tops
    ]


def codes_by_label(file: Path) -> dict[str, str]:
    """Return the Media Topic of each label, from the map itself or from all maps in it."""
    document = json.loads(file.read_text(encoding="utf-8"))
    maps = [document, *(each for each in document.values() if isinstance(each, dict))]
    return {label: code for each in maps for label, code in each.items() if str(code).startswith(f"{SCHEME}:")}


def with_model(topics: MediaTopics, model: TopicModel, articles: Sequence[Labelled], rounds: int) -> Figures:
    """Return the figures with a model, and its name and description."""
    return {"name": model.name, "about": model.about} | measured(replace(topics, model=model), articles, rounds)


def trained(topics: MediaTopics, files: Sequence[Path], articles: Sequence[Labelled], rounds: int) -> Figures:
    """Train on the files' texts and return the figures with that model, the training time, and the model's size."""
    texts = [Passage(each["title"], each["text"], LANGUAGE) for file in files for each in _lines(file)]
    began = time.process_time()
    model, report = train(texts, topics, language=LANGUAGE)
    seconds = time.process_time() - began
    size = len(model.to_bytes())
    about = {"training_cpu_seconds": round(seconds, 2), "bytes": size, "report": report.model_dump()}
    return about | with_model(topics, model, articles, rounds)


def measured(topics: MediaTopics, articles: Sequence[Labelled], rounds: int) -> Figures:
    """Return the accuracy of the first and first three tops, F1 over the map's classes, and articles per CPU second."""
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        found = [[topic.code for topic in topics.topics(each.passage).value] for each in articles]
        seconds.append(time.process_time() - began)
    tops = [[code for code in each if code in topics.taxonomy.tops] for each in found]
    expected = [each.code for each in articles]
    first = [codes[0] if codes else "" for codes in tops]
    names = {code: topics.taxonomy.headings[code].name for code in set(expected)}
    by_class = {names[code]: _f1(first, expected, code) for code in sorted(names)}
    wrong = Counter((names[right], code) for code, right in zip(first, expected, strict=True) if code != right)
    return {
        "top_1": _share(code == right for code, right in zip(first, expected, strict=True)),
        "top_3": _share(right in codes[:3] for codes, right in zip(tops, expected, strict=True)),
        "macro_f1": round(sum(by_class.values()) / len(by_class), 4),
        "f1": {name: round(score, 4) for name, score in by_class.items()},
        "below": _share(len(each) > len(codes) for each, codes in zip(found, tops, strict=True)),
        "docs_per_cpu_second": round(len(articles) / min(seconds)),
        "mistaken_most": [[name, code, count] for (name, code), count in wrong.most_common(5)],
    }


def _f1(found: Sequence[str], expected: Sequence[str], code: str) -> float:
    right = sum(one == other == code for one, other in zip(found, expected, strict=True))
    return 2 * right / (found.count(code) + expected.count(code))


def _share(hits: Iterator[bool]) -> float:
    counted = list(hits)
    return round(sum(counted) / len(counted), 4)


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open("rb") as packed, gzip.open(packed) if file.suffix == ".gz" else packed as lines:
        yield from map(json.loads, lines)


def _options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description="Measures topic classification.")
    options.add_argument("--data", type=Path, required=True, help="articles with labels, as JSON Lines")
    options.add_argument("--map", type=Path, required=True, help="JSON file that maps labels to Media Topics")
    options.add_argument("--taxonomy", type=Path, help="taxonomy file, as in COPYTASTER_TAXONOMY")
    options.add_argument("--model", type=Path, help="also measure with this model")
    options.add_argument("--train", type=Path, nargs="*", help="train on these texts (default: the data) and measure")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="times to measure the speed; the fastest counts")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    return options


def _print(figures: Figures) -> None:
    print(f"{figures['articles']} articles of {figures['data']}")
    print(f"{'':8} {'top-1':>7} {'top-3':>7} {'macro-F1':>9} {'docs/CPU s':>11}")
    for name in ("rules", "model", "trained"):
        if each := figures.get(name):
            shares = f"{each['top_1']:7.4f} {each['top_3']:7.4f} {each['macro_f1']:9.4f}"
            print(f"{name:8} {shares} {each['docs_per_cpu_second']:11,}")


if __name__ == "__main__":
    main()
