"""``copytaster export``: writes articles for other systems."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from copytaster.articles.views import restriction
from copytaster.errors import TransientError
from copytaster.export.encoder import encode
from copytaster.export.exported import ExportedDocument
from copytaster.export.formats import ExportFormat, open_encoder
from copytaster.export.positions import WrongExportCursorError
from copytaster.export.reading import Export, Exports
from copytaster_cli.article_filters import (
    Entity,
    FileFormat,
    Keyword,
    Language,
    Publisher,
    ReceivedFrom,
    ReceivedTo,
    Since,
    Source,
    Status,
    Story,
    Tag,
    Topic,
    Until,
    article_query,
)
from copytaster_cli.context import dependencies_of
from copytaster_cli.reader import Selection
from copytaster_cli.rendering.output import print_error, print_note
from copytaster_cli.selection_notes import note_that_none_matches
from copytaster_cli.store_reader import StoreReader


@dataclass(slots=True)
class _Written:
    """What has been written so far."""

    count: int = 0
    cursor: str | None = None

    def note(self, pages: Iterable[list[ExportedDocument]]) -> Iterator[list[ExportedDocument]]:
        """Yield the pages; one counts when the next is wanted, because it is written then."""
        for page in pages:
            yield page
            if page:
                self.count += len(page)
                self.cursor = page[-1].cursor


Form = Annotated[ExportFormat, typer.Option("--format", help="Format of the file.")]
After = Annotated[str | None, typer.Option(metavar="EVENT_ID", help="Only what changed after this event (see stderr).")]
Resumed = Annotated[str | None, typer.Option("--cursor", help="Append what follows the document with this cursor.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; default: stdout.")]


def export(  # noqa: PLR0913  # one parameter per filter of the contract
    context: typer.Context,
    *,
    form: Form = ExportFormat.JSONL,
    source: Source = None,
    publisher: Publisher = None,
    topic: Topic = None,
    entity: Entity = None,
    keyword: Keyword = None,
    tag: Tag = None,
    language: Language = None,
    file_format: FileFormat = None,
    status: Status = None,
    story: Story = None,
    since: Since = None,
    until: Until = None,
    received_from: ReceivedFrom = None,
    received_to: ReceivedTo = None,
    after: After = None,
    cursor: Resumed = None,
    output: Output = None,
) -> None:
    """Write all articles that match, newest received first, for other systems.

    Withheld, canceled and deleted articles are notices without text. At the end, stderr has the option with which the
    next export has only what changed. Exit 1 when the export stops before its end.
    """
    store = dependencies_of(context).store_to_read()
    texts = {"source": source, "publisher": publisher, "topic": topic, "entity": entity, "keyword": keyword}
    texts |= {"tag": tag, "language": language, "format": file_format}
    published, received = (since, until), (received_from, received_to)
    query = article_query(texts, status, published, received, now=dependencies_of(context).clock.now())
    query = replace(query, among=restriction(store, story, withheld=False))
    try:
        begun = Exports(store, dependencies_of(context).clock).begin(query, after=after, cursor=cursor)
    except WrongExportCursorError as error:
        raise typer.BadParameter(str(error)) from error
    count = _write(begun, form, output, resumed=cursor is not None)
    if not (count or after or cursor):
        note_that_none_matches(Selection(query=query, story=story), StoreReader(dependencies_of(context)))


def _write(begun: Export, form: ExportFormat, output: Path | None, *, resumed: bool) -> int:
    """Write the export, and return the number of documents."""
    encoder, written = open_encoder(form, resumed=resumed), _Written()
    whole_file = form is ExportFormat.PARQUET
    try:
        with _opened(output, append=resumed and not whole_file) as write:
            for part in encode(written.note(begun.pages), encoder):
                write(part)
    except (TransientError, OSError, KeyboardInterrupt) as error:
        if written.cursor and not whole_file and not isinstance(error, BrokenPipeError):
            print_error(f"the export stopped after {written.count} documents; go on with --cursor {written.cursor}")
        raise
    documents = "1 document" if written.count == 1 else f"{written.count:,} documents"
    print_note(f"{documents}; the next export begins with --after {begun.next_after}")
    return written.count


@contextmanager
def _opened(output: Path | None, *, append: bool) -> Iterator[Callable[[bytes], object]]:
    """Give what writes one part. Of a part that could not be written whole, a file has nothing: it can be continued."""
    if output is None:
        yield _write_to_stdout
        return
    with output.open("ab" if append else "wb", buffering=0) as file:
        whole = os.fstat(file.fileno()).st_size

        def write(part: bytes) -> None:
            nonlocal whole
            left = memoryview(part)
            while left:
                left = left[file.write(left) :]
            whole += len(part)

        try:
            yield write
        except BaseException:
            with suppress(OSError):  # a pipe cannot be cut
                file.truncate(whole)
            raise


def _write_to_stdout(part: bytes) -> None:
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
