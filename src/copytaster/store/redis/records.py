"""Records that several releases read while their processes run side by side.

A release refuses to work with fields that it does not know, because it does not know what they mean. So a record
contains an optional field only if it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from zstandard import ZstdError

from copytaster.errors import DamagedRecordError, NewerRecordError
from copytaster.model.article import ArticleId

Model = TypeVar("Model", bound=BaseModel)

UNKNOWN = {"extra_forbidden", "enum", "literal_error"}
"""Pydantic's types of the errors about fields and values that the model does not have."""


@contextmanager
def newer_records(what: str) -> Iterator[None]:
    """Convert errors about unknown fields and values of the record ``what`` to ``NewerRecordError``."""
    try:
        yield
    except ValidationError as error:
        unknown = [".".join(map(str, each["loc"])) for each in error.errors() if each["type"] in UNKNOWN]
        if not unknown:
            raise
        raise NewerRecordError(
            f"{what} has fields or values that this release does not know ({', '.join(dict.fromkeys(unknown))}): a"
            " newer release wrote it; upgrade and restart this process, another worker continues the work meanwhile"
        ) from error


UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError, ZstdError)
"""What reading a record raises if some of its bytes have changed."""


@contextmanager
def whole_record(article_id: ArticleId) -> Iterator[None]:
    """Convert errors about changed bytes in the records of an article to ``DamagedRecordError``."""
    try:
        yield
    except UNREADABLE as error:
        raise damaged_record(article_id, error) from error


def damaged_record(article_id: ArticleId, error: Exception) -> DamagedRecordError:
    """Return what ``whole_record`` raises, for loops that would enter it too often."""
    # The first line: the others of an invalid record repeat its content.
    why = (str(error) or type(error).__name__).splitlines()[0]
    return DamagedRecordError(article_id, f"{type(error).__name__}: {why}")


def read_report(model: type[Model], stored: bytes | str) -> Model | None:
    """Return what another process reports, without fields that this release does not know.

    None if it is of a kind that this release does not know. Only for what is shown: one such report must not hide all
    others.
    """
    try:
        return model.model_validate_json(stored, extra="ignore")
    except ValidationError:
        return None


def unused_fields(record: BaseModel) -> set[str]:
    """Return the fields that are null and have the default null, which a record is written without."""
    optional = (name for name, field in type(record).model_fields.items() if field.default is None)
    return {name for name in optional if getattr(record, name) is None}
