"""The product's worker, whose parser for text kills its process on files that hold the word POISON.

Run in place of ``python -m copytaster_workers``.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import copytaster_workers.__main__
from copytaster.parsing.plain.parser import TextParser
from copytaster.settings import load_settings

DEATHS = "deaths"
"""The folder below the data folder that has a file for each poison, by its sha256, with a byte for each death."""

_parse = TextParser.parse


def _parse_or_die(parser: TextParser, original: Any) -> Any:
    if b"POISON" in original.content:
        folder = load_settings(os.environ).data / DEATHS
        folder.mkdir(exist_ok=True)
        with Path(folder, hashlib.sha256(original.content).hexdigest()).open("ab") as deaths:
            deaths.write(b"x")
        os.abort()
    return _parse(parser, original)


setattr(TextParser, "parse", _parse_or_die)  # noqa: B010  # there is no way yet to add a parser from outside

if __name__ == "__main__":
    sys.exit(copytaster_workers.__main__.main([]))
