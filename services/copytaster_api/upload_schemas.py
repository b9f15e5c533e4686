"""The fields of an upload: its name, its source, and what a sidecar could say about the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError

from copytaster.intake.uploads import UploadedFile
from copytaster.model.article import ArticleStatus, Document, Text
from copytaster.model.metadata import LanguageCode, Metadata, StrippedText
from copytaster.model.stated_times import StatedTime
from copytaster_api.schemas import REPEATED

SEVERAL = ("authors", "keywords")
"""The fields that may be repeated."""


class UploadFields(Document):
    """The parameters of an upload, in the query or in the form; unknown ones are refused."""

    name: Text | None = Field(
        default=None, description="Name of the file, with its suffix; by default that of the form."
    )
    source: Text | None = Field(default=None, description="The source: the folder of the inbox.")
    title: StrippedText | None = Field(default=None, description="Title of the article, if the sender knows better.")
    summary: StrippedText | None = Field(default=None, description="Summary.")
    byline: StrippedText | None = Field(default=None, description="Byline, as it is to be printed.")
    authors: tuple[StrippedText, ...] = Field(default=(), max_length=64, description="An author; may be repeated.")
    dateline: StrippedText | None = Field(default=None, description="Dateline.")
    publisher: StrippedText | None = Field(default=None, description="Who published it.")
    url: StrippedText | None = Field(default=None, description="Where it was published.")
    language: LanguageCode | None = Field(default=None, description="Language code, such as `en`.")
    published_at: StatedTime | None = Field(default=None, description="Publication: RFC 3339 with offset.")
    modified_at: StatedTime | None = Field(default=None, description="Last change: RFC 3339 with offset.")
    guid: StrippedText | None = Field(default=None, description="The sender's id of the article.")
    version: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="The sender's number of this version."
    )
    keywords: tuple[StrippedText, ...] = Field(default=(), max_length=64, description="A keyword; may be repeated.")
    status: ArticleStatus | None = Field(default=None, description="`usable`, `withheld` or `canceled`.")
    embargoed_until: StatedTime | None = Field(default=None, description="Withheld until then: RFC 3339 with offset.")

    def with_form(self, values: Mapping[str, Sequence[str]], file_name: str) -> UploadFields:
        """Return the fields with those of a form, which take precedence. Raises ``RequestValidationError``."""
        if repeated := [name for name, each in values.items() if len(each) > 1 and name not in SEVERAL]:
            raise RequestValidationError([{"loc": ("body", each), "msg": REPEATED} for each in repeated])
        given: dict[str, Any] = {name: each if name in SEVERAL else each[-1] for name, each in values.items()}
        known = self.model_dump(exclude_defaults=True)
        try:
            return UploadFields.model_validate({"name": file_name} | known | given)
        except ValidationError as error:
            found = [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]
            raise RequestValidationError(found) from error

    def file(self) -> UploadedFile:
        """Return the file that is to be delivered; its name may be empty."""
        given = self.model_dump(exclude={"name", "source"}, exclude_defaults=True)
        return UploadedFile(name=self.name or "", source=self.source, metadata=Metadata.model_validate(given))


FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "The file."},
                    **{
                        name: {"type": "array", "items": {"type": "string"}} if name in SEVERAL else {"type": "string"}
                        for name in UploadFields.model_fields
                    },
                },
            }
        },
    },
}
"""The body in the OpenAPI document: the bytes of the file, or a form with the file and the fields."""
