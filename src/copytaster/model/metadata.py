"""What senders say about a file beside it: in a sidecar about one file, in a ``_source.yml`` about a folder's files."""

from __future__ import annotations

import codecs
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints, ValidationError

from copytaster.errors import PermanentError
from copytaster.model.article import ArticleStatus, Document
from copytaster.model.disposition import Reason

SIDECAR = ".meta.json"
"""``story.html.meta.json`` is the sidecar of ``story.html``."""

FOLDER_DEFAULTS = "_source.yml"
"""A file of this name is about all files of its folder and below."""

MOST_SIDECAR_BYTES = 64 * 1024
"""A sidecar is some lines; what is larger is another file under a sidecar's name."""

MOST_FAULTS = 3
"""Faults that a message lists: whoever mends three looks at the rest as well."""


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Metadata(Document):
    """What a sidecar may say: fields of the article document, all of them optional; times carry their offset.

    ``version`` is the sender's own number of this version of ``guid``.
    """

    title: Words | None = None
    summary: Words | None = None
    byline: Words | None = None
    authors: tuple[Words, ...] | None = None
    dateline: Words | None = None
    source: Words | None = None
    url: Words | None = None
    language: LanguageCode | None = None
    published_at: Moment | None = None
    modified_at: Moment | None = None
    guid: Words | None = None
    version: Annotated[int, Field(ge=0)] | None = None
    keywords: tuple[Words, ...] | None = None
    status: ArticleStatus | None = None
    embargoed_until: Moment | None = None


class FolderDefaults(Document):
    """What a ``_source.yml`` may say: fields that all files of a folder may share, all of them optional."""

    source: Words | None = None
    language: LanguageCode | None = None
    byline: Words | None = None
    status: ArticleStatus | None = None


def read_sidecar(content: bytes, *, path: str) -> Metadata:
    """Return what the sidecar at ``path`` below the inbox says; an explicit null says nothing.

    Raises ``PermanentError`` (``bad_sidecar``) that names each field that is wrong.
    """
    if len(content) > MOST_SIDECAR_BYTES:
        raise _bad(path, f"has {len(content):,} bytes; the limit is {MOST_SIDECAR_BYTES:,} bytes")
    try:
        # Strict, as "3" for 3 is a sender's mistake; in JSON, times and codes are text all the same.
        return Metadata.model_validate_json(content.removeprefix(codecs.BOM_UTF8), strict=True)
    except ValidationError as error:
        raise _bad(path, f"cannot be used: {faults(error, Metadata)}") from error


def faults(error: ValidationError, model: type[Document]) -> str:
    """Return what is wrong, field by field, in one line."""
    said = [_fault(each["type"], each["loc"], each["msg"], model) for each in error.errors(include_url=False)]
    more = f"; and {len(said) - MOST_FAULTS} more" if len(said) > MOST_FAULTS else ""
    return "; ".join(said[:MOST_FAULTS]) + more


def _fault(kind: str, place: tuple[int | str, ...], message: str, model: type[Document]) -> str:
    if kind == "json_invalid":
        return message
    if kind == "model_type":
        return "it is not an object with fields"
    field = ".".join(map(str, place))
    if kind == "extra_forbidden":
        return f"there is no field {field!r}; there are {', '.join(model.model_fields)}"
    return f"{field}: {message}"


def _bad(path: str, why: str) -> PermanentError:
    return PermanentError(Reason.BAD_SIDECAR, f"the sidecar {path} {why}")
