"""Generates the files that a fault drops."""

from __future__ import annotations

from itertools import cycle
from typing import Protocol

from benchmarks.chaos.articles import make_article
from benchmarks.chaos.formats import FORMATS
from benchmarks.chaos.scene import ExpectedFile

POISON = "POISON"
"""The word that kills ``benchmarks.chaos.poisoned_worker``."""

BROKEN = 7
"""The number in each ten of the broken file."""

COPY = "-copy.txt"

UNFINISHED = b'<?xml version="1.0"?>\n<nitf>\n<body>\n<p>To be continued'


class Maker(Protocol):
    """Generates the files of a run."""

    def __call__(self, prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
        """Return ``count`` files by name; names begin with ``prefix``, and the same ``key`` makes the same content."""
        ...


def make_texts(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return plain texts, no two alike."""
    articles = [make_article(f"{key}/{number}") for number in range(count)]
    return {f"{prefix}-{number}.txt": ExpectedFile(each.title, each.content) for number, each in enumerate(articles)}


def make_texts_and_pages(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return plain texts and, every second one, web pages."""
    files = make_texts(prefix, count, key)
    for number in range(1, count, 2):
        article = make_article(f"{key}/{number}")
        del files[f"{prefix}-{number}.txt"]
        files[f"{prefix}-{number}.html"] = ExpectedFile(article.title, article.page)
    return files


def make_copies(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return files of one text; for every second key they differ in their bytes, though not in their words."""
    article = make_article(key)
    blank = int(key[-1]) % 2
    contents = [article.content + b"\n" * (number * blank) for number in range(count)]
    return {f"{prefix}-{number}.txt": ExpectedFile(article.title, each) for number, each in enumerate(contents)}


def make_every_format(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return articles in all formats by turns."""
    files = {}
    for number, (extension, write) in zip(range(count), cycle(FORMATS.items()), strict=False):
        article = make_article(f"{key}/{number}")
        files[f"{prefix}-{number}.{extension}"] = ExpectedFile(article.title, write(article))
    return files


def make_poison(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return a text that kills the process that reads it, and after it ``count`` plain texts."""
    article = make_article(f"{key}/{POISON}")
    poison = ExpectedFile(article.title, article.content + f"\n{POISON}\n".encode())
    return {f"{prefix}-{POISON}.txt": poison} | make_texts(prefix, count, key)


def make_mix(prefix: str, count: int, key: str) -> dict[str, ExpectedFile]:
    """Return texts and pages, one in ten of them broken, and after them, a quarter of all, copies of the texts.

    A broken file is empty, or a document that ends too early. Copies are identical, or differ by empty
    lines, or by the last sentence; their names end in ``COPY``.
    """
    originals = make_texts_and_pages(prefix, count - count // 4, key)
    texts = [expected for name, expected in originals.items() if name.endswith(".txt")]
    for number, name in enumerate(tuple(originals)):
        if number % 10 == BROKEN:
            title = originals.pop(name).title
            originals[f"{prefix}-{number}-broken.xml"] = ExpectedFile(
                title, b"" if number % 20 == BROKEN else UNFINISHED
            )
    copies = {
        f"{prefix}-{number}{COPY}": ExpectedFile(expected.title, _copied(expected.content, number % 3))
        for number, expected in zip(range(count // 4), cycle(texts), strict=False)
    }
    return originals | copies


def _copied(content: bytes, kind: int) -> bytes:
    if kind == 0:
        return content
    return content + b"\n\n" if kind == 1 else content.rpartition(b". ")[0] + b".\n"
