"""``python -m benchmarks.language [--data FILE.tsv] [--json]``: language detection on one-line headlines.

Each line of the file has a language code, a tab and a headline. The default file is ``headlines.tsv`` in this folder:
60 headlines in 31 languages, written for this project.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from copytaster.tagging.language import LanguageDetector, load_language_detector

HEADLINES = Path(__file__).with_name("headlines.tsv")


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, default=HEADLINES, help="lines of code, tab, headline")
    options.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = options.parse_args()
    figures = measure(load(arguments.data), load_language_detector())
    if arguments.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    print(f"{figures['right']} of {figures['headlines']} right, {figures['per_cpu_second']} a CPU second")
    for wrong in figures["wrong"]:
        print(f"  {wrong['language']} detected as {wrong['detected']} at {wrong['confidence']}: {wrong['headline']}")


def load(file: Path) -> list[tuple[str, str]]:
    """Return the pairs of language and headline."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(language, headline) for language, _, headline in (line.partition("\t") for line in lines)]


def measure(headlines: Sequence[tuple[str, str]], detector: LanguageDetector) -> dict[str, Any]:
    """Return how many languages are detected correctly, and the headlines with the wrong ones."""
    began = time.process_time()
    found = [detector.detect(headline, "", declared=None) for _, headline in headlines]
    seconds = time.process_time() - began
    wrong = [
        {"language": language, "detected": each.value, "confidence": each.provenance.confidence, "headline": headline}
        for (language, headline), each in zip(headlines, found, strict=True)
        if each.value != language
    ]
    return {
        "headlines": len(headlines),
        "languages": len({language for language, _ in headlines}),
        "right": len(headlines) - len(wrong),
        "per_cpu_second": round(len(headlines) / max(seconds, 1e-9)),
        "wrong": wrong,
    }


if __name__ == "__main__":
    main()
