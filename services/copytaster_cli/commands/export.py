"""``copytaster export``: writes articles for other systems."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, BinaryIO

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
from copytaster_cli.rendering.output import print_error, print_note


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
    _write(begun, form, output, resumed=cursor is not None)


def _write(begun: Export, form: ExportFormat, output: Path | None, *, resumed: bool) -> None:
    encoder, written = open_encoder(form, resumed=resumed), _Written()
    whole_file = form is ExportFormat.PARQUET
    try:
        with _opened(output, append=resumed and not whole_file) as file:
            for part in encode(written.note(begun.pages), encoder):
                file.write(part)
    except TransientError:
        if written.cursor and not whole_file:
            print_error(f"the export stopped after {written.count} documents; go on with --cursor {written.cursor}")
        raise
    documents = "1 document" if written.count == 1 else f"{written.count:,} documents"
    print_note(f"{documents}; the next export begins with --after {begun.next_after}")


@contextmanager
def _opened(output: Path | None, *, append: bool) -> Iterator[BinaryIO]:
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with output.open("ab" if append else "wb") as file:
        yield file
