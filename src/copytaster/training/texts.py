"""Reads the texts that the topic model is trained on: from files of any supported format, or from the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog

from copytaster.clock import Clock
from copytaster.errors import PermanentError
from copytaster.model.limits import Limits
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import Reader
from copytaster.store.article_pages import article_pages
from copytaster.store.ports.articles import ArticleQuery, Articles
from copytaster.tagging.stages import UNDETERMINED, LanguageStage, Passage

PAGE = 100
"""Articles per query, as in ``copytaster articles``."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileTexts:
    """Reads files like the pipeline, but without a sandbox, because they are the operator's own."""

    reader: Reader
    language: LanguageStage
    limits: Limits
    clock: Clock

    def read(self, paths: Iterable[Path]) -> Iterator[Passage]:
        """Yield every text in the files and in all files below the folders, in the order of their names.

        A file that cannot be parsed is skipped with a warning in the log. Raises ``OSError`` when a path does not
        exist.
        """
        for path in paths:
            for file in _files(path):
                try:
                    yield from self._texts(file)
                except PermanentError as error:
                    log.warning("training.unreadable", path=str(file), why=error.message)

    def _texts(self, file: Path) -> Iterator[Passage]:
        with file.open("rb") as content:
            original = Original(file=content, name=file.name, now=self.clock.now(), frame=Frame(limits=self.limits))
            for reading in self.reader.read(original):
                if isinstance(reading.item, Draft):
                    draft = reading.item
                    language = self.language.detect(draft.title, draft.text, declared=draft.language)
                    yield Passage(draft.title, draft.text, language.value)


def stored_texts(articles: Articles) -> Iterator[Passage]:
    """Yield the text of every article in the store, newest first."""
    for page in article_pages(articles, ArticleQuery(limit=PAGE)):
        for article in page:
            yield Passage(article.title, article.text, article.language or UNDETERMINED)


def _files(path: Path) -> Iterable[Path]:
    if path.is_dir():
        return sorted(each for each in path.rglob("*") if each.is_file() and not each.name.startswith("."))
    return [path]
