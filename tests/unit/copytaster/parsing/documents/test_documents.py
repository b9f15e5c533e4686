from __future__ import annotations

import ctypes
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import docx
import pypdfium2 as pdfium
import pytest
from pypdfium2 import raw

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.article import ArticleStatus
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.documents.pdf import MAX_PAGES
from copytaster.parsing.original import Frame, Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)

FIRST = "The ferry came back on Monday after two weeks in dock, and the island had its mail again."
SECOND = "It had lost a propeller on a rock that no map shows, the harbour master said on the quay."


def original(content: bytes, name: str, limits: Limits | None = None) -> Original:
    return Original(content=content, name=name, now=NOW, frame=Frame(limits=limits or Limits()))


def draft(content: bytes, name: str) -> Draft:
    [reading] = ParsingReader(default_parsers()).read(original(content, name))
    assert isinstance(reading.item, Draft)
    return reading.item


def refused(content: bytes, name: str, **limits: int) -> PermanentError:
    with pytest.raises(PermanentError) as caught:
        list(ParsingReader(default_parsers()).read(original(content, name, Limits(**limits))))
    return caught.value


Placed = tuple[str, float, float, float]
"""Words, size, left and height."""


TURNED = {0: (1, 0, 0, 1, 0, 0), 1: (0, 1, -1, 0, 842, 0), 2: (-1, 0, 0, -1, 595, 842), 3: (0, -1, 1, 0, 0, 595)}
"""For each number of quarter turns the matrix that makes the text of a page upright again, below 595 points."""


def pdf(
    *pages: list[Placed], enlarged: float = 1, turned: int = 0, crop: tuple[int, int, int, int] | None = None
) -> bytes:
    """Return a document; its fonts are smaller by ``enlarged`` than they are printed, its pages are ``turned``.

    Of its pages only the part ``crop`` is shown: left, bottom, right and top.
    """
    document = pdfium.PdfDocument.new()
    for lines in pages:
        page = document.new_page(595, 842)
        for words, size, left, height in lines:
            line = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", size / enlarged)
            encoded = ctypes.create_string_buffer(words.encode("utf-16-le") + b"\0\0")
            raw.FPDFText_SetText(line, ctypes.cast(encoded, raw.FPDF_WIDESTRING))
            raw.FPDFPageObj_Transform(line, enlarged, 0, 0, enlarged, left, height)
            raw.FPDFPageObj_Transform(line, *TURNED[turned])
            raw.FPDFPage_InsertObject(page.raw, line)
        raw.FPDFPage_SetRotation(page.raw, turned)
        if crop:
            page.set_cropbox(*crop)
        raw.FPDFPage_GenerateContent(page.raw)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def column(*lines: str, top: float = 700, size: float = 11) -> list[Placed]:
    return [(line, size, 70, top - at * 1.2 * size) for at, line in enumerate(lines)]


def test_the_largest_type_of_a_pdf_is_its_title_and_its_lines_are_paragraphs() -> None:
    page = [
        ("Ferry returns", 24.0, 70.0, 760.0),
        ("to Skerry Bay", 24.0, 70.0, 732.0),
        *column("The ferry came back on Monday after two weeks in dock, and the", "island had its mail again."),
        *column("It had lost a propeller on a rock that no map shows, the harbour", "master said.", top=650),
    ]

    article = draft(pdf(page), "ferry.pdf")

    assert (article.title, article.provenance["title"].from_) == ("Ferry returns to Skerry Bay", "pdf:heading")
    assert article.text.split("\n\n") == [
        "The ferry came back on Monday after two weeks in dock, and the island had its mail again.",
        "It had lost a propeller on a rock that no map shows, the harbour master said.",
    ]


def test_the_title_of_a_pdf_is_in_the_largest_type_of_its_first_page_which_an_initial_is_not() -> None:
    first = [
        ("Ferry returns", 24.0, 70.0, 760.0),
        ("T", 44.0, 70.0, 680.0),
        *column("he ferry came back on Monday after two weeks in", "dock, and the island had its mail again."),
    ]
    second = [("SAVE TODAY", 40.0, 70.0, 760.0), *column("The wall held as well, the harbour master said.")]

    article = draft(pdf(first, second), "ferry.pdf")

    assert (article.title, article.provenance["title"].from_) == ("Ferry returns", "pdf:heading")


@pytest.mark.parametrize("enlarged", [2, 11, 24, 0.5], ids=str)
def test_a_font_has_the_size_in_which_it_is_printed(enlarged: float) -> None:
    page = [
        ("Ferry returns", 24.0, 70.0, 760.0),
        *column("the ferry came back on Monday after two", "Weeks in dock, and the island had", "its mail again."),
        *column("on a rock that no map shows it", "Lost a propeller,", "captain Quayle said.", top=640),
    ]

    as_usual, article = draft(pdf(page), "ferry.pdf"), draft(pdf(page, enlarged=enlarged), "ferry.pdf")

    assert (article.title, article.provenance["title"].from_) == ("Ferry returns", "pdf:heading")
    assert article.text == as_usual.text
    assert len(article.text.split("\n\n")) == 2


@pytest.mark.parametrize("turned", [1, 2, 3])
def test_a_page_that_is_shown_turned_is_read_as_it_is_shown(turned: int) -> None:
    stories = [
        ["The ferry came back on Monday after two weeks in", "dock, and the island had its mail again."],
        ["The wall held as well through the night, the port", "said in a statement that it sent on Tuesday."],
        ["The council is to meet on Wednesday, said the", "mayor of the town, who is glad of it."],
    ]
    pages = [
        [
            *column("Skerry Gazette", top=560, size=8),
            *column("Ferry returns" if at == 0 else "More", top=530, size=20 - at),
            *column(*lines, top=450),
            (f"- {at + 1} -", 8.0, 300.0, 20.0),
        ]
        for at, lines in enumerate(stories)
    ]

    upright, article = draft(pdf(*pages), "ferry.pdf"), draft(pdf(*pages, turned=turned), "ferry.pdf")

    assert (article.title, article.text) == (upright.title, upright.text)
    assert "Gazette" not in article.text


def test_a_word_broken_at_the_end_of_a_line_is_joined() -> None:
    page = column("Title of the day", top=760) + column(
        "The harbour master spoke of a pro-", "peller that was lost on Monday."
    )

    assert "a propeller that was lost" in draft(pdf(page), "ferry.pdf").text


@pytest.mark.parametrize(
    ("crop", "turned", "words"),
    [
        (None, 0, ("ferry", "wall")),
        ((0, 600, 595, 842), 0, ("ferry",)),
        ((0, 400, 595, 842), 0, ("ferry", "wall")),
        ((0, 0, 595, 240), 2, ("ferry",)),
        ((900, 900, 950, 950), 0, ("ferry", "wall", "Proof")),
    ],
    ids=["whole", "cropped", "cropped-less", "turned-and-cropped", "cropped-to-nothing"],
)
def test_text_outside_of_the_part_of_a_page_that_is_shown_is_none(
    crop: tuple[int, int, int, int] | None, turned: int, words: tuple[str, ...]
) -> None:
    page = [
        ("Ferry returns", 24.0, 70.0, 760.0),
        *column("The ferry came back on Monday after two weeks in", "dock, and the island had its mail again."),
        *column("The wall held as well through the night, the port", "said in a statement on Tuesday.", top=500),
        ("Proof 3 of the printer", 11.0, -400.0, 300.0),
    ]

    text = draft(pdf(page, turned=turned, crop=crop), "ferry.pdf").text

    assert tuple(word for word in ("ferry", "wall", "Proof") if word in text) == words


@pytest.mark.parametrize(
    ("end", "beginning", "joined"),
    [
        ("the harbour mas-", "ter said that", "the harbour master said"),
        ("the mayor of North-", "South Bay said", "the mayor of North-South Bay"),
        ("the plan for 2025-", "2026 was made", "the plan for 2025-2026 was"),
        ("the ferry, a 20-", "year-old ship, is", "a 20-year-old ship"),
    ],
)
def test_a_word_broken_at_the_end_of_a_page_is_joined_without_the_number_of_the_page(
    end: str, beginning: str, joined: str
) -> None:
    first = column("The ferry came back on Monday after two weeks in dock, and", end)
    second = column(beginning, "the island had its mail again.")
    content = pdf(
        [("Ferry returns", 24.0, 70.0, 760.0), *first, ("1", 8.0, 280.0, 30.0)], [*second, ("2", 8.0, 280.0, 30.0)]
    )

    assert joined in draft(content, "ferry.pdf").text


def test_running_heads_are_dropped_and_a_sentence_continues_on_the_next_page() -> None:
    pages = [
        [
            (f"Skerry Gazette, 4 May 2026, page {number}", 8.0, 70.0, 810.0),
            *column(*lines),
            (f"- {number} -", 8.0, 280.0, 30.0),
        ]
        for number, lines in enumerate(
            [
                ("Ferry returns", "The ferry came back on Monday after two weeks in dock, and the"),
                ("island had its mail again, which it had missed for all that time.",),
                ("The wall held as well, the harbour master said.",),
            ],
            start=1,
        )
    ]

    article = draft(pdf(*pages), "ferry.pdf")

    assert "Gazette" not in article.title + article.text
    assert "- 2 -" not in article.text
    assert "and the island had its mail again" in article.text


def test_a_pdf_without_a_text_layer_is_refused_clearly() -> None:
    error = refused(pdf([], []), "scan.pdf")

    assert isinstance(error, RefusedError)
    assert error.reason is Reason.NO_TEXT
    assert "2 pages and no text layer" in error.message


def test_a_password_protected_pdf_is_refused_as_encrypted() -> None:
    trailer = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<00> <00>]" % (
        b"41" * 32,
        b"42" * 32,
    )
    content = pdf(column(FIRST)).replace(b"trailer\r\n<<", b"trailer\r\n<<" + trailer)

    assert refused(content, "secret.pdf").reason is Reason.ENCRYPTED


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    assert refused(pdf(*[[]] * (MAX_PAGES + 1)), "long.pdf").reason is Reason.TOO_LARGE


def test_a_damaged_pdf_is_reported_as_damaged() -> None:
    assert refused(b"%PDF-1.7\nnothing that a reader knows", "x.pdf").reason is Reason.PARSE_FAILED


def a_docx(*paragraphs: tuple[str, str | None], title: str = "", author: str = "") -> bytes:
    document = docx.Document()
    for text, style in paragraphs:
        document.add_paragraph(text, style=style)
    properties = document.core_properties
    properties.title, properties.author, properties.language, properties.keywords = (
        title,
        author,
        "en-GB",
        "ferries; tides",
    )
    properties.created = properties.modified = datetime(2026, 5, 4, 8, 15, tzinfo=UTC)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_a_docx_is_read_with_its_properties() -> None:
    content = a_docx(("Ferry returns", "Title"), (FIRST, None), (SECOND, None), author="Nora Quayle")

    article = draft(content, "ferry.docx")

    assert (article.title, article.text) == ("Ferry returns", f"{FIRST}\n\n{SECOND}")
    assert (article.authors, article.language, article.keywords) == (("Nora Quayle",), "en", ("ferries", "tides"))
    assert article.published_at == datetime(2026, 5, 4, 8, 15, tzinfo=UTC)


def dated(created: str) -> Draft:
    package, changed = zipfile.ZipFile(io.BytesIO(a_docx((FIRST, None), (SECOND, None)))), io.BytesIO()
    with zipfile.ZipFile(changed, "w") as copy:
        for name in package.namelist():
            content = package.read(name)
            copy.writestr(name, content.replace(b"2026-05-04T08:15:00Z", created.encode()))
    return draft(changed.getvalue(), "ferry.docx")


@pytest.mark.parametrize(
    ("created", "hour"),
    [
        ("2026-05-04T08:15Z", 8),
        ("2026-05-04T08:15+02:00", 6),
        ("2026-05-04T08:15:00+0200", 6),
        ("2026-05-04T08:15:00.0Z", 8),
    ],
)
def test_the_zone_of_a_property_of_a_docx_is_obeyed_in_every_form(created: str, hour: int) -> None:
    article = dated(created)

    assert article.published_at == datetime(2026, 5, 4, hour, 15, tzinfo=UTC)
    assert article.provenance["published_at"].confidence == 0.4


@pytest.mark.parametrize("created", ["2026-05-04T08:15:00", "2026-05-04"])
def test_a_date_without_zone_in_a_docx_is_less_certain(created: str) -> None:
    assert dated(created).provenance["published_at"].confidence == 0.18


@pytest.mark.parametrize("created", ["2026-05", "2026", "0001-01-01T00:00:00Z", "today", ""])
def test_a_month_or_a_year_in_a_docx_is_no_date(created: str) -> None:
    assert dated(created).published_at is None


def test_a_heading_takes_precedence_over_a_title_property_that_the_text_lacks() -> None:
    stale = draft(a_docx(("Ferry returns", "Heading 1"), (FIRST, None), title="Press release 2019"), "a.docx")
    right = draft(
        a_docx(("Skerry Gazette", None), ("Ferry returns", None), (FIRST, None), title="Ferry returns"), "a.docx"
    )

    assert (stale.title, stale.provenance["title"].from_) == ("Ferry returns", "docx:heading")
    assert (right.title, right.provenance["title"].from_) == ("Ferry returns", "docx:properties/title")


@pytest.mark.parametrize(
    "title",
    [
        *("Microsoft Word - ferry.doc", "Microsoft Word - Ferry final", "ferry_v2.docx", "ferry.dotm", "Slides.odp"),
        *(
            "Document1",
            "Dokument 1",
            "Untitled",
            "Untitled document",
            "Untitled-3",
            "Document sans titre",
            "Documento1",
        ),
        *("PowerPoint Presentation", "PowerPoint-Präsentation", "Présentation PowerPoint", "PR-20260504-en"),
    ],
)
def test_a_title_that_a_program_has_set_is_none(title: str) -> None:
    in_word = draft(a_docx(("Ferry returns", None), (FIRST, None), title=title), "a.docx")
    in_rtf = draft(RTF.replace(b"Ferry returns", title.encode("cp1250"), 1), "a.rtf")

    assert (in_word.title, in_word.text) == ("Ferry returns", FIRST)
    assert in_rtf.title == "Ferry returns"


@pytest.mark.parametrize(
    "title",
    [
        *("Microsoft to buy a ferry - sources", "Untitled painting is sold", "Documents show leak", "Presentation day"),
        "2026年度予算案を可決",
    ],
)
def test_a_title_with_the_words_of_programs_is_one(title: str) -> None:
    assert draft(a_docx((FIRST, None), (SECOND, None), title=title), "a.docx").title == title


def rewritten(content: bytes, name: str, change: tuple[bytes, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            inner = old.read(entry)
            new.writestr(entry.filename, inner.replace(*change) if entry.filename == name else inner)
    return file.getvalue()


def test_tracked_changes_are_read_as_accepted() -> None:
    runs = (
        b"<w:ins><w:r><w:t>on Tuesday </w:t></w:r></w:ins><w:del><w:r><w:delText>on Monday </w:delText></w:r></w:del>"
    )
    content = a_docx(("Ferry returns", "Title"), ("The ferry came back.", None))

    changed = rewritten(content, "word/document.xml", (b"<w:r><w:t>The ferry", runs + b"<w:r><w:t>The ferry"))

    assert draft(changed, "a.docx").text == "on Tuesday The ferry came back."


def test_entities_of_a_docx_are_not_resolved() -> None:
    doctype = b'<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/hostname"><!ENTITY f "filled in">]><w:document'
    content = a_docx(("Ferry returns", "Title"), ("The ferry MARK came back.", None))

    changed = rewritten(content, "word/document.xml", (b"<w:document", doctype))
    changed = rewritten(changed, "word/document.xml", (b"MARK", b"&e;&f;"))

    assert "filled in" not in draft(changed, "a.docx").text


def test_external_references_of_a_docx_are_not_fetched() -> None:
    relation = (
        b'<Relationship Id="rId99" Type="http://x/image" Target="http://127.0.0.1:9/x.png" TargetMode="External"/></Rel'
    )
    content = a_docx(("Ferry returns", "Title"), (FIRST, None))

    assert draft(rewritten(content, "word/_rels/document.xml.rels", (b"</Rel", relation)), "a.docx").text == FIRST


def test_a_bomb_in_a_docx_is_refused_before_it_is_opened() -> None:
    content = rewritten(a_docx((FIRST, None)), "word/styles.xml", (b"<w:styles", b" " * 20_000_000 + b"<w:styles"))

    assert refused(content, "a.docx").reason is Reason.ARCHIVE_BOMB


def test_a_password_protected_office_document_is_refused_as_encrypted() -> None:
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 600

    assert refused(content, "a.docx").reason is Reason.ENCRYPTED


def test_a_truncated_docx_is_reported_as_damaged() -> None:
    assert refused(a_docx((FIRST, None))[:9_000], "a.docx").reason in {Reason.PARSE_FAILED, Reason.UNSUPPORTED_FORMAT}


RTF = rb"""{\rtf1\ansi\ansicpg1250\deff0{\fonttbl{\f0\fcharset238 Times;}}
{\info{\title Ferry returns}{\author Nora Quayle}{\creatim\yr2026\mo5\dy4\hr8\min15}{\keywords ferries, tides}}
\pard Ferry returns\par
Przysz\'b3o\'9c\'e6 promu\par
\u8222?Wr\'f3ci\u8221?, m\'f3wi kapitan. \u-10179?\u-8704?\par}"""


def test_an_rtf_document_is_read_with_its_properties_in_its_code_page() -> None:
    article = draft(RTF, "ferry.rtf")

    assert article.title == "Ferry returns"
    assert article.text == "Przyszłość promu\n\n„Wróci”, mówi kapitan. 😀"
    assert (article.authors, article.keywords) == (("Nora Quayle",), ("ferries", "tides"))
    assert article.published_at == datetime(2026, 5, 4, 8, 15, tzinfo=UTC)
    assert article.provenance["published_at"].confidence < 0.5


def test_an_invalid_control_word_fails_the_file() -> None:
    assert refused(rb"{\rtf1\ansi\u99999999 x}", "a.rtf").reason is Reason.PARSE_FAILED


YAML = """---
title: "Ferry returns: at last"
date: 2026-05-04T08:15:00+02:00
lastmod: 2026-05-05
author:
  - name: Nora Quayle
    url: https://example.org/nora
  - Ada Lindqvist
tags: [ferries, Skerry Bay]
categories: [Harbour]
description: The island has its mail again.
slug: ferry-returns
canonical_url: https://news.example.org/ferry
lang: no
source: Skerry Gazette
image: {src: https://news.example.org/ferry.jpg}
---

# Ferry returns

The **ferry** came _back_ on [Monday](https://example.org "a day") after two
weeks in dock.[^1] {{< figure src="x.png" >}}

![The ferry](https://news.example.org/quay.jpg)

- snake_case stays, and 2 * 3 * 4 too
- `code` & entities &amp; <em>tags</em>

> Quoted, said the master.

```
print("left out")
```

[^1]: A note.
"""


def test_front_matter_fills_the_fields() -> None:
    article = draft(YAML.encode(), "ferry.md")

    assert article.title == "Ferry returns: at last"
    assert article.published_at == datetime(2026, 5, 4, 6, 15, tzinfo=UTC)
    assert article.modified_at == datetime(2026, 5, 5, tzinfo=UTC)
    assert article.authors == ("Nora Quayle", "Ada Lindqvist")
    assert article.keywords == ("ferries", "Skerry Bay", "Harbour")
    assert (article.summary, article.slugline) == ("The island has its mail again.", "ferry-returns")
    assert (article.url, article.language) == ("https://news.example.org/ferry", "no")
    assert article.publisher == "Skerry Gazette"
    assert [each.url for each in article.images] == ["https://news.example.org/ferry.jpg"]


def test_markdown_becomes_plain_paragraphs() -> None:
    assert draft(YAML.encode(), "ferry.md").text.split("\n\n") == [
        "The ferry came back on Monday after two weeks in dock.",
        "snake_case stays, and 2 * 3 * 4 too",
        "code & entities & tags",
        "Quoted, said the master.",
    ]


def test_front_matter_of_hugo_is_read_as_toml() -> None:
    matter = 'title = "Ferry returns"\ndate = 2026-05-04T08:15:00Z\ndraft = true\n[taxonomies]\ntags = ["ferries"]\n'

    article = draft(f"+++\n{matter}+++\nText.\n".encode(), "ferry.md")

    assert (article.title, article.text, article.keywords) == ("Ferry returns", "Text.", ("ferries",))
    assert article.published_at == datetime(2026, 5, 4, 8, 15, tzinfo=UTC)
    assert article.status is ArticleStatus.WITHHELD


def test_invalid_yaml_is_read_line_by_line_with_lower_confidence() -> None:
    article = draft(f"---\ntitle: Ferry: it returns\nauthor: Nora Quayle\n---\n{FIRST}\n".encode(), "ferry.md")

    assert (article.title, article.authors) == ("Ferry: it returns", ("Nora Quayle",))
    assert article.provenance["title"].confidence == pytest.approx(0.6)


def test_front_matter_with_an_escape_that_is_no_character_is_read_line_by_line() -> None:
    assert draft(f'---\ntitle: "Ferry"\nby: "\\UFFFFFFFF"\n---\n{FIRST}\n'.encode(), "ferry.md").title == "Ferry"


def page(*lines: str, mark: str = "---") -> Draft:
    return draft("\n".join([mark, *lines, mark, "", FIRST, "", SECOND]).encode(), "ferry.md")


@pytest.mark.parametrize("name", ["embargo", "embargoed", "embargo_until", "embargo-until", "embargoedUntil"])
def test_an_embargo_in_front_matter_is_obeyed(name: str) -> None:
    for article in (
        page("title: Ferry", f"{name}: 2026-07-01T06:00:00Z"),
        page("title: Ferry", f"{name}:", "  until: 2026-07-01 08:00 +0200"),
        page("title: Ferry: back", f"{name}: 2026-07-01T06:00:00Z # by the council"),
        page("title = 'Ferry'", f"{name} = 2026-07-01T06:00:00Z", mark="+++"),
    ):
        assert article.embargoed_until == datetime(2026, 7, 1, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        *("draft: true", "draft: yes", "draft: On", "draft: 1", 'draft: "true"', "draft: true # not read yet"),
        *("published: false", "published: no", "status: draft", "Status: hidden", "status: withheld"),
        *("embargo: true", "embargo: soon", "embargoed: next week"),
    ],
)
@pytest.mark.parametrize("title", ["title: Ferry", "title: Ferry: back"])
def test_a_page_that_its_front_matter_does_not_publish_is_withheld(line: str, title: str) -> None:
    assert page(title, line).status is ArticleStatus.WITHHELD


@pytest.mark.parametrize(
    "line",
    [
        *("draft: false", "draft: no", "draft:", "published: true", "published: 2026-05-04", "status: published"),
        *("embargo:", "embargo: ~", "embargo: null", "embargo: none", "embargo: false", "embargoed: no"),
    ],
)
def test_a_page_that_its_front_matter_publishes_is_usable(line: str) -> None:
    article = page("title: Ferry", line)

    assert (article.status, article.embargoed_until) == (ArticleStatus.USABLE, None)


def test_a_time_of_publication_that_is_still_to_come_is_an_embargo() -> None:
    later, earlier = page("title: Ferry", "publishDate: 2099-07-01T06:00:00Z"), page("publishDate: 2020-07-01")

    assert (later.embargoed_until, earlier.embargoed_until) == (datetime(2099, 7, 1, 6, tzinfo=UTC), None)


def test_a_label_in_the_title_repeats_the_embargo_of_front_matter() -> None:
    article = page('title: "EMBARGO: Ferry"', "embargo: 2026-07-01T06:00:00Z")

    assert (article.title, article.embargoed_until) == ("Ferry", datetime(2026, 7, 1, 6, tzinfo=UTC))


def test_of_several_embargoes_in_front_matter_the_latest_counts() -> None:
    article = page("title: Ferry", "embargo:", "  - 2026-07-01T06:00:00Z", "  - 2026-07-03T06:00:00Z")

    assert article.embargoed_until == datetime(2026, 7, 3, 6, tzinfo=UTC)


def test_a_line_break_of_html_separates_words_of_markdown() -> None:
    assert draft(b"# Ferry\n\nIt sank<br>on Monday.\n", "ferry.md").text == "It sank on Monday."


@pytest.mark.parametrize("line", ["draft: true", "published: false", "status: hidden"])
def test_the_end_of_an_embargo_does_not_publish_a_page_that_its_front_matter_withholds(line: str) -> None:
    article = page("title: Ferry", line, "publishDate: 2099-07-01T06:00:00Z")

    assert (article.status, article.embargoed_until) == (ArticleStatus.WITHHELD, None)
    assert "embargoed_until" not in article.provenance


def test_an_embargo_in_front_of_a_title_in_front_matter_is_obeyed() -> None:
    article = page('title: "EMBARGOED UNTIL 10 JUNE 2026 06:00 BST: Ferry returns"')

    assert (article.title, article.embargoed_until) == ("Ferry returns", datetime(2026, 6, 10, 5, tzinfo=UTC))


def test_invalid_toml_is_read_line_by_line_with_lower_confidence() -> None:
    article = page("title = Ferry returns", "draft = true", "date = 2026-05-04T08:15:00Z", mark="+++")

    assert (article.title, article.provenance["title"].confidence) == ("Ferry returns", 0.6)
    assert article.status is ArticleStatus.WITHHELD
    assert article.published_at == datetime(2026, 5, 4, 8, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("Ferry: back # checked", "Ferry: back"),
        ("Ferry: quay #1 opens", "Ferry: quay #1 opens"),
        ("'Ferry': 'it''s back'", "'Ferry': 'it''s back'"[1:-1]),
    ],
)
def test_a_comment_behind_a_value_of_invalid_yaml_is_none_of_its_words(printed: str, title: str) -> None:
    assert page(f"title: {printed}").title == title


def test_yaml_with_exponential_aliases_is_not_expanded() -> None:
    laughs = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert draft(f"---\n{laughs}tags: *i\ntitle: Ferry\n---\n{FIRST}\n".encode(), "ferry.md").keywords == ()


def test_markdown_without_front_matter_is_recognised_by_its_name() -> None:
    article = draft(
        f"Ferry returns\n=============\n\n{FIRST}\n\nAt the quay\n-----------\n\n{SECOND}\n".encode(), "ferry.md"
    )

    assert (article.format, article.title) == ("markdown", "Ferry returns")
    assert article.text == f"{FIRST}\n\nAt the quay\n\n{SECOND}"


@pytest.mark.parametrize(
    "above", ['<p align="center"><img src="ferry.png"></p>', "<div>\n\n![Ferry](ferry.png)\n\n</div>"]
)
def test_markdown_below_a_line_of_html_is_markdown(above: str) -> None:
    article = draft(f"{above}\n\n# Ferry returns\n\n{FIRST} It is *back*.\n".encode(), "ferry.md")

    assert (article.format, article.title, article.text) == ("markdown", "Ferry returns", f"{FIRST} It is back.")


def test_a_page_named_as_markdown_stays_a_page() -> None:
    page = f"<!doctype html><html><head><title>Ferry returns</title></head><body><p>{FIRST}</p>\n# 1\n</body></html>"

    assert draft(page.encode(), "ferry.md").format == "html"


def test_a_text_below_a_line_of_dashes_stays_text() -> None:
    assert draft(f"---\nFerry returns\n---\n\n{FIRST}\n".encode(), "ferry.txt").format == "text"


@pytest.mark.parametrize("kind", ["docx", "rtf"])
def test_every_document_of_the_corpus_is_read_or_refused(shared: Path, kind: str) -> None:
    for file in sorted((shared / "corpora" / "formats" / kind).iterdir()):
        try:
            readings = list(ParsingReader(default_parsers()).read(original(file.read_bytes(), file.name)))
        except RefusedError:
            continue
        assert all(isinstance(each.item, Draft) and each.item.title for each in readings)


def test_an_empty_id_and_the_address_of_a_front_page_in_front_matter_identify_nothing() -> None:
    article = page("title: Ferry", "id: null", "link: https://quay.example/")

    assert (article.guid, article.url) == (None, None)
