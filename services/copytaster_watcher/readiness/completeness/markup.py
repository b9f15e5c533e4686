"""XML and HTML: a complete document closes its root element."""

from __future__ import annotations

import re
from pathlib import PurePath
from xml.parsers import expat

from copytaster.intake.printable_names import printable
from copytaster_watcher.readiness.completeness.content import Content
from copytaster_watcher.readiness.completeness.verdict import PROVEN, Verdict, early, unsure

_BEGINS = re.compile(r"\ufeff?(?:\xef\xbb\xbf)?\s*<[!?A-Za-z_:]")
_BEFORE_ROOT = r"\ufeff?(?:\xef\xbb\xbf)?(?>\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>)*"
_ROOT = re.compile(_BEFORE_ROOT + r"<([A-Za-z_:][^\s/>]*)([^>]*)", re.DOTALL | re.IGNORECASE)
_AFTER_ROOT = re.compile(r"(?>\s|<!--(?:(?!-->).)*-->|<\?(?:(?!\?>).)*\?>)*\Z", re.DOTALL)
_DOCTYPE = re.compile(r"<!doctype\s+([\w:.-]+)", re.IGNORECASE)
_END_OF_HTML = re.compile(r"</html\s*>", re.IGNORECASE)

_XML_NAMES = frozenset([".xml", ".rss", ".atom", ".rdf", ".nitf", ".newsml"])

_HTML_TAG = re.compile(
    r"(?:html|head|body|title|meta|link|base|script|style|p|div|article|section|main|header|footer|nav|h[1-6]|span|a|b|i"
    r"|em|strong|table|ul|ol|blockquote|center|font|br|hr|img|pre)\Z",
    re.IGNORECASE,
)
"""Elements with which a fragment of HTML may begin; its parser accepts elements that are not closed."""

_EARLY = frozenset([
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_SYNTAX],  # the prolog was cut within a word
])  # fmt: skip
"""Errors that expat reports for a well-formed document that was cut."""

LAST = True
"""Argument by which expat learns that no data follows."""

LONGEST_NAME = 60
"""Characters of an element's name that are shown in a message."""

_HTML = unsure("the end tag </html>")


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: parses XML to its end, without expanding entities.

    For a page without ``</html>`` the verdict is ``UNSURE``: HTML allows omitting the tag.
    """
    if not _BEGINS.match(content.opening):
        return None
    root = _ROOT.match(content.opening)
    name = root.group(1) if root else ""
    if _is_html(content.opening, name):
        return PROVEN if _END_OF_HTML.search(content.closing) else _HTML
    is_closed = _parse(content)
    if is_closed is None:
        return _judge_by_last_tag(content, name)
    if is_closed or _is_certainly_xml(content, root):
        return PROVEN if is_closed else early(_end_tag(name))
    return unsure(_end_tag(name))


def _is_html(opening: str, root: str) -> bool:
    doctype = _DOCTYPE.search(opening[:1_024])
    if doctype or root.lower() == "html":
        return root.lower() == "html" or (doctype is not None and doctype.group(1).lower() == "html")
    return bool(_HTML_TAG.match(root)) and not opening.lstrip("\ufeff\xef\xbb\xbf \t\r\n").startswith("<?xml")


def _is_certainly_xml(content: Content, root: re.Match[str] | None) -> bool:
    """Return whether this is XML by its declaration, attributes or name, and not text that begins with ``<word>``."""
    declared = "<?xml" in content.opening[:256] or "<!DOCTYPE" in content.opening[:1_024]
    return (
        declared or (root is not None and "=" in root.group(2)) or PurePath(content.name).suffix.lower() in _XML_NAMES
    )


class _DeclaredEntitiesError(Exception):
    """The document declares entities, which are not expanded here."""


def _parse(content: Content) -> bool | None:
    """Return whether the root element is closed; None if the document has an error before its end or is not read."""
    parser = expat.ParserCreate()
    # With an external DTD, expat skips undeclared entities instead of reporting an error.
    parser.UseForeignDTD()
    parser.EntityDeclHandler = _refuse
    try:
        for piece in content.pieces():
            parser.Parse(piece)
        parser.Parse(b"", LAST)
    except expat.ExpatError as error:
        return False if error.code in _EARLY else None
    except (_DeclaredEntitiesError, ValueError, LookupError):  # the last two: a charset that expat does not read
        return None
    return True


def _refuse(*_: object) -> None:
    raise _DeclaredEntitiesError


def _judge_by_last_tag(content: Content, root: str) -> Verdict:
    """Judge by the last tag: the pipeline's parser may accept the error, or reject the file with a precise reason."""
    end = content.closing.rfind("</")
    tag = re.compile(rf"</{re.escape(root)}\s*>").match(content.closing, end) if end >= 0 and root else None
    closed = tag is not None and _AFTER_ROOT.match(content.closing, tag.end())
    return PROVEN if closed else unsure(_end_tag(root))


def _end_tag(root: str) -> str:
    return f"the end tag </{printable(root[:LONGEST_NAME])}>" if root else "the root element"
