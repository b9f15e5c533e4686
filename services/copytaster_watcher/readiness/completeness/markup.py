"""XML and HTML: the root element is closed."""

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
"""Elements that a piece of a page may begin with; its reader minds nothing that is left open."""

_EARLY = frozenset([
    expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
    expat.errors.codes[expat.errors.XML_ERROR_PARTIAL_CHAR],
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION],
    expat.errors.codes[expat.errors.XML_ERROR_SYNTAX],  # a word of the prolog that is cut
])  # fmt: skip
"""What expat says at the end of a document in which nothing is wrong but that it ends."""

LAST = True
"""Tells expat that nothing follows."""

LONGEST_NAME = 60
"""Characters of an element's name that a message shows."""

_HTML = unsure("the end tag </html>")


def judge(content: Content) -> Verdict | None:
    """Return the verdict; None for other formats. Cost: XML is parsed whole, without resolving or expanding anything.

    A page without ``</html>`` is only suspected: the tag may be left out, and every browser does without it.
    """
    if not _BEGINS.match(content.opening):
        return None
    root = _ROOT.match(content.opening)
    name = root.group(1) if root else ""
    if _is_html(content.opening, name):
        return PROVEN if _END_OF_HTML.search(content.closing) else _HTML
    ending = _parse(content)
    if ending is None:
        return _judge_broken(content, name)
    if ending or _is_surely_xml(content, root):
        return PROVEN if ending else early(_end_tag(name))
    return unsure(_end_tag(name))


def _is_html(opening: str, root: str) -> bool:
    doctype = _DOCTYPE.search(opening[:1_024])
    if doctype or root.lower() == "html":
        return root.lower() == "html" or (doctype is not None and doctype.group(1).lower() == "html")
    return bool(_HTML_TAG.match(root)) and not opening.lstrip("\ufeff\xef\xbb\xbf \t\r\n").startswith("<?xml")


def _is_surely_xml(content: Content, root: re.Match[str] | None) -> bool:
    """Tell a document from text that opens with a word in angle brackets: a document declares itself somehow."""
    declared = "<?xml" in content.opening[:256] or "<!DOCTYPE" in content.opening[:1_024]
    return (
        declared or (root is not None and "=" in root.group(2)) or PurePath(content.name).suffix.lower() in _XML_NAMES
    )


class _OwnEntitiesError(Exception):
    """The document declares entities: what they would make of it is not looked at."""


def _parse(content: Content) -> bool | None:
    """Say whether the root element is closed; None where the document is wrong before its end, or cannot be told."""
    parser = expat.ParserCreate()
    # With a DTD that might be elsewhere, entities that nothing declares are passed over rather than an error.
    parser.UseForeignDTD()
    parser.EntityDeclHandler = _refuse
    try:
        for piece in content.pieces():
            parser.Parse(piece)
        parser.Parse(b"", LAST)
    except expat.ExpatError as error:
        return False if error.code in _EARLY else None
    except (_OwnEntitiesError, ValueError, LookupError):  # the last two: a charset that expat does not read
        return None
    return True


def _refuse(*_: object) -> None:
    raise _OwnEntitiesError


def _judge_broken(content: Content, root: str) -> Verdict:
    """Judge by the last tag alone: the parser may be more forgiving, or refuse the file with a better reason."""
    end = content.closing.rfind("</")
    tag = re.compile(rf"</{re.escape(root)}\s*>").match(content.closing, end) if end >= 0 and root else None
    closed = tag is not None and _AFTER_ROOT.match(content.closing, tag.end())
    return PROVEN if closed else unsure(_end_tag(root))


def _end_tag(root: str) -> str:
    return f"the end tag </{printable(root[:LONGEST_NAME])}>" if root else "the root element"
