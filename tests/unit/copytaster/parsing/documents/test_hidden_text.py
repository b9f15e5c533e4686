"""Documents with hidden and deleted text, in code pages that are not named, and in the strict form of DOCX."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime

import docx
import pytest
from docx.oxml import parse_xml

from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader

NOW = datetime(2026, 6, 1, tzinfo=UTC)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
M = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'


def draft(content: bytes, name: str) -> Draft:
    [reading] = ParsingReader(default_parsers()).read(Original(content=content, name=name, now=NOW))
    assert isinstance(reading.item, Draft), reading.item
    return reading.item


def rtf(body: str, head: str = r"\ansi\ansicpg1252") -> str:
    return draft(f"{{\\rtf1{head} Lock opened\\par {body}\\par}}".encode("latin-1"), "lock.rtf").text


@pytest.mark.parametrize(
    "head",
    [
        r"\ansi",
        r"\ansi\deff0",
        r"\ansi\deff0{\fonttbl{\f0\froman Times;}}\f0",
        r"\ansi\deff0{\fonttbl{\f0\fcharset0 Times;}}\f0",
        "",
    ],
)
def test_codes_without_a_code_page_are_windows_1252(head: str) -> None:
    assert rtf(r"The caf\'e9\rquote s \'93gate\'94 opened \'96 at last.", head) == (
        "The café\u2019s \u201cgate\u201d opened \u2013 at last."
    )


def test_a_named_code_page_is_obeyed() -> None:
    assert rtf(r"\'cc\'ee\'f1\'f2 open.", r"\ansi\ansicpg1251") == "Мост open."


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"Open {\v NOTE }now.", "Open now."),
        (r"Open \v NOTE \v0 now.", "Open now."),
        (r"Open {\b\v NOTE\'e9\u233? }now.", "Open now."),
        (r"Open {\v NOTE {\b INNER} }now.", "Open now."),
        (r"Open \v NOTE \plain now.", "Open now."),
        (r"Open {\deleted\revauthdel1 never }now.", "Open now."),
        (r"Open \deleted never\deleted0  now.", "Open now."),
        (r"Open {\v hidden\par paragraph }now.", "Open now."),
        (r"Open {\deleted\par }now.", "Open now."),
        (r"The {\viewkind4 valve} opened.", "The valve opened."),
        (r"Braces \{ {\v x\}y} \} stay.", "Braces { } stay."),
    ],
)
def test_hidden_and_deleted_text_is_left_out(body: str, text: str) -> None:
    assert rtf(body) == text


def box(*texts: str) -> str:
    """Return a drawing as Word writes it: the text in it, and for older programs again in another form."""
    inside = "".join(rf"{{\shptxt \ltrpar\pard\plain {text}\par}}" for text in texts)
    older = "".join(rf"{{\*\do{{\dptxbxtext\pard {text}\par}}}}" for text in texts)
    return rf"{{\shp{{\*\shpinst{{\sp{{\sn shapeType}}{{\sv 202}}}}{inside}}}{{\shprslt{older}}}}}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (box("In the box.") + r"Open now.\par End.", "Open now.\n\nIn the box.\n\nEnd."),
        (r"Open " + box("In the box.") + r"now.\par End.", "Open now.\n\nIn the box.\n\nEnd."),
        (box("One.") + "Open " + box("Two.") + r"now.\par End.", "Open now.\n\nOne.\n\nTwo.\n\nEnd."),
        (r"{\shpgrp{\*\shpinst " + box("One.") + box("Two.") + r"}}Open.\par", "Open.\n\nOne.\n\nTwo."),
        (box("One.", "Two.") + "Open now.", "Open now.\n\nOne.\n\nTwo."),
        (box(r"In {\v NOTE }\{the\} b\'f6x.") + r"Open.\par", "Open.\n\nIn {the} böx."),
        (r"Open.\par " + box(r"First.\par Second."), "Open.\n\nFirst.\n\nSecond."),
        (r"Open.\par {\shp{\*\shpinst{\sp{\sn shapeType}{\sv 75}}}{\shprslt old}}End.", "Open.\n\nEnd."),
        (r"Open.\par {\header " + box("Gazette") + r"\par}End.", "Open.\n\nEnd."),
    ],
)
def test_the_text_of_boxes_follows_the_paragraph_in_which_they_stand(body: str, text: str) -> None:
    assert rtf(body) == text


def test_a_document_that_is_cut_off_in_a_box_has_the_text_in_front_of_it() -> None:
    content = rb"{\rtf1\ansi Lock opened\par Open now.\par {\shp{\*\shpinst{\shptxt In the"

    assert draft(content, "lock.rtf").text == "Open now."


def coded(text: str, page: str, *, literal: bool) -> str:
    """Return the codes of a text; second bytes that are ASCII are written as they are if ``literal``."""
    codes = []
    for character in text:
        first, *second = character.encode(page)
        codes.append(f"\\'{first:02x}" if first > 127 else chr(first))
        for byte in second:
            plain = literal and 0x40 <= byte <= 0x7E
            escaped = "\\" if plain and chr(byte) in "{}" else ""
            codes.append(f"{escaped}{chr(byte)}" if plain else f"\\'{byte:02x}")
    return "".join(codes)


FONT = r"\ansi\ansicpg1252\deff0{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset%s Font;}}\f1"


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize(
    ("page", "charset", "text"),
    [
        ("cp932", "128", "港の会社は予定を発表した。ソフト能力十分"),
        ("cp949", "129", "시장은 다리가 똠열린다"),
        ("gbk", "134", "市长说桥开放了丂仭"),
        ("cp950", "136", "市長說功能許可橋開放"),
    ],
)
def test_the_second_byte_of_a_character_may_be_a_letter(page: str, charset: str, text: str, literal: bool) -> None:
    body = coded(text, page, literal=literal)

    assert rtf(body, FONT % charset) == text
    assert rtf(body, f"\\ansi\\ansicpg{page.replace('gbk', 'cp936')[2:]}") == text


@pytest.mark.parametrize("data", [rb"{{{", rb"}}}", rb"\v \deleted ", rb"\\\'", b"\x00\r\n\xff"])
def test_the_binary_data_of_a_picture_is_no_markup(data: bytes) -> None:
    picture = rb"{\pict\jpegblip\bin%d " % len(data) + data + b"}"
    content = (
        rb"{\rtf1\ansi\ansicpg1252 Lock opened\par Boats "
        + picture
        + rb"pass again.\par The lock is {\v not }open.\par}"
    )

    assert draft(content, "lock.rtf").text == "Boats pass again.\n\nThe lock is open."


def test_letters_of_another_font_stay_letters() -> None:
    assert rtf(r"\'93\'fa{\f0 t\'e9l\'e9 A}\'96{\f0 x}", FONT % "128").startswith("日télé A")


def document(*paragraphs: str, styles: Iterable[str] = ()) -> bytes:
    made = docx.Document()
    for content in ("<w:r><w:t>Lock opened</w:t></w:r>", *paragraphs):
        made.element.body.insert(-1, parse_xml(f"<w:p {W} {M}>{content}</w:p>"))
    for each in styles:
        made.styles.element.append(parse_xml(each))
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r>"


MARKED = '<w:r><w:fldChar w:fldCharType="{0}"/></w:r>'


def instruction(words: str) -> str:
    return f"<w:r><w:instrText>{words}</w:instrText></w:r>"


def field(instruction: str, result: str) -> str:
    return "".join([MARKED.format("begin"), instruction, MARKED.format("separate"), result, MARKED.format("end")])


HIDDEN_STYLE = (
    f'<w:style {W} w:type="character" w:styleId="Desk"><w:name w:val="Desk"/><w:rPr><w:vanish/></w:rPr></w:style>'
)
CONTROL = "<w:sdt><w:sdtPr>{0}</w:sdtPr><w:sdtContent>{1}</w:sdtContent></w:sdt>"
MARK = "<w:pPr><w:rPr>{0}</w:rPr></w:pPr>"
DOCX = {
    "hidden run": ((run("Open ") + run("NOTE ", "<w:vanish/>") + run("now."),), "Open now."),
    "run that is not hidden": ((run("Open ") + run("now.", '<w:vanish w:val="0"/>'),), "Open now."),
    "run with a hidden style": ((run("Open ") + run("NOTE ", '<w:rStyle w:val="Desk"/>') + run("now."),), "Open now."),
    "deleted run": ((run("Open ") + f'<w:del w:id="1">{run("never ")}</w:del>' + run("now."),), "Open now."),
    "inserted run": ((run("Open ") + f'<w:ins w:id="1">{run("now.")}</w:ins>',), "Open now."),
    "deleted mark": ((MARK.format('<w:del w:id="5"/>') + run("Open "), run("now."), run("End.")), "Open now.\n\nEnd."),
    "two deleted marks": (
        (*(MARK.format('<w:del w:id="5"/>') + run(word) for word in ("Open ", "right ")), run("now.")),
        "Open right now.",
    ),
    "last mark deleted": ((MARK.format('<w:del w:id="5"/>') + run("Open now."),), "Open now."),
    "hidden mark": ((MARK.format("<w:vanish/>") + run("Open "), run("now.")), "Open now."),
    "inserted mark": ((MARK.format('<w:ins w:id="5"/>') + run("Open"), run("now.")), "Open\n\nnow."),
    "filled control": ((run("Open ") + CONTROL.format("", run("now.")),), "Open now."),
    "control that was filled": (
        (run("Open ") + CONTROL.format("<w:showingPlcHdr w:val='0'/>", run("now.")),), "Open now."
    ),
    "empty control": (
        (run("Open now.") + CONTROL.format("<w:showingPlcHdr/>", run("Click here to enter a place.")),), "Open now."
    ),
    "positional tab": ((run("Open") + "<w:r><w:ptab/></w:r>" + run("now."),), "Open now."),
    "ruby": (
        (f"<w:r><w:ruby><w:rubyPr/><w:rt>{run('みなと')}</w:rt><w:rubyBase>{run('港')}</w:rubyBase></w:ruby></w:r>"
         + run("が開く。"),),
        "港が開く。",
    ),
    "field": (
        (run("Open ") + field(instruction(" HYPERLINK "), run("now")) + run("."),), "Open now."
    ),
    "field in the instruction of another": (
        (run("Open ") + field(instruction(" IF ") + field(instruction(" X "), run("yes")) + instruction(" = "),
                              run("now")) + run("."),),
        "Open now.",
    ),
    "field in the result of another": (
        (run("Open ") + field(instruction(" REF "), run("at ") + field(instruction(" X "), run("nine"))) + run("."),),
        "Open at nine.",
    ),
    "field without a result": ((run("Open ") + MARKED.format("begin") + MARKED.format("end") + run("now."),),
                               "Open now."),
    "field of two paragraphs": (
        (MARKED.format("begin") + instruction(" TOC ") + MARKED.format("separate") + run("Open"),
         run("now") + MARKED.format("end") + run(".")),
        "Open\n\nnow.",
    ),
    "field that never ends": ((MARKED.format("begin") + run("Open now."),), "Open now."),
    "formula": (
        (run("So ") + "<m:oMath><m:sSup><m:e><m:r><m:t>mc</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup>"
         "</m:sSup></m:oMath>" + run(" holds."),),
        "So mc2 holds.",
    ),
}  # fmt: skip


def style(name: str, based_on: str, properties: str = "") -> str:
    base = f'<w:name w:val="{name}"/><w:basedOn w:val="{based_on}"/>'
    return f'<w:style {W} w:type="character" w:styleId="{name}">{base}<w:rPr>{properties}</w:rPr></w:style>'


@pytest.mark.parametrize(
    ("used", "text"),
    [("Desk", "Open now."), ("Note", "Open now."), ("Query", "Open now."), ("Shown", "Open NOTE now.")],
)
def test_a_style_hides_its_text_as_the_style_does_on_which_it_is_based(used: str, text: str) -> None:
    styles = (
        *(style("Query", "Note"), style("Note", "Desk"), HIDDEN_STYLE, style("Shown", "Note", '<w:vanish w:val="0"/>')),
        style("Circle", "Circle"),
    )

    content = document(run("Open ") + run("NOTE ", f'<w:rStyle w:val="{used}"/>') + run("now."), styles=styles)

    assert draft(content, "lock.docx").text == text


def test_rows_and_cells_of_tables_that_are_deleted_are_left_out() -> None:
    deleted, inserted = '<w:del w:id="1" w:author="Desk"/>', '<w:ins w:id="1" w:author="Desk"/>'
    cell = "<w:tc><w:tcPr>{0}</w:tcPr><w:p>{1}</w:p></w:tc>"
    rows = (
        ("", cell.format("", run("Kept")) + cell.format(deleted.replace("del", "cellDel"), run("gone"))),
        (deleted, cell.format("", run("gone as well"))),
        (inserted, cell.format("", run("New"))),
    )
    table = "".join(f"<w:tr><w:trPr>{mark}</w:trPr>{cells}</w:tr>" for mark, cells in rows)
    made = docx.Document(io.BytesIO(document(run("Open now."))))
    made.element.body.insert(-1, parse_xml(f"<w:tbl {W}>{table}</w:tbl>"))
    file = io.BytesIO()
    made.save(file)

    assert draft(file.getvalue(), "lock.docx").text == "Open now.\n\nKept\n\nNew"


def test_a_paragraph_that_asks_for_a_text_is_none() -> None:
    made = docx.Document(io.BytesIO(document(run("Open now."))))
    prompt = f"<w:p {W}>{run('Click here to enter a text.')}</w:p>"
    made.element.body.insert(
        1, parse_xml(CONTROL.format("<w:showingPlcHdr/>", prompt).replace("<w:sdt>", f"<w:sdt {W}>"))
    )
    made.element.body.insert(
        1, parse_xml(CONTROL.format("", prompt.replace("Click", "Tap")).replace("<w:sdt>", f"<w:sdt {W}>"))
    )
    file = io.BytesIO()
    made.save(file)

    assert draft(file.getvalue(), "lock.docx").text == "Tap here to enter a text.\n\nOpen now."


@pytest.mark.parametrize("name", DOCX)
def test_the_text_of_a_document_is_the_text_that_is_shown(name: str) -> None:
    paragraphs, text = DOCX[name]

    assert draft(document(*paragraphs, styles=[HIDDEN_STYLE]), "lock.docx").text == text


@pytest.mark.parametrize("name", DOCX)
def test_a_strict_document_has_the_same_text(name: str) -> None:
    paragraphs, text = DOCX[name]
    strict = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document(*paragraphs, styles=[HIDDEN_STYLE]))) as package,
        zipfile.ZipFile(strict, "w") as copy,
    ):
        for part in package.namelist():
            content = package.read(part)
            for family in (b"wordprocessingml", b"officeDocument", b"drawingml"):
                old = b"http://schemas.openxmlformats.org/" + family + b"/2006/"
                content = content.replace(old, b"http://purl.oclc.org/ooxml/" + family + b"/")
            copy.writestr(part, content)

    assert draft(strict.getvalue(), "lock.docx").text == text
