"""The search index in a file of SQLite: a full-text table without the texts, and the id of each position."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import apsw

from copytaster.model.article import ArticleId
from copytaster.search.document import SearchDocument
from copytaster.search.index import (
    LAST,
    RANKED,
    Hit,
    IndexFileError,
    IndexRequest,
    Progress,
    SearchCursor,
    SearchTimeoutError,
)
from copytaster.search.match_expression import COLUMNS, TERMS, indexed_term, match_expression
from copytaster.search.matching import score
from copytaster.search.query import Field, Order

VERSION = 2
"""Version of the table and of the words in it: an index of another version is built anew."""

SCHEMA = f"""
CREATE VIRTUAL TABLE words USING fts5(
    {", ".join(COLUMNS)}, {TERMS}, content='', contentless_delete=1, tokenize='ascii'
);
CREATE TABLE articles(position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE state(progress TEXT NOT NULL, count INTEGER NOT NULL);
"""

WAIT_MILLISECONDS = 5_000
"""How long to wait for another process's change, which takes milliseconds."""

TIME_LIMIT = 2.0
"""Seconds that a query may take: a person has given up by then. Few take more than a hundredth of it."""

STEPS = 1_000
"""Steps of SQLite between two looks at the clock: a tenth of a millisecond."""

CONNECTIONS = 4
"""Queries that read the file at the same time: more than a machine's cores gain nothing."""

LOG_BYTES = 16_000_000
"""Size to which the write-ahead log is cut when it has been copied into the file."""

_DAMAGED = (apsw.CorruptError, apsw.NotADBError)


class DamagedIndexError(IndexFileError):
    """The file is no index, or its content is damaged, or it is of another release."""

    def __init__(self, file: Path, why: str) -> None:
        super().__init__(f"the search index {file} {why}")
        self.file = file


class SqliteWriter:
    """Implements ``IndexWriter``; one process at a time may have one."""

    def __init__(self, file: Path) -> None:
        """Open the file, or create it. Raises ``IndexFileError``; ``DamagedIndexError`` also for another version.

        A file that exists has to be an index: one that is empty, as after a power cut or on a full disk, has lost all.
        """
        is_new = not file.exists()
        file.parent.mkdir(parents=True, exist_ok=True)
        with _file_errors(file):
            self._connection = apsw.Connection(str(file))
            self._connection.set_busy_timeout(WAIT_MILLISECONDS)
            # After a power cut the last changes may be missing, together with their progress: they are made again.
            self._connection.execute(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit={LOG_BYTES}"
            )
            self._prepare(file, is_new=is_new)
        self._file = file

    @property
    def count(self) -> int:
        """The number of documents."""
        return int(self._state()[1])

    @property
    def progress(self) -> Progress:
        """The progress of the last change."""
        return Progress(**json.loads(self._state()[0]))

    def write(self, documents: Sequence[SearchDocument], removed: Sequence[ArticleId], progress: Progress) -> None:
        """Change documents; see ``IndexWriter.write``."""
        with _file_errors(self._file), self._connection:
            gone = sum(self._remove(each) for each in removed)
            replaced = sum(self._remove(each.article_id) for each in documents)
            for document in documents:
                self._add(document)
            self._connection.execute(
                "UPDATE state SET progress = ?, count = count + ?",
                (json.dumps(asdict(progress)), len({each.article_id for each in documents}) - replaced - gone),
            )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _prepare(self, file: Path, *, is_new: bool) -> None:
        if is_new:
            with self._connection:
                self._connection.execute(f"{SCHEMA} PRAGMA user_version={VERSION}")
                self._connection.execute("INSERT INTO state VALUES (?, 0)", (json.dumps(asdict(Progress())),))
        elif (version := _version(self._connection)) != VERSION:
            self._connection.close()
            raise _other_version(file, version)

    def _state(self) -> tuple[str, int]:
        with _file_errors(self._file):
            (row,) = self._connection.execute("SELECT progress, count FROM state")
        return str(row[0]), int(row[1])

    def _remove(self, article_id: ArticleId) -> int:
        for (position,) in list(self._connection.execute("SELECT position FROM articles WHERE id = ?", (article_id,))):
            self._connection.execute("DELETE FROM words WHERE rowid = ?", (position,))
            self._connection.execute("DELETE FROM articles WHERE position = ?", (position,))
            return 1
        return 0

    def _add(self, document: SearchDocument) -> None:
        position = document.position
        while list(self._connection.execute("SELECT 1 FROM articles WHERE position = ?", (position,))):
            position += 1  # two articles of one millisecond with the same digest
        self._connection.execute("INSERT INTO articles VALUES (?, ?)", (position, document.article_id))
        texts = [" ".join(document.words.get(field, ())) for field in COLUMNS]
        terms = " ".join(indexed_term(each) for each in sorted(document.terms))
        columns = ", ".join(["rowid", *COLUMNS, TERMS])
        marks = ", ".join("?" * (len(COLUMNS) + 2))
        self._connection.execute(f"INSERT INTO words({columns}) VALUES ({marks})", (position, *texts, terms))  # noqa: S608


class SqliteReader:
    """Implements ``SearchIndex`` on one file; may be used by many threads."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._free = threading.Semaphore(CONNECTIONS)
        self._idle: list[apsw.Connection] = []

    def find(self, request: IndexRequest) -> list[Hit]:
        """Return hits; see ``SearchIndex.find``. Raises ``DamagedIndexError``."""
        if request.query.is_impossible:
            return []
        with self._connection() as connection:
            if request.order is Order.NEWEST:
                return _newest(connection, request)
            return _best(connection, request)

    def close(self) -> None:
        """Close the connections that no query uses; the others are closed at the end of their query."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        """Lend a connection, whose queries end at the time limit."""
        until = time.monotonic() + TIME_LIMIT
        if not self._free.acquire(timeout=TIME_LIMIT):
            raise _timeout()
        try:
            with _file_errors(self._file):
                connection = self._idle.pop() if self._idle else self._open()
                connection.set_progress_handler(lambda: time.monotonic() > until, STEPS)
                yield connection
                self._idle.append(connection)
        except apsw.InterruptError as error:
            raise _timeout() from error
        finally:
            self._free.release()

    def _open(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._file), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(WAIT_MILLISECONDS)
        if (version := _version(connection)) != VERSION:
            connection.close()
            raise _other_version(self._file, version)
        connection.execute("PRAGMA query_only=1")
        connection.register_fts5_function("relevance", _relevance)
        return connection


def read_state(file: Path) -> tuple[Progress, int]:
    """Return the progress and the number of documents of an index. Raises ``IndexFileError``."""
    with _file_errors(file):
        connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            (row,) = connection.execute("SELECT progress, count FROM state")
        finally:
            connection.close()
    return Progress(**json.loads(str(row[0]))), int(row[1])


def _newest(connection: apsw.Connection, request: IndexRequest) -> list[Hit]:
    rows = _rows(connection, request, "id, position", before=request.after.position if request.after else LAST)
    return [Hit(ArticleId(str(name)), SearchCursor(int(position))) for name, position in rows]


def _best(connection: apsw.Connection, request: IndexRequest) -> list[Hit]:
    newest = request.after.newest if request.after and request.after.newest is not None else None
    before = LAST if newest is None else newest + 1
    # One statement: an article that is changed before another one would have no name any more.
    columns = f"relevance(words, {len(request.query.of_words())}), position, id"
    rows = _rows(connection, request, columns, before=before)
    found = [(int(scored), int(position), ArticleId(str(name))) for scored, position, name in rows]
    top = found[0][1] if found and newest is None else newest
    ranked = sorted(found, reverse=True)
    if request.after and request.after.score is not None:
        ranked = [each for each in ranked if each[:2] < (request.after.score, request.after.position)]
    return [Hit(name, SearchCursor(place, scored, top)) for scored, place, name in ranked[: request.limit]]


def _rows(connection: apsw.Connection, request: IndexRequest, columns: str, *, before: int) -> apsw.Cursor:
    """Select the newest matches before a position: as many as are asked for, or ranked."""
    first, before, among = request.first, min(before, request.before), ""
    bound: tuple[str, ...] = ()
    if request.among is not None:
        ids = json.dumps(sorted(request.among))
        (found,) = connection.execute(
            "SELECT min(position), max(position), json_group_array(position) FROM articles"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (ids,),
        )
        # Articles of a story arrive within days: matches of other times are not examined. With the sign, SQLite does
        # not evaluate the query for each article anew.
        first, before = max(first, found[0] or 0), min(before, (found[1] or 0) + 1)
        among, bound = "AND +words.rowid IN (SELECT value FROM json_each(?))", (found[2],)
    limit = request.limit if request.order is Order.NEWEST else RANKED
    return connection.execute(
        f"SELECT {columns} FROM words JOIN articles ON position = words.rowid WHERE words MATCH ?"  # noqa: S608
        f" AND words.rowid >= ? AND words.rowid < ? {among} ORDER BY words.rowid DESC LIMIT ?",
        (match_expression(request.query), first, before, *bound, limit),
    )


def _relevance(row: apsw.FTS5ExtensionApi, /, *words: apsw.SQLiteValue) -> int:
    """Return the score of an article; as many phrases as ``words`` says are words, and a period has hundreds more."""
    counts = []
    for phrase in range(int(str(words[0]))):
        places = row.phrase_locations(phrase)
        counts.append({field: len(places[number]) for number, field in enumerate(COLUMNS) if places[number]})
    return score(row.column_size(COLUMNS.index(Field.TEXT)), counts)


def _version(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def _other_version(file: Path, version: int) -> DamagedIndexError:
    return DamagedIndexError(file, f"is of another release: it has version {version}, and this release needs {VERSION}")


def _timeout() -> SearchTimeoutError:
    return SearchTimeoutError(
        f"the search took longer than {TIME_LIMIT:.0f} s and was ended; use more specific words, or a period"
    )


@contextmanager
def _file_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except apsw.Error as error:
        cause = _cause_of(error)
        if isinstance(cause, apsw.InterruptError):
            raise cause from None
        if isinstance(cause, _DAMAGED):
            raise DamagedIndexError(file, f"is damaged: {cause}") from error
        raise IndexFileError(f"the search index {file} cannot be used: {cause}") from error


def _cause_of(error: apsw.Error) -> apsw.Error:
    """Return the first of the errors.

    After some, as that of a full disk, SQLite has ended the transaction, and the last error is that it cannot be ended.
    """
    return _cause_of(error.__context__) if isinstance(error.__context__, apsw.Error) else error
