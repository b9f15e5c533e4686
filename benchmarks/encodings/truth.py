"""The files of the corpus and their true texts, as far as the manifest states the charset."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from copytaster.parsing.charset.decoding import clean

IN_FILE_NAME = "see file name"
"""Label of the files in whose name only the language is known."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file: its bytes, the charset in its label, and its text (None if it is unknown)."""

    name: str
    content: bytes
    label: str
    text: str | None


def samples(data: Path) -> Iterator[Sample]:
    """Yield the files of the group ``encoding``. Raises ``FileNotFoundError`` without a manifest."""
    for line in (data / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["group"] == "encoding":
            content = (data / row["file"]).read_bytes()
            label = row["expect"].removeprefix("encoding=")
            yield Sample(row["file"], content, label, true_text(content, label))


def true_text(content: bytes, label: str) -> str | None:
    """Return ``content`` decoded in the charset ``label`` (``iso-8859-2-czech``: a language may follow), else None."""
    charset = _codec(label)
    try:
        return None if charset is None else seen(content.decode(charset))
    except UnicodeDecodeError:
        return None


def seen(text: str) -> str:
    """Return the characters that are compared: without a byte order mark and control codes."""
    return clean(text)


def _codec(label: str) -> str | None:
    while label and label != IN_FILE_NAME:
        try:
            return codecs.lookup(label).name
        except LookupError:
            label = label.rpartition("-")[0]
    return None
