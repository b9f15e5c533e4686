"""Metadata from the sender: in a sidecar about one file, in a ``_source.yml`` about the files of a folder."""

from __future__ import annotations

import codecs
import json
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from copytaster.errors import PermanentError
from copytaster.model.article import ArticleStatus, Document
from copytaster.model.disposition import Reason
from copytaster.model.expectations import Expectations
from copytaster.model.source_names import alias_fault
from copytaster.model.stated_times import StatedTime, StatedUtcTime

SIDECAR = ".meta.json"
"""``story.html.meta.json`` is the sidecar of ``story.html``."""

FOLDER_DEFAULTS = "_source.yml"
"""A file of this name applies to all files in its folder and below."""

MAX_SIDECAR_BYTES = 64 * 1024
"""A sidecar has some lines; a larger file is something else with a sidecar's name."""

MAX_ALIASES = 64
"""Spellings of names in one ``_source.yml``. Every delivery of its folder records them, so the table must be small."""

MAX_FAULTS = 3
"""Faults that a message lists; it counts the others."""

MAX_FAULT = 2_000
"""Characters of a fault: a message may quote the file."""

OF_ALL = {"source", "publisher", "language", "status", "embargoed_until"}
"""Fields that can hold for every item of a file; one title or guid for all items would make them one article."""


def _usable(aliases: dict[str, str]) -> dict[str, str]:
    fault = alias_fault(aliases)
    if len(aliases) > MAX_ALIASES:
        fault = f"there are {len(aliases)} aliases; the limit is {MAX_ALIASES}"
    if fault:
        raise PydanticCustomError("aliases", "{fault}", {"fault": fault})
    return aliases


StrippedText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class Metadata(Document):
    """The content of a sidecar: fields of the article document, all of them optional; times have a UTC offset.

    ``published_at`` keeps its offset, which is the publisher's; the other times are converted to UTC.
    ``version`` is the sender's own number of this version of ``guid``.
    """

    title: StrippedText | None = None
    summary: StrippedText | None = None
    byline: StrippedText | None = None
    authors: tuple[StrippedText, ...] | None = None
    dateline: StrippedText | None = None
    source: StrippedText | None = None
    publisher: StrippedText | None = None
    url: StrippedText | None = None
    language: LanguageCode | None = None
    published_at: StatedTime | None = None
    modified_at: StatedUtcTime | None = None
    guid: StrippedText | None = None
    version: Annotated[int, Field(ge=0)] | None = None
    keywords: tuple[StrippedText, ...] | None = None
    status: ArticleStatus | None = None
    embargoed_until: StatedUtcTime | None = None

    @property
    def applies_to_all_items(self) -> bool:
        """Whether there are only fields that can hold for every item of a file."""
        return self.model_dump(exclude_none=True).keys() <= OF_ALL

    def for_all_items(self) -> Metadata:
        """Return the fields that can hold for every item of a file."""
        return self.model_copy(update=dict.fromkeys(Metadata.model_fields.keys() - OF_ALL))

    def beneath(self, outer: Metadata) -> Metadata:
        """Return these fields, and those of metadata about the file around it that are absent here.

        Of the terms of release the stricter ones count: neither of the two releases what the other one withholds.
        """
        both = (outer, self)
        status = max((each.status for each in both if each.status), key=_STRICTNESS.index, default=None)
        until = max((each.embargoed_until for each in both if each.embargoed_until), default=None)
        if any(each.status is ArticleStatus.WITHHELD and each.embargoed_until is None for each in both):
            until = None  # the end of one embargo would release what the other one withholds without an end
        stated = self.model_dump(exclude_none=True) | {"status": status, "embargoed_until": until}
        return outer.model_copy(update=stated)


_STRICTNESS = (ArticleStatus.USABLE, ArticleStatus.WITHHELD, ArticleStatus.CANCELED)


class FolderDefaults(Document):
    """The content of a ``_source.yml``: fields that the files of a folder have in common, all of them optional.

    ``aliases`` gives one name for several spellings of a source or publisher. ``expects`` is how the source delivers.
    """

    source: StrippedText | None = None
    language: LanguageCode | None = None
    byline: StrippedText | None = None
    status: ArticleStatus | None = None
    aliases: Annotated[dict[StrippedText, StrippedText], AfterValidator(_usable)] | None = None
    expects: Expectations | None = None


def read_sidecar(content: bytes, *, path: str) -> Metadata:
    """Return the content of the sidecar at ``path`` below the inbox; an explicit null is the same as no field.

    Raises ``PermanentError`` (``bad_sidecar``), which names the fields that are wrong, among them a repeated one:
    nobody knows which of two embargoes is meant.
    """
    if len(content) > MAX_SIDECAR_BYTES:
        raise _bad(path, f"has more than {MAX_SIDECAR_BYTES:,} bytes, the limit")  # its reader stops there
    try:
        # Strict: "3" instead of 3 is a sender's mistake. In JSON, strict mode accepts text for times and codes.
        metadata = Metadata.model_validate_json(content.removeprefix(codecs.BOM_UTF8), strict=True)
    except ValidationError as error:
        raise _bad(path, f"cannot be used: {faults(error, Metadata)}") from error
    if repeated := _repeated_field(content):
        raise _bad(path, f"cannot be used: {repeated}: the field is repeated")
    return metadata


def _repeated_field(content: bytes) -> str | None:
    """Return a field that a valid sidecar has twice, else None."""
    repeated = list[str]()

    def note(pairs: list[tuple[str, object]]) -> None:
        names = [name for name, _ in pairs]
        repeated.extend(name for name in names if names.count(name) > 1)

    json.loads(content.removeprefix(codecs.BOM_UTF8), object_pairs_hook=note)
    return next(iter(repeated), None)


def faults(error: ValidationError, model: type[Document]) -> str:
    """Return the faults, field by field, in one line."""
    found = [_fault(each["type"], each["loc"], each["msg"], model) for each in error.errors(include_url=False)]
    more = f"; and {len(found) - MAX_FAULTS} more" if len(found) > MAX_FAULTS else ""
    return "; ".join(found[:MAX_FAULTS]) + more


def _fault(kind: str, location: tuple[int | str, ...], message: str, model: type[Document]) -> str:
    if kind == "json_invalid":
        return message
    if kind == "model_type":
        return "it is not an object with fields"
    field = ".".join(map(str, location))
    if kind == "extra_forbidden" and len(location) > 1:
        return f"there is no field {field!r}; there are {', '.join(Expectations.model_fields)}"
    if kind == "extra_forbidden":
        return f"there is no field {field!r}; there are {', '.join(model.model_fields)}"
    return f"{field}: {message}"


def _bad(path: str, why: str) -> PermanentError:
    return PermanentError(Reason.BAD_SIDECAR, f"the sidecar {path} {why[:MAX_FAULT]}")
