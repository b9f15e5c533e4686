"""Safe XML parsing (no entities, no DTD, no network, bounded depth), and helpers to walk through elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import TypeAlias

from lxml.etree import Resolver, XMLParser, XMLSyntaxError, _Element, fromstring

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.charset.decoding import Decoded, decode, peek
from copytaster.parsing.original import Original
from copytaster.parsing.xml_source import PROLOG_CHARACTERS, match_root, with_characters, without_noise

Element: TypeAlias = _Element

XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"

_DECLARED = re.compile(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)")
_ROOT_BEGINS = re.compile(r"<(?=[A-Za-z_:])")
_ENTITY = re.compile(
    r"<!ENTITY\s+(?P<harmless>%\s+[\w:.-]+\s+(?:(?:SYSTEM|PUBLIC)\s[^<>%&]*|\"[^\"<&%]*\"\s*|'[^'<&%]*'\s*)>)?"
)
"""An entity declaration; harmless are parameter entities that include a DTD, which is not read, or have plain text."""

_TWICE_ESCAPED = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|quot|apos|amp|nbsp);")
"""A reference in a parsed document, which was escaped twice; ``&lt;`` may be intended."""

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_TOO_DEEP = "Excessive depth"


@dataclass(frozen=True, slots=True)
class Root:
    """The root element as it appears in the source: its name without prefix, and the attributes of its start tag."""

    name: str
    attributes: str


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document, with the decoding of its bytes; ``noise`` is a note about text outside the document."""

    root: Element
    decoded: Decoded
    noise: str = ""


def root_of(original: Original) -> Root | None:
    """Return the root element if the file looks like XML, else None. Cheap: reads the first 16 Ki characters."""
    match = match_root(original.head_text[:PROLOG_CHARACTERS])
    return Root(match.group(1).rpartition(":")[2], match.group(2)) if match else None


def read_xml(original: Original) -> Document:
    """Return the document, without comments and processing instructions.

    The charset is detected as for every file, so that a wrong declaration does no harm. HTML's named entities
    (``&nbsp;``) are replaced by their characters, although no DTD is read. Raises ``RefusedError``: ``parse_failed`` if
    the document is not well-formed or declares general entities, ``too_deep`` beyond ``Limits.xml_depth``. Nothing is
    opened: neither a DTD nor an external entity, local or remote.
    """
    head = peek(original.content, 512)
    declared = _DECLARED.match(head.removeprefix("\xef\xbb\xbf"))
    decoded = decode(original.content, declared.group(1) if declared else None)
    text, noise = without_noise(decoded.text, original.content)
    root = read_inner_xml(text, original.name)
    _check_depth(root, original.name, original.limits)
    return Document(root, decoded, noise)


def read_inner_xml(text: str, name: str) -> Element:
    """Return the root element of a document, or of one in the text of another. Raises the errors of ``read_xml``."""
    text = _DECLARATION.sub("", text, count=1)
    parameter_entities = _count_parameter_entities(text, name)
    text = with_characters(text)
    root = _parse(text.lstrip().encode(), name)
    _check_entities(root, name, most=parameter_entities)
    return root


def name_of(element: Element) -> str:
    """Return an element's name without its namespace; empty for an undeclared entity."""
    tag: object = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element | None, name: str) -> Iterator[Element]:
    """Yield the children with a name, in any namespace."""
    return iter(()) if element is None else element.iterchildren(f"{{*}}{name}")


def first(element: Element | None, path: str) -> Element | None:
    """Return the first element at ``path`` (names separated by slashes, in any namespace), or None."""
    for name in path.split("/"):
        element = next(children(element, name), None)
    return element


def text_of(element: Element | None) -> str:
    """Return all text in an element with single spaces and without escaped references; empty for None."""
    return "" if element is None else unescaped(" ".join(raw_text(element).split()))


def unescaped(text: str) -> str:
    """Return ``text`` with resolved references, for documents that escaped them twice."""
    return _TWICE_ESCAPED.sub(lambda found: unescape(found.group()), text) if "&" in text else text


def raw_text(element: Element) -> str:
    """Return all text in an element unchanged."""
    return "".join(str(piece) for piece in element.itertext())


def attribute(element: Element | None, name: str) -> str:
    """Return an attribute with single spaces; empty if it is absent."""
    return "" if element is None else " ".join((element.get(name) or "").split())


def _count_parameter_entities(text: str, name: str) -> int:
    """Return the number of harmless entity declarations. Raises ``RefusedError`` for any other declaration."""
    root = _ROOT_BEGINS.search(text)
    declarations = [match["harmless"] for match in _ENTITY.finditer(text, 0, root.start() if root else len(text))]
    if None in declarations:
        raise _own_entities(name)
    return len(declarations)


def _check_entities(root: Element, name: str, *, most: int) -> None:
    """Raise ``RefusedError`` if the document has more entities than the search in its text has found.

    A comment may hide a declaration from that search.
    """
    dtd = root.getroottree().docinfo.internalDTD
    # lxml's stubs do not know ``entities``.
    if len(getattr(dtd, "entities", list)()) > most:
        raise _own_entities(name)


def _check_depth(root: Element, name: str, limits: Limits) -> None:
    # The parser itself stops at depth 256; an XPath checks lower limits faster than a loop in Python.
    if limits.xml_depth < Limits().xml_depth and root.xpath(f"boolean({'/*' * (limits.xml_depth + 1)})"):
        raise _too_deep(name, limits.xml_depth)


class _NoExternalEntities(Resolver):
    """Answers every external reference with empty content, so that nothing is opened."""

    def resolve(self, system_url: str, public_id: str, context: object) -> object:  # type: ignore[override]
        """Return empty content."""
        del system_url, public_id
        return self.resolve_empty(context)  # type: ignore[attr-defined]  # lxml's stubs do not know it


def _parse(content: bytes, name: str) -> Element:
    # collect_ids=False would be faster, but lxml 6.1 then loads the external DTD in spite of load_dtd=False.
    parser = XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    parser.resolvers.add(_NoExternalEntities())
    try:
        return fromstring(content, parser)
    except XMLSyntaxError as error:
        if _TOO_DEEP in str(error):
            raise _too_deep(name, Limits().xml_depth) from error
        raise RefusedError(
            Reason.PARSE_FAILED,
            f"{name} is not well-formed XML ({str(error)[:200]}): ask its sender for a corrected copy.",
        ) from error


def _own_entities(name: str) -> PermanentError:
    return RefusedError(
        Reason.PARSE_FAILED,
        f"{name} declares XML entities, which no news format needs and which attacks use: "
        "ask its sender for a copy without them.",
    )


def _too_deep(name: str, limit: int) -> PermanentError:
    return RefusedError(Reason.TOO_DEEP, f"{name} nests XML elements more than {limit} deep; no news item does.")
