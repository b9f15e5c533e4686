"""Markdown, with the front matter of site generators (YAML between ``---``, TOML between ``+++``) or without."""

from __future__ import annotations

import re

from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.documents.document_draft import add_title
from copytaster.parsing.documents.front_matter import OPENING_LINE, add_front_matter, split_front_matter
from copytaster.parsing.documents.markdown_text import read_markdown
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.original import Original
from copytaster.parsing.parser import Draft
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.sniffing import foreign_format

_NAMES = (".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd")
_HEADING = re.compile(r"^ {0,3}#{1,2} +\S", re.MULTILINE)


class MarkdownParser:
    """Reads Markdown."""

    format = "markdown"

    def score(self, original: Original) -> float:
        """Return .9 for front matter, .75 for a heading in a file named as Markdown, .5 for the name alone."""
        head = original.head_text
        if OPENING_LINE.match(head.lstrip("\ufeff\r\n ").replace("\r\n", "\n")):
            return 0.9
        if not original.has_extension(*_NAMES) or foreign_format(original):
            return 0.0
        return 0.75 if _HEADING.search(head) else 0.5

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft. Raises ``RefusedError`` (``no_text``) for front matter that has neither title nor body."""
        decoded = decode(original.content, original.hints.charset)
        matter, body = split_front_matter(decoded.text)
        fields = DraftBuilder(original.now)
        add_front_matter(fields, matter)
        paragraphs, images = read_markdown(body)
        if "title" not in fields:
            rest = add_title(fields, "", paragraphs, "markdown")
        else:
            # The first heading repeats the title, or is a variant of it.
            rest = [each.text for each in paragraphs[1 if paragraphs and paragraphs[0].heading else 0 :]]
        add_text(fields, rest, "markdown:body", 0.95)
        fields.add("images", images, "markdown:image", 0.8)
        return [fields.draft(decoded, format_=self.format, name=original.name)]
