"""Parses the content of sidecars and ``_source.yml`` files, and answers requests about them.

``python -m copytaster.intake.metadata_content`` is the sandboxed process for programs that judge no files.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator

import yaml
from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from copytaster.errors import PermanentError
from copytaster.intake.metadata_reader import CONTENT, FAULT, KIND, MAX_BYTES, PATH, SIDECAR
from copytaster.model.metadata import MAX_FAULT, MAX_SIDECAR_BYTES, FolderDefaults, faults, read_sidecar
from copytaster.parsing.sandbox.call_server import serve
from copytaster.tagging.rules.located_yaml import NULL, PlainLoader

TEXT = "tag:yaml.org,2002:str"
NUMBER = "tag:yaml.org,2002:int"

ALIASES = "aliases"
"""The field whose value is a table of texts."""

EXPECTS = "expects"
"""The field whose value is a table of texts, numbers and lists of texts."""


class _InvalidFileError(Exception):
    """What is wrong with a ``_source.yml``."""


def answer(request: bytes, descriptor: int) -> bytes:
    """Return the answer to a request of ``MetadataReader`` about an open file."""
    asked = json.loads(request)
    try:
        if asked[KIND] == SIDECAR:
            content = os.pread(descriptor, MAX_SIDECAR_BYTES + 1, 0)
            return _content(read_sidecar(content, path=asked[PATH]))
        return _content(parse_source_file(os.pread(descriptor, MAX_BYTES + 1, 0)))
    except PermanentError as error:
        fault = error.message
    except _InvalidFileError as error:
        fault = f"{asked[PATH]} {error}"
    return json.dumps({FAULT: fault[:MAX_FAULT]}).encode()


def parse_source_file(content: bytes) -> FolderDefaults:
    """Return the content of a ``_source.yml``. Raises ``_InvalidFileError`` with the line.

    The file is composed to nodes, from which texts are taken as they are written.
    """
    try:
        root = yaml.compose(content, Loader=PlainLoader)
        fields = _fields(root) if root is not None and root.tag != NULL else {}
        return FolderDefaults.model_validate({name: value for name, (_, value) in fields.items()})
    except ValidationError as error:
        place = next(iter(error.errors(include_url=False)[0]["loc"]), None)
        line = f"line {fields[str(place)][0]}: " if str(place) in fields else ""
        raise _InvalidFileError(f"cannot be used: {line}{faults(error, FolderDefaults)}") from error
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        raise _InvalidFileError(f"is not YAML: {_where(error)}") from error


Value = str | None | dict[str, str | None] | dict[str, str | list[str] | None]
"""The value of a field: a text, a table of texts, or a table of texts and lists."""


def _fields(root: Node) -> dict[str, tuple[int, Value]]:
    """Return line and value by name. Raises ``_InvalidFileError``."""
    if not isinstance(root, MappingNode):
        raise _InvalidFileError("cannot be used: it is not an object with fields")
    fields: dict[str, tuple[int, Value]] = {}
    for key, value in _unique(root):
        name, line = str(key.value)[:MAX_FAULT], key.start_mark.line + 1
        if name == ALIASES and isinstance(value, MappingNode):
            fields[name] = (line, {str(alias.value): _text(alias, target) for alias, target in _unique(value)})
        elif name == EXPECTS and isinstance(value, MappingNode):
            fields[name] = (line, {str(each.value): _expected(each, stated) for each, stated in _unique(value)})
        else:
            fields[name] = (line, _text(key, value))
    return fields


def _unique(node: MappingNode) -> Iterator[tuple[Node, Node]]:
    """Yield keys and values. Raises ``_InvalidFileError`` if a key is repeated: YAML has no rule which value counts."""
    known = set[str]()
    for key, value in node.value:
        name = str(key.value)
        if name in known:
            line = key.start_mark.line + 1
            raise _InvalidFileError(f"cannot be used: line {line}: {name[:MAX_FAULT]}: the field is repeated")
        known.add(name)
        yield key, value


def _expected(key: Node, value: Node) -> str | list[str] | None:
    """Return what is declared: texts and numbers as they are written, or a list of them. Raises as ``_text`` does."""
    if isinstance(value, SequenceNode):
        return [str(each.value) if isinstance(each, ScalarNode) else str(_text(key, each)) for each in value.value]
    is_number = isinstance(value, ScalarNode) and value.tag == NUMBER
    return str(value.value) if is_number else _text(key, value)


def _text(key: Node, value: Node) -> str | None:
    """Return the text of a value, None for null. Raises ``_InvalidFileError`` for other values, with the key's line."""
    name, line = str(key.value)[:MAX_FAULT], key.start_mark.line + 1
    if value.tag.startswith("tag:yaml.org,2002:python"):
        raise _InvalidFileError(f"is not YAML: line {line}: the tag {value.tag} is not allowed")
    if not isinstance(value, ScalarNode) or value.tag not in {TEXT, NULL}:
        fault = f"line {line}: {name}: Input should be a valid string; write it in quotes"
        raise _InvalidFileError(f"cannot be used: {fault}")
    return None if value.tag == NULL else str(value.value)


def _content(model: BaseModel) -> bytes:
    return json.dumps({CONTENT: model.model_dump(mode="json", exclude_unset=True)}).encode()


def _where(error: Exception) -> str:
    """Return the error with its line and column."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error).partition("\n")[0]
    return f"line {mark.line + 1}, column {mark.column + 1}: {problem}" if mark else problem


if __name__ == "__main__":
    serve(sys.argv[1:], answer)
