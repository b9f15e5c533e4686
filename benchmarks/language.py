"""``python -m benchmarks.language [--data PATH] [--json]``: language detection on headlines or sentences.

The path is a file of lines with a language code, a tab and a text, a JSON Lines file (``.jsonl``, optionally gzipped)
with ``language`` and ``text``, or a folder of such JSON Lines files. The default is ``headlines.tsv`` in this folder:
60 headlines in 31 languages, written for this project. The code "no" accepts both written standards of Norwegian.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from copytaster.tagging.language import LanguageDetector, load_language_detector

HEADLINES = Path(__file__).with_name("headlines.tsv")

ACCEPTED = {"no": {"nb", "nn"}}
"""Codes of a language and its written standards."""

LISTED = 10
"""Languages and wrong texts that are listed: enough to see what is confused."""


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, default=HEADLINES, help="file or folder of texts with languages")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = options.parse_args()
    detector = load_language_detector()
    figures = {file.name: measure(load(file), detector) for file in files(arguments.data)}
    if arguments.json:
        print(json.dumps(next(iter(figures.values())) if len(figures) == 1 else figures, ensure_ascii=False))
        return
    for name, each in figures.items():
        print(
            f"{name}: {each['right']} of {each['texts']} right ({each['share']}), {each['per_cpu_second']} a CPU second"
        )
        for wrong in each["wrong"]:
            print(f"  {wrong['language']} detected as {wrong['detected']} at {wrong['confidence']}: {wrong['text']}")
        print("  least:", ", ".join(f"{language} {share}" for language, share in each["least"].items()))


def files(path: Path) -> list[Path]:
    """Return the file, or the JSON Lines files of a folder."""
    return sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]


def load(file: Path) -> list[tuple[str, str]]:
    """Return the pairs of language and text."""
    content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    lines = [line for line in content.decode("utf-8").split("\n") if line.strip()]
    if ".jsonl" in file.suffixes:
        return [(each["language"], each["text"]) for each in map(json.loads, lines)]
    return [(language, text) for language, _, text in (line.partition("\t") for line in lines)]


def measure(texts: Sequence[tuple[str, str]], detector: LanguageDetector) -> dict[str, Any]:
    """Return how many texts' languages are detected, the worst languages, and the first texts with a wrong result."""
    began = time.process_time()
    found = [detector.detect(text, "", declared=None) for _, text in texts]
    seconds = time.process_time() - began
    wrong = [
        {"language": language, "detected": each.value, "confidence": each.provenance.confidence, "text": text}
        for (language, text), each in zip(texts, found, strict=True)
        if each.value not in ACCEPTED.get(language, {language})
    ]
    totals, errors = Counter(language for language, _ in texts), Counter(each["language"] for each in wrong)
    shares = {language: round(1 - errors[language] / total, 3) for language, total in totals.items()}
    return {
        "texts": len(texts),
        "languages": len(totals),
        "right": len(texts) - len(wrong),
        "share": round(1 - len(wrong) / len(texts), 4),
        "per_cpu_second": round(len(texts) / max(seconds, 1e-9)),
        "least": dict(sorted(shares.items(), key=lambda item: item[1])[:LISTED]),
        "wrong": wrong[:LISTED],
    }


if __name__ == "__main__":
    main()
