"""XML of no known kind, read by the field map: elements with a title and a text, at any place near the root."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from copytaster.errors import RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.inline_markup import paragraphs_of
from copytaster.parsing.json_documents.field_map import PLAIN, FieldMap, folded
from copytaster.parsing.json_documents.items import Document
from copytaster.parsing.json_documents.objects import read_fields
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.safe_xml import Element, name_of, raw_text, read_xml, root_of, unescaped

_DEEPEST = 5
"""Levels below which no article begins; the elements of an article itself are deeper."""

_LEAST_FIELDS = 3
"""Fields that the built-in names must find, title and text among them; an operator's own title or text is enough."""

_NO_ARTICLES = frozenset(["html", "svg", "rss", "feed", "rdf", "urlset", "sitemapindex", "opml", "project", "plist"])
"""Root elements of formats that have the names too, and no article."""

_MARKUP = frozenset([
    "p", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "table", "para", "paragraph",
    "b", "i", "u", "em", "strong", "a", "span", "sub", "sup",
])  # fmt: skip
"""Elements inside a text; a text without any of them has elements of its own only if it is a group of fields."""

_OF_PAGES = frozenset(["html", "head", "body"])
"""Elements around the parts of a page, whose children have names of fields: ``title``, ``link``."""

_NAME = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ATTRIBUTE = re.compile(r"\s([A-Za-z_][\w.-]*)\s*=\s*[\"']")
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    r"|<(?P<end>/)?(?:[A-Za-z_][\w.-]*:)?(?P<name>[A-Za-z_][\w.-]*)(?P<attributes>[^<>]*?)(?P<empty>/)?>",
    re.DOTALL,
)
_SEPARATOR = re.compile(r"[./]")


class XmlRecordParser:
    """Reads XML whose elements or attributes have the names of the field map."""

    format = "xml"

    def __init__(self, plain: FieldMap) -> None:
        """``plain`` is the field map of plain JSON objects; fields that differ from the built-in ones are preferred."""
        self._fields = FieldMap(self.format, plain.paths)
        self._steps = {path: _steps(path) for paths in plain.paths.values() for path in paths}
        self._own = frozenset(field for field, paths in plain.paths.items() if paths != PLAIN.paths.get(field))

    def score(self, original: Original) -> float:
        """Return .55 for XML with the operator's own title or text, or with title, text and another field.

        If these are children of one element that has no paragraphs beside them, .75: more than for a fragment of HTML,
        which has the root element ``article`` too, but less than for a page.
        """
        root = root_of(original)
        if root is None or root.name.lower() in _NO_ARTICLES:
            return 0.0
        head = original.head_text
        names = {folded(name) for _, name in _NAME.findall(head)}
        names |= {f"@{folded(name)}" for name in _ATTRIBUTE.findall(head)}
        fields = {field for field in self._fields.paths if self._may_have(field, names)}
        if not self._is_article(fields):
            return 0.0
        return 0.75 if any(map(self._is_record, _names_beside(head))) else 0.55

    def _is_record(self, names: frozenset[str]) -> bool:
        fields = {
            field for field, paths in self._fields.paths.items() if any(self._steps[path][0] in names for path in paths)
        }
        return self._is_article(fields) and not names & _MARKUP

    def parse(self, original: Original) -> Iterator[Draft | BadItem]:
        """Yield the articles. Raises ``RefusedError`` (``no_text``) without one, and the errors of ``read_xml``."""
        xml = read_xml(original)
        elements = self._articles(xml.root, _DEEPEST)
        if not elements:
            raise RefusedError(
                Reason.NO_TEXT,
                f"{original.name} has no element with a title and a text: name their paths in the file that "
                "COPYTASTER_FIELD_MAP sets.",
            )
        document = Document(original.name, self.format)
        for number, element in enumerate(elements, start=1):
            fields = self._read(element, original)
            if xml.noise:
                fields.add_note(xml.noise)
            yield document.item(fields, xml.decoded, f"{name_of(element)} {number}")

    def _read(self, element: Element, original: Original) -> DraftBuilder:
        values = {path: list(_values_at(element, steps)) for path, steps in self._steps.items()}
        paths = {field: tuple(path for path in paths if values[path]) for field, paths in self._fields.paths.items()}
        return read_fields(values.__getitem__, FieldMap(self.format, MappingProxyType(paths)), original.now)

    def _articles(self, element: Element, levels: int) -> list[Element]:
        """Return the outermost elements that are articles; of a list of articles its members, not the list."""
        if not len(element) and not element.attrib:
            return []
        inside = [found for child in element for found in self._articles(child, levels - 1)] if levels else []
        if len(inside) < 2 and self._is_article(self._fields_of(element)):  # noqa: PLR2004 - a list has several members
            return [element]
        return inside

    def _fields_of(self, element: Element) -> set[str]:
        """Return the fields of which the element has a value; cheap, as it is called for each element."""
        names = {folded(name_of(child)) for child in element}
        names |= {f"@{folded(str(name).rpartition('}')[2])}" for name in element.attrib}
        names |= {folded(name_of(element))}
        return {
            field
            for field, paths in self._fields.paths.items()
            if any(self._steps[path][0] in names and any(_values_at(element, self._steps[path])) for path in paths)
        }

    def _may_have(self, field: str, names: set[str]) -> bool:
        return any(names.issuperset(self._steps[path]) for path in self._fields.paths[field])

    def _is_article(self, fields: set[str]) -> bool:
        main = fields & {"title", "text"}
        return bool(main & self._own) or (len(main) > 1 and len(fields - {"status"}) >= _LEAST_FIELDS)


def _names_beside(head: str) -> Iterator[frozenset[str]]:
    """Yield the folded names of attributes and children of each element in ``head`` but those of pages."""
    inside, open_ = [("", set[str]())], Counter[str]()
    for tag in _TAG.finditer(head):
        name = folded(tag["name"] or "")
        if tag["end"]:
            # An end tag also ends the elements of HTML inside that have none of their own.
            while open_[name]:
                ended, names = inside.pop()
                open_[ended] -= 1
                if ended not in _OF_PAGES:
                    yield frozenset(names)
                if ended == name:
                    break
        elif name:
            inside[-1][1].add(name)
            if not tag["empty"]:
                inside.append((name, {f"@{folded(each)}" for each in _ATTRIBUTE.findall(tag["attributes"])}))
                open_[name] += 1
    yield from (frozenset(names) for element, names in inside[1:] if element not in _OF_PAGES)


def _steps(path: str) -> tuple[str, ...]:
    """Return the folded names of a path: ``body/par`` and ``body.par``, ``@id``, ``head/@id``."""
    return tuple(folded(step) for step in _SEPARATOR.split(path.strip("/")) if step)


def _values_at(element: Element, steps: tuple[str, ...]) -> Iterator[Any]:
    """Yield the texts at a path below an element; the path may begin with the element's own name."""
    yield from _walk(element, steps)
    if len(steps) > 1 and steps[0] == folded(name_of(element)):
        yield from _walk(element, steps[1:])


def _walk(element: Element, steps: tuple[str, ...]) -> Iterator[str]:
    first, rest = steps[0], steps[1:]
    if first.startswith("@"):
        for name, value in element.attrib.items():
            if f"@{folded(str(name).rpartition('}')[2])}" == first and value:
                yield str(value)
        return
    for child in element:
        if folded(name_of(child)) == first:
            yield from _walk(child, rest) if rest else filter(None, [_text_of(child)])


def _text_of(element: Element) -> str:
    """Return an element's text; of one with markup its paragraphs, separated by blank lines."""
    if any(name_of(child).lower() in _MARKUP for child in element):
        return "\n\n".join(paragraphs_of(element)) or " ".join(raw_text(element).split())
    return "" if len(element) else unescaped(raw_text(element)).strip()
