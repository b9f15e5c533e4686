from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import docx
import pytest

from copytaster.errors import PermanentError
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FIRST = "The ferry came back on Monday after two weeks in dock, and the island had its mail again."
RELATIONSHIPS = "word/_rels/document.xml.rels"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def package(*, without: str = "", relationship: str = "") -> bytes:
    document, written, changed = docx.Document(), io.BytesIO(), io.BytesIO()
    document.core_properties.title = "Ferry returns"
    for line in ("Ferry returns", FIRST):
        document.add_paragraph(line)
    document.save(written)
    with zipfile.ZipFile(written) as whole, zipfile.ZipFile(changed, "w") as copy:
        for name in whole.namelist():
            end = b"</Relationships>" if name == RELATIONSHIPS else b"\x00"
            if name != without:
                copy.writestr(name, whole.read(name).replace(end, relationship.encode() + end))
    return changed.getvalue()


def draft(content: bytes) -> Draft:
    [reading] = ParsingReader(default_parsers()).read(Original(content=content, name="ferry.docx", now=NOW))
    assert isinstance(reading.item, Draft)
    return reading.item


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        *(("image", "NULL"), ("image", "../NULL"), ("image", "media/gone.png"), ("image", "/word/media/gone.png")),
        *(("image", "file:///C:/harbour.png"), ("hyperlink", "#_Toc1"), ("footer", "footer9.xml")),
    ],
)
def test_a_document_is_read_without_a_part_that_its_package_lacks(kind: str, target: str) -> None:
    content = package(relationship=f'<Relationship Id="rId99" Type="{OFFICE}/{kind}" Target="{target}"/>')

    article = draft(content)

    assert (article.title, article.text) == ("Ferry returns", FIRST)
    assert article.provenance["title"].from_ == "docx:properties/title"


@pytest.mark.parametrize("part", ["docProps/core.xml", "word/styles.xml", "word/theme/theme1.xml"])
def test_a_document_is_read_without_its_properties_or_styles(part: str) -> None:
    article = draft(package(without=part))

    assert (article.title, article.text) == ("Ferry returns", FIRST)


def test_a_package_without_its_document_is_damaged() -> None:
    content = package(without="word/document.xml").replace(b"word/fontTable", b"word/documents")

    with pytest.raises(PermanentError) as caught:
        draft(content)

    assert caught.value.reason is Reason.PARSE_FAILED
