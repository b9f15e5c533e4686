"""``python -m benchmarks.encodings --data FOLDER [--peers] [--json]``: files in old charsets, decoded to the true text.

A file counts when every character is right (control codes and the byte order mark aside), from its bytes alone; a
second figure counts decoding with the declared charset. A file whose charset is unknown counts as right if the language
of the text is the one in its name. Exit status 0: done; 2: no data.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from pathlib import Path
from typing import Any

import py3langid

from benchmarks.encodings.peers import Decoder, peers
from benchmarks.encodings.truth import IN_FILE_NAME, Sample, samples, seen
from copytaster.parsing.charset.decoding import decode, peek

_DECLARED = re.compile(r"<(?:\?xml|meta)[^>]*?(?:encoding|charset)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_LANGUAGES = {
    "arabic": "ar", "bulgarian": "bg", "chinese": "zh", "english": "en", "french": "fr", "greek": "el",
    "hebrew": "he", "korean": "ko", "polish": "pl", "russian": "ru", "spanish": "es", "turkish": "tr",
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Decode all files, print the figures and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encodings", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder with manifest.jsonl")
    parser.add_argument("--peers", action="store_true", help="run the rivals that are installed as well")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args(arguments)
    try:
        found = measure(list(samples(options.data)), peers() if options.peers else {})
    except FileNotFoundError as error:
        print(f"skipped: {error.filename} is not there; --data names the folder with the manifest", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=2) if options.json else _as_text(found))
    return 0


def measure(files: list[Sample], rivals: dict[str, Decoder]) -> dict[str, Any]:
    """Return the counts, the files decoded wrongly, and the rivals' counts."""
    known = [each for each in files if each.text is not None]
    started = time.process_time()
    wrong = [each for each in known if decode(each.content).text != each.text]
    seconds = time.process_time() - started
    declared = sum(decode(each.content, _declared(each.content)).text == each.text for each in known)
    named = [each for each in files if each.label == IN_FILE_NAME]
    return {
        "files": len(files),
        "decodable": len(known),
        "exactly_right": len(known) - len(wrong),
        "exactly_right_with_declaration": declared,
        "named_by_language": len(named),
        "language_as_named": sum(_language(each) for each in named),
        "not_decodable": [each.name for each in files if each.text is None and each not in named],
        "ms_per_file": round(1000 * seconds / max(1, len(known)), 2),
        "wrong": {each.name: decode(each.content).charset for each in wrong},
        "peers": {
            name: {"exactly_right": sum(_right(rival, each) for each in known)} for name, rival in rivals.items()
        },
    }


def _right(rival: Decoder, sample: Sample) -> bool:
    text = rival(sample.content)
    return text is not None and seen(text) == sample.text


def _language(sample: Sample) -> bool:
    text = re.sub("[<][^>]*[>]", " ", decode(sample.content).text)
    language = next((code for name, code in _LANGUAGES.items() if name in sample.name), None)
    return bool(py3langid.classify(text[:20_000])[0] == language)


def _declared(content: bytes) -> str | None:
    found = _DECLARED.search(peek(content))
    return found and found.group(1)


def _as_text(found: dict[str, Any]) -> str:
    lines = [f"{name:32} {value}" for name, value in found.items() if not isinstance(value, dict | list)]
    lines += [f"{name:32} {value['exactly_right']}" for name, value in found["peers"].items()]
    return "\n".join([*lines, *(f"wrong: {name} read as {charset}" for name, charset in found["wrong"].items())])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
