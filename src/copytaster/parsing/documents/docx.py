"""DOCX: python-docx opens the package; the text is collected here, with content controls and tracked changes."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import docx
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from lxml.etree import LxmlError

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import CONFIDENCE, Decoded, How, clean
from copytaster.parsing.containers.bounded_stream import ALWAYS_ALLOWED, damage_reported
from copytaster.parsing.documents.document_draft import Paragraph, add_authors, add_keywords, add_title
from copytaster.parsing.documents.docx_fields import MARKS, results_only
from copytaster.parsing.documents.docx_package import readable_package
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.failures import outages_reported
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.release_terms.opening import apply_page_terms

MAX_PARTS = 5_000
"""Number of files in the package; a report with a thousand pictures has some two thousand."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""Name of the stream in which Office stores a password-protected document (MS-OFFCRYPTO 2.3.4.4)."""

_MAIN = b"word/document"

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_TERMS = "{http://purl.org/dc/terms/}"
_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_SPACES = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}ptab": "\t", f"{_W}noBreakHyphen": "-"}
_SKIPPED = frozenset([f"{_W}{name}" for name in ("p", "del", "moveFrom", "pPr", "rPr", "rt", "rubyPr")] + [_FALLBACK])
"""Elements skipped within a paragraph: paragraphs of a text box, which are read separately, deleted text, and the
readings above characters (ruby)."""

_OFF = frozenset(["0", "false", "off"])

_HEADINGS = ("title", "heading 1")
"""Built-in styles, whose names are English in every language of Office."""


class DocxParser:
    """Reads DOCX documents. External references are not fetched, and XML entities are not resolved."""

    format = "docx"

    def score(self, original: Original) -> float:
        """Return .95 for a package that contains a document, .9 for a password-protected Office document."""
        if original.head.startswith(_OLE):
            return 0.9 if _ENCRYPTED in original.head or _ENCRYPTED in original.tail else 0.0
        if not original.head.startswith(_ZIP) or _MAIN not in original.tail:
            return 0.0
        try:
            with outages_reported(original.name):
                names = zipfile.ZipFile(original.open()).namelist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            return 0.95 if _MAIN in original.head else 0.0
        return 0.95 if "[Content_Types].xml" in names and any(name.startswith("word/document") for name in names) else 0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft.

        Raises ``RefusedError``: ``encrypted``, ``archive_bomb`` by the sizes in the package's directory,
        ``unsupported_format`` for a template or a document with macros. Costs some 10 ms.
        """
        if original.head.startswith(_OLE):
            raise RefusedError(
                Reason.ENCRYPTED, f"{original.name} is protected by a password: ask the sender for a copy without one."
            )
        document = _opened(original)
        paragraphs = list(_paragraphs(document))
        return [_draft(document, paragraphs, original)]


def _opened(original: Original) -> Any:
    _check_sizes(original)
    try:
        with damage_reported(original.name):
            return docx.Document(readable_package(original))
    except (OpcError, LxmlError, KeyError, AttributeError, AssertionError, TypeError, IndexError) as error:
        raise _damaged(original, error) from error
    except PermanentError as error:
        if "content type" in error.message:
            raise RefusedError(
                Reason.UNSUPPORTED_FORMAT,
                f"{original.name} is a template or a document with macros: save it as .docx and drop that file.",
            ) from error
        raise


def _check_sizes(original: Original) -> None:
    """Check the unpacked sizes in the package's directory; zipfile reads no more of a part than its entry states."""
    with damage_reported(original.name), zipfile.ZipFile(original.open()) as archive:
        entries = archive.infolist()
    size = sum(entry.file_size for entry in entries)
    most = min(original.limits.file_bytes, max(ALWAYS_ALLOWED, original.size * original.limits.ratio))
    if size > most or len(entries) > MAX_PARTS:
        raise RefusedError(
            Reason.ARCHIVE_BOMB,
            f"{original.name} has {len(entries):,} parts that unpack to {size:,} bytes; the limit is {most:,} bytes.",
        )
    original.budget.spend(size, original.name)


def _damaged(original: Original, error: Exception) -> PermanentError:
    return PermanentError(
        Reason.PARSE_FAILED,
        f"{original.name} is a damaged document: {type(error).__name__}: {str(error)[:200]}. Open it in a word"
        " processor and save it again, or ask the sender for another copy.",
    )


def _paragraphs(document: Any) -> Iterator[Paragraph]:
    styles = _Styles.of(document)
    for text, style in _texts(document.element.body, styles):
        heading = styles.names.get(style, "") in _HEADINGS
        yield from (Paragraph(line, heading=heading) for line in _lines(text))


def _page_edges(document: Any) -> Iterator[str]:
    """Yield the texts of the headers and footers of pages."""
    styles, part = _Styles.of(document), document.part
    ids = (each.get(_ID) for each in document.element.iter(f"{_W}headerReference", f"{_W}footerReference"))
    for edge in dict.fromkeys(part.rels[id_] for id_ in ids if id_ in part.rels and not part.rels[id_].is_external):
        yield from (clean(text) for text, _ in _texts(getattr(edge.target_part, "element", None), styles))


def _texts(root: Any, styles: _Styles) -> Iterator[tuple[str, str]]:
    """Yield the text of each paragraph, and the id of its style."""
    begun = ""
    for element in root.iter(f"{_W}p") if root is not None else ():
        around = element.iterancestors(_FALLBACK, *(f"{_W}{name}" for name in ("del", "moveFrom", "sdt", "tr", "tc")))
        if any(map(_is_left_out, around)):
            continue
        style = _value(element, "pPr/pStyle")
        begun += "" if style in styles.hidden else "".join(_pieces(element, styles.hidden))
        if not _is_mark_removed(element):
            yield results_only(begun), style
            begun = ""
    yield results_only(begun), ""


def _is_left_out(element: Any) -> bool:
    """Return whether the paragraphs in an element around them are deleted, a prompt, or for older programs."""
    match element.tag.removeprefix(_W):
        case "tr":
            return element.find(f"{_W}trPr/{_W}del") is not None
        case "tc":
            return element.find(f"{_W}tcPr/{_W}cellDel") is not None
        case "sdt":
            return _is_prompt(element)
        case _:
            return True


def _lines(text: str) -> Iterator[str]:
    for line in clean(text).split("\n"):
        if words := " ".join(line.split()):
            yield words


@dataclass(frozen=True, slots=True)
class _Styles:
    """The names of styles in lower case, and the styles whose text is hidden, by their ids."""

    names: dict[str, str]
    hidden: frozenset[str]

    @classmethod
    def of(cls, document: Any) -> _Styles:
        """Return the styles of a document; python-docx would build an object for each."""
        found = document.part._styles_part.element.iter(f"{_W}style")  # noqa: SLF001 - see above
        styles = {style.get(f"{_W}styleId") or "": style for style in found}
        return cls({id_: _value(style, "name").lower() for id_, style in styles.items()}, _hidden_styles(styles))


def _hidden_styles(styles: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the styles that hide their text by themselves, or by the style on which they are based."""
    hidden, based = list[str](), defaultdict[str, list[str]](list)
    for id_, style in styles.items():
        if style.find(f"{_W}rPr/{_W}vanish") is None:
            based[_value(style, "basedOn")].append(id_)
        elif _is_hidden(style, frozenset()):
            hidden.append(id_)
    for id_ in hidden:
        hidden += based.pop(id_, [])
    return frozenset(hidden)


def _value(element: Any, path: str) -> str:
    found = element.find("/".join(f"{_W}{name}" for name in path.split("/")))
    return (found.get(f"{_W}val") or "") if found is not None else ""


def _is_hidden(element: Any, hidden: frozenset[str]) -> bool:
    """Return whether the text of a run or style is hidden, by itself or by a style in ``hidden``."""
    vanish = element.find(f"{_W}rPr/{_W}vanish")
    if vanish is not None:
        return (vanish.get(f"{_W}val") or "") not in _OFF
    return _value(element, "rPr/rStyle") in hidden


def _is_prompt(element: Any) -> bool:
    """Return whether it is a control that nobody has filled in, whose text asks for one: "Click here to enter text"."""
    prompt = element.find(f"{_W}sdtPr/{_W}showingPlcHdr")
    return prompt is not None and (prompt.get(f"{_W}val") or "") not in _OFF


def _is_mark_removed(paragraph: Any) -> bool:
    """Return whether the mark at the end of a paragraph is deleted or hidden, so that the next one continues it."""
    mark = paragraph.find(f"{_W}pPr/{_W}rPr")
    if mark is None:
        return False
    removed = any(mark.find(f"{_W}{name}") is not None for name in ("del", "moveFrom"))
    return removed or _is_hidden(paragraph.find(f"{_W}pPr"), frozenset())


def _pieces(element: Any, hidden: frozenset[str]) -> Iterator[str]:
    for child in element:
        if child.tag in {f"{_W}t", f"{_M}t"}:
            yield child.text or ""
        elif child.tag in _SPACES:
            yield _SPACES[child.tag]
        elif child.tag == f"{_W}fldChar":
            yield MARKS.get(child.get(f"{_W}fldCharType"), "")
        elif (
            child.tag not in _SKIPPED
            and not _is_prompt(child)
            and not (child.tag == f"{_W}r" and _is_hidden(child, hidden))
        ):
            yield from _pieces(child, hidden)


def _draft(document: Any, paragraphs: list[Paragraph], original: Original) -> Draft:
    fields, properties = DraftBuilder(original.now), _properties(document)
    rest = add_title(fields, properties.get("title", ""), paragraphs, "docx")
    apply_page_terms(fields, _page_edges(document), "docx:page-header")
    add_text(fields, rest, "docx:body", 0.9)
    add_authors(fields, properties.get("author", ""), "docx:properties/creator", 0.5)
    fields.add_time("published_at", properties.get("created", ""), "docx:properties/created", 0.4)
    fields.add_time("modified_at", properties.get("modified", ""), "docx:properties/modified", 0.5)
    fields.add_language(properties.get("language"), "docx:properties/language", 0.7)
    add_keywords(fields, properties.get("keywords", ""), "docx:properties/keywords", 0.7)
    decoded = Decoded("", "utf-8", How.DECLARED, CONFIDENCE[How.DECLARED])
    return fields.draft(decoded, format_=DocxParser.format, name=original.name)


def _properties(document: Any) -> dict[str, str]:
    """Return the core properties of a package, dates as printed; missing and broken properties are left out.

    python-docx would read a date without a zone, of a month or of a year alone as a moment in UTC.
    """
    found: dict[str, str] = {}
    # For a package without core properties python-docx would create default ones.
    if not any(each.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for each in document.part.package.rels.values()):
        return found
    try:
        properties = document.core_properties
        found |= {name: str(getattr(properties, name) or "") for name in ("title", "author", "language", "keywords")}
        found |= {name: properties._element.findtext(f"{_TERMS}{name}") or "" for name in ("created", "modified")}  # noqa: SLF001
    except (OpcError, LxmlError, KeyError, ValueError, AttributeError):
        pass
    return {name: clean(value).strip() for name, value in found.items()}
