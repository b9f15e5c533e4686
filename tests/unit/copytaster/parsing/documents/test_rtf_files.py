"""RTF files with several documents one behind the other, and with text behind a document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def items(content: bytes, name: str = "evening.rtf") -> list[Draft | BadItem]:
    original = Original(content=content, name=name, now=NOW)
    return [reading.item for reading in ParsingReader(default_parsers()).read(original)]


def document(title: str, head: bytes = rb"\ansi\ansicpg1252") -> bytes:
    return b"{\\rtf1" + head + f" {title}\\par The story of {title}.\\par }}".encode("latin-1")


def titles(content: bytes) -> list[str]:
    return [item.title for item in items(content) if isinstance(item, Draft)]


@pytest.mark.parametrize("between", [b"", b"\r\n", b"\0", b" \x1a\n\n"])
def test_each_of_several_documents_in_a_file_is_an_article(between: bytes) -> None:
    content = between.join(map(document, ["Lock opened", "Mill sold", "Quay closed"]))

    found = items(content)

    assert [item.title for item in found if isinstance(item, Draft)] == ["Lock opened", "Mill sold", "Quay closed"]
    assert [item.text for item in found if isinstance(item, Draft)][1] == "The story of Mill sold."
    assert not any(item.note for item in found if isinstance(item, Draft))


def test_each_document_has_its_own_code_page() -> None:
    content = document(r"Caf\'e9 sold") + document(r"\'cc\'ee\'f1\'f2 open", rb"\ansi\ansicpg1251")

    assert titles(content) == ["Café sold", "Мост open"]


def test_a_document_that_is_cut_off_ends_where_the_next_one_begins() -> None:
    cut = rb"{\rtf1\ansi Lock opened\par The lock {\b was"

    assert titles(cut + b"\n" + document("Mill sold")) == ["Lock opened", "Mill sold"]


@pytest.mark.parametrize(
    "body",
    [
        rb"The lock {\rtf1\ansi was} opened.",
        rb"A file begins with \{\\rtf1 and ends.",
        rb"The path is C:\\\{\\rtf1\\lock.",
    ],
)
def test_a_signature_within_a_document_begins_no_other(body: bytes) -> None:
    assert titles(rb"{\rtf1\ansi Lock opened\par " + body + rb"\par}") == ["Lock opened"]


def test_a_broken_document_among_others_is_a_bad_item() -> None:
    content = document("Lock opened") + rb"{\rtf1\ansi\u99999999 x}" + document("Quay closed")

    first, bad, last = items(content)

    assert isinstance(first, Draft)
    assert isinstance(last, Draft)
    assert isinstance(bad, BadItem)
    assert (bad.locator, bad.reason, last.title) == ("document 2", Reason.PARSE_FAILED, "Quay closed")


def test_text_behind_the_document_is_named_in_the_note() -> None:
    [article] = items(document("Lock opened") + b"\nDesk: the picture follows by mail.\n")

    assert isinstance(article, Draft)
    assert article.note == "Not read: 'Desk: the picture follows by mail.' behind the end of the document."


def test_the_id_in_the_name_of_the_file_is_that_of_its_first_document() -> None:
    first, second = items(document("Lock opened") + document("Mill sold"), "AP20260601.rtf")

    assert isinstance(first, Draft)
    assert isinstance(second, Draft)
    assert (first.guid, second.guid) == ("AP20260601", None)


def test_a_property_in_two_forms_is_read_in_unicode() -> None:
    title = r"{\upr{\title ????? ????????}{\*\ud{\title \u1055?\u1072?\u1088?\u1086?\u1084?}}}"
    content = rf"{{\rtf1\ansi{{\info{title}{{\author Nora Quayle}}}}Lock opened\par It is open.\par}}"

    [found] = items(content.encode())

    assert isinstance(found, Draft)
    assert (found.title, found.authors) == ("Паром", ("Nora Quayle",))
