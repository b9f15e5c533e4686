"""CSV and TSV: tables of clippings as media monitors export them, one article in each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.json_documents.field_map import FieldMap, folded
from copytaster.parsing.json_documents.items import Document
from copytaster.parsing.json_documents.objects import read_object
from copytaster.parsing.original import HEAD_BYTES, Original
from copytaster.parsing.parser import BadItem, Draft

_DELIMITERS = ",;\t|"
_HEADER_AMONG = 10
"""Rows; exports print the name and date of the report above the header."""

_LEAST_NAMES = 3
"""Names of the field map in a header, the title or text among them: a sentence with commas has none."""

_LONGEST_CELL = 2**31 - 1
"""Characters; the module's default of 131,072 is less than a long text. The size of files is limited elsewhere."""

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "title": "article_title headline_text titel überschrift titre título titulo titolo",
        "text": "full_article fulltext volltext texte texto testo",
        "summary": "snippet extract hit_sentence opening_text context",
        "authors": "journalist journalists reporter author_name autor auteur autore",
        "publisher": (
            "publication publication_name media_outlet media_name outlet_name media medium medio quelle domain"
        ),
        "url": "article_url article_link web_link weblink hyperlink",
        "language": "sprache langue idioma",
        "published_at": "article_date date_time publication_time datum fecha data",
        "guid": "clip_id document_id doc_id story_id item_id",
    }
)
"""Names that exports of media monitors have besides those of JSON."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The delimiter of a table, its columns, and the number of the row with their names."""

    delimiter: str
    columns: tuple[str, ...]
    header: int


class DelimitedParser:
    """Reads tables with a header whose names the field map has."""

    format = "csv"

    def __init__(self, plain: FieldMap) -> None:
        """``plain`` is the field map of JSON objects; the names of exports are added behind its own."""
        added = {field: (*plain.paths.get(field, ()), *names.split()) for field, names in _NAMES.items()}
        self._fields = FieldMap("csv", MappingProxyType({**plain.paths, **added}))
        # Computed once: each file of any format is searched for these names.
        names = {field: {folded(path.partition(".")[0]) for path in each} for field, each in self._fields.paths.items()}
        self._names = frozenset[str]().union(*names.values())
        self._main_names = names["title"] | names["text"]

    def score(self, original: Original) -> float:
        """Return .9 if one of the first rows names a title or text and two more fields."""
        return 0.9 if self._table(original.head_text) else 0.0

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield the article of each row; a row with too many cells, or without title and text, is a bad item."""
        decoded = decode(original.content)
        table = self._table(decoded.text)
        if table is None:
            raise RefusedError(
                Reason.PARSE_FAILED,
                f"{original.name} has no row with names of columns that the field map has: name them title, text, "
                "date, or set COPYTASTER_FIELD_MAP.",
            )
        csv.field_size_limit(_LONGEST_CELL)
        document = Document(original.name, self.format)
        for number, row in enumerate(csv.reader(io.StringIO(decoded.text, newline=""), delimiter=table.delimiter)):
            where = f"row {number + 1}"
            if number <= table.header or not any(cell.strip() for cell in row):
                continue
            if fault := _fault(row, table, where):
                yield document.refused(fault, where)
            else:
                item = {name: cell.strip() for name, cell in zip(table.columns, row, strict=False) if cell.strip()}
                yield document.item(read_object(item, self._fields, original.now), decoded, where)

    def _table(self, text: str) -> _Table | None:
        """Return the delimiter and header with the most names that the field map has."""
        top = "\n".join(text[:HEAD_BYTES].split("\n")[: 3 * _HEADER_AMONG])
        best: tuple[int, _Table] | None = None
        for delimiter in filter(top.__contains__, _DELIMITERS):
            for number, row in enumerate(_rows(top, delimiter)):
                if len(row) < _LEAST_NAMES:
                    continue
                columns = tuple(cell.strip().lstrip("\ufeff").replace(" ", "_") for cell in row)
                known = {folded(name) for name in columns} & self._names
                if len(known) >= _LEAST_NAMES and known & self._main_names and (best is None or len(known) > best[0]):
                    best = (len(known), _Table(delimiter, columns, number))
        return best[1] if best else None


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [row for _, row in zip(range(_HEADER_AMONG), reader, strict=False)]
    except csv.Error:  # a cell beyond the limit: prose with one quotation mark
        return []


def _fault(row: list[str], table: _Table, where: str) -> RefusedError | None:
    """Return the error of a row that does not fit the header; missing cells at its end are empty ones."""
    cells, columns = len(row), len(table.columns)
    if cells > columns and any(cell.strip() for cell in row[columns:]):
        found = f"has {cells} cells, but the header has {columns}: quote cells that contain the delimiter."
    elif cells == 1:
        found = f"has one cell, but the header has {columns}: a line break or a quotation mark is out of place."
    else:
        return None
    return RefusedError(Reason.PARSE_FAILED, f"{where} {found}")
