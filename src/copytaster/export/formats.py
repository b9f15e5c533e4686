"""The formats of an export."""

from __future__ import annotations

from enum import StrEnum

from copytaster.export.csv_table import CsvTable
from copytaster.export.encoder import Encoder
from copytaster.export.json_lines import JsonLines
from copytaster.export.ninjs import Ninjs
from copytaster.export.parquet import Parquet


class ExportFormat(StrEnum):
    """A format by its name in options and parameters."""

    JSONL = "jsonl"
    NINJS = "ninjs"
    CSV = "csv"
    PARQUET = "parquet"


def open_encoder(wanted: ExportFormat, *, resumed: bool = False) -> Encoder:
    """Return the encoder for one export; what a resumed one writes may be appended to what was written before.

    That does not hold for Parquet: each export is a file of its own. Raises ``MissingExtraError`` if the format needs a
    package that is not installed.
    """
    match wanted:
        case ExportFormat.JSONL:
            return JsonLines()
        case ExportFormat.NINJS:
            return Ninjs()
        case ExportFormat.CSV:
            return CsvTable(resumed=resumed)
        case ExportFormat.PARQUET:
            return Parquet()
