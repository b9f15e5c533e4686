"""``python -m benchmarks.language [--data FILE.tsv] [--json]``: one-line headlines told right.

A line of the file is a language code, a tab and a headline. Without ``--data`` it is ``headlines.tsv`` beside this
module: 60 headlines of our own in 31 languages.
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
    given = options.parse_args()
    figures = measure(load(given.data), load_language_detector())
    if given.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    print(f"{figures['right']} of {figures['headlines']} right, {figures['per_cpu_second']} a CPU second")
    for each in figures["wrong"]:
        print(f"  {each['language']} told as {each['told']} at {each['confidence']}: {each['headline']}")


def load(file: Path) -> list[tuple[str, str]]:
    """Return the pairs of language and headline."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [(language, headline) for language, _, headline in (line.partition("\t") for line in lines)]


def measure(headlines: Sequence[tuple[str, str]], detector: LanguageDetector) -> dict[str, Any]:
    """Return how many are right, and which are not."""
    began = time.process_time()
    found = [detector.detect(headline, "", declared=None) for _, headline in headlines]
    seconds = time.process_time() - began
    wrong = [
        {"language": language, "told": each.value, "confidence": each.provenance.confidence, "headline": headline}
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
