"""Reads a form with one file (multipart/form-data) as it arrives, without holding the file in memory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from copytaster.model.metadata import MAX_SIDECAR_BYTES

MEDIA_TYPE = "multipart/form-data"

MAX_FIELDS = 64
"""Fields of a form: twice as many as there are, for repeated ones."""


class FormError(ValueError):
    """The form cannot be read; the message says why."""


class UploadForm:
    """A form that is read in parts; ``write`` gets the bytes of its file.

    ``file_name`` is the name that the form gives the file, None until its part has begun. ``fields`` has the values of
    each other field.
    """

    def __init__(self, content_type: str, write: Callable[[bytes], object]) -> None:
        _, options = parse_options_header(content_type)
        if not options.get(b"boundary"):
            raise FormError("the Content-Type of the form has no boundary")
        self.file_name: str | None = None
        self.fields = defaultdict[str, list[str]](list)
        self._write = write
        self._headers: dict[str, str] = {}
        self._header_name, self._header_value, self._value = bytearray(), bytearray(), bytearray()
        self._field: str | None = None
        self._field_bytes = 0
        self._has_ended = False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": self._begin_part,
                "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._begin_content,
                "on_part_data": self._add_content,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Read the next bytes of the form. Raises ``FormError``, and what ``write`` raises."""
        try:
            self._parser.write(chunk)
        except FormParserError as error:
            raise FormError(f"the form is not multipart/form-data: {error}") from error

    def finish(self) -> None:
        """Note that all bytes were read. Raises ``FormError`` if the form has no end or no file."""
        if not self._has_ended:
            raise FormError("the form ends before its last boundary")
        if self.file_name is None:
            raise FormError("the form has no file: one part needs a filename")

    def _begin_part(self) -> None:
        self._headers, self._field = {}, None
        self._value.clear()

    def _end_header(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value.decode("latin-1")
        self._header_name.clear()
        self._header_value.clear()

    def _begin_content(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", ""))
        if b"filename" in options:
            if self.file_name is not None:
                raise FormError("the form has several files; send each in a request of its own")
            self.file_name = _text(options[b"filename"])
        else:
            self._field = _text(options.get(b"name", b""))

    def _add_content(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._write(data[start:end])
            return
        self._field_bytes += end - start
        if self._field_bytes > MAX_SIDECAR_BYTES:
            raise FormError(f"the fields beside the file have more than {MAX_SIDECAR_BYTES:,} bytes")
        self._value += data[start:end]

    def _end_part(self) -> None:
        if self._field is None:
            return
        self.fields[self._field].append(_text(self._value))
        if sum(map(len, self.fields.values())) > MAX_FIELDS:
            raise FormError(f"the form has more than {MAX_FIELDS} fields")

    def _end(self) -> None:
        self._has_ended = True


def _text(value: bytes | bytearray) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise FormError("a field of the form is not UTF-8") from error
