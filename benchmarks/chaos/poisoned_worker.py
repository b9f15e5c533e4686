"""The product's worker, whose parser for text kills its process on files that contain the word POISON.

Run in place of ``python -m copytaster_workers``.
"""

from __future__ import annotations

import mmap
import os
import sys
from typing import Any

import copytaster_workers.__main__
from copytaster.bootstrap.environment import load_settings
from copytaster.parsing.plain.parser import TextParser

DEATHS = "poison-deaths"
"""The file in the data folder whose single byte is the number of deaths."""

_parse = TextParser.parse


def _shared_counter() -> mmap.mmap:
    """Map the file of the number of deaths: a sandboxed parser may open no file, but may write to memory."""
    data = load_settings(os.environ).data
    data.mkdir(parents=True, exist_ok=True)  # the worker may start before the watcher, which makes the folder
    with (data / DEATHS).open("a+b") as file:
        file.truncate(1)
        return mmap.mmap(file.fileno(), 1)


_deaths = _shared_counter()


def _parse_or_die(parser: TextParser, original: Any) -> Any:
    if b"POISON" in original.content:
        _deaths[0] += 1
        os.abort()
    return _parse(parser, original)


setattr(TextParser, "parse", _parse_or_die)  # noqa: B010  # there is no way yet to add a parser from outside

if __name__ == "__main__":
    sys.exit(copytaster_workers.__main__.main([]))
