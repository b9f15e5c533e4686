"""The package of a DOCX document, changed so that python-docx reads what word processors read."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection
from contextlib import suppress
from typing import BinaryIO

from lxml.etree import tostring

from copytaster.errors import PermanentError
from copytaster.parsing.original import Original
from copytaster.parsing.safe_xml import read_inner_xml

_ROOT_RELATIONSHIPS = "_rels/.rels"
_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(re.escape(_STRICT) + rb"(\w+)/")
_TRANSITIONAL_NAME = rb"http://schemas.openxmlformats.org/\1/2006/"


def readable_package(original: Original) -> BinaryIO:
    """Return the package; a changed copy if python-docx would not read it.

    Of a strict one (ISO/IEC 29500-1, Strict) the namespaces are replaced. References to parts that the package does not
    have are removed: Office writes them for pictures that it did not find (``NULL``). Raises the errors of ``zipfile``.
    """
    with zipfile.ZipFile(original.open()) as package:
        parts = dict.fromkeys(package.namelist())
        is_strict = _ROOT_RELATIONSHIPS in parts and _STRICT in package.read(_ROOT_RELATIONSHIPS)
        whole = {name: _whole(package.read(name), name, parts) for name in parts if name.endswith(".rels")}
        mended = {name: content for name, content in whole.items() if content is not None}
        if not mended and not is_strict:
            return original.open()
        copy = io.BytesIO()
        with zipfile.ZipFile(copy, "w") as changed:
            for name in parts:
                content = mended.get(name) or package.read(name)
                has_names = is_strict and name.endswith((".xml", ".rels"))
                changed.writestr(name, _STRICT_NAME.sub(_TRANSITIONAL_NAME, content) if has_names else content)
    copy.seek(0)
    return copy


def _whole(content: bytes, name: str, parts: Collection[str]) -> bytes | None:
    """Return the relationships in ``name`` without those to parts that are missing; None if there are none of these."""
    folder = f"/{posixpath.dirname(posixpath.dirname(name))}"
    with suppress(PermanentError):  # python-docx reports what is no XML
        root = read_inner_xml(content.decode("utf-8", "replace"), name)
        inner = [each for each in root if each.get("TargetMode") != "External"]
        missing = [each for each in inner if _part(folder, each.get("Target") or "") not in parts]
        for each in missing:
            root.remove(each)
        return tostring(root) if missing else None
    return None


def _part(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
