"""Press releases of the services that Nordic agencies run (STT Info, NTB Info, Via Ritzau, Via TT): ``release``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from copytaster.model.article import Image
from copytaster.parsing.draft_builder import DraftBuilder
from copytaster.parsing.html.fragments import address
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.plain.text_fields import add_text
from copytaster.parsing.release_terms.embargo_fields import add_embargo
from copytaster.parsing.release_terms.opening import add_heading
from copytaster.parsing.safe_xml import Element, attribute, children, first, raw_text, read_xml, root_of, text_of
from copytaster.parsing.wire.escaped_markup import markup_in, plain_paragraphs_of
from copytaster.parsing.wire.g2_content import inline_paragraphs
from copytaster.parsing.wire.local_times import read_local

_MARKS = re.compile(r"<(?:leadtext|publicationDate|longurl|boilerplate)\b")
"""Elements of a release that documents with the same root element do not have."""

_FORM = "%d.%m.%Y %H:%M"
_ZONES = {
    "fi": "Europe/Helsinki", "no": "Europe/Oslo", "se": "Europe/Stockholm", "dk": "Europe/Copenhagen",
    "de": "Europe/Berlin", "ch": "Europe/Zurich", "at": "Europe/Vienna",
}  # fmt: skip
"""The zone of the times by the country of the release's address; the times name none."""


class PressReleaseParser:
    """Reads a press release; lead and body are the text."""

    format = "press-release"

    def score(self, original: Original) -> float:
        """Return .9 for the root element ``release`` with an element that only press releases have."""
        root = root_of(original)
        is_release = root is not None and root.name == "release"
        return 0.9 if is_release and _MARKS.search(original.head_text) else 0.0

    def parse(self, original: Original) -> Iterator[Draft]:
        """Yield the article. Raises ``RefusedError`` (``no_text``) without text, and the errors of ``read_xml``."""
        document = read_xml(original)
        release = document.root
        builder = DraftBuilder(original.now, prefix=self.format)
        url = address(text_of(first(release, "longurl")) or text_of(first(release, "shorturl")))
        _add_times(builder, release, url)
        builder.add("guid", attribute(release, "id"), "@id", 0.9)
        builder.add("url", url, "longurl")
        add_heading(builder, text_of(first(release, "title")), "title", 1.0)
        builder.add("publisher", text_of(first(release, "publisher/name")), "publisher/name", 0.9)
        builder.add_language(attribute(release, "lang"), "@lang", 0.9)
        words = text_of(first(release, "keywords")).replace(";", ",").split(",")
        builder.add_list("keywords", [word.strip() for word in words], "keywords")
        lead, body = (_paragraphs(first(release, name)) for name in ("leadtext", "body"))
        add_text(builder, [*lead, *body], "body")
        if body:
            builder.add("summary", " ".join(lead), "leadtext")
        builder.add_list("images", _images(first(release, "images")), "images")
        if document.noise:
            builder.add_note(document.noise)
        yield builder.draft(document.decoded, format_=self.format, name=original.name)


def _add_times(builder: DraftBuilder, release: Element, url: str | None) -> None:
    zone = _ZONES.get((urlsplit(url).hostname or "").rpartition(".")[2]) if url else None
    published, embargo = (text_of(first(release, name)) for name in ("publicationDate", "embargo"))
    builder.add_time("published_at", read_local(published, _FORM, zone) or published, "publicationDate", 0.9)
    add_embargo(builder, read_local(embargo, _FORM, zone) or embargo, "embargo")


def _paragraphs(element: Element | None) -> list[str]:
    """Return the paragraphs of an element whose HTML is escaped, once or twice."""
    if element is None:
        return []
    text = raw_text(element)
    markup = element if len(element) else markup_in(text)
    return plain_paragraphs_of(text) if markup is None else inline_paragraphs(markup)


def _images(images: Element | None) -> Iterator[Image]:
    for each in children(images, "image"):
        caption = text_of(first(each, "caption"))
        if url := address(text_of(first(each, "url"))):
            yield Image(url=url, caption=caption or None)
