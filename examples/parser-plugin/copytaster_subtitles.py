"""A parser for SubRip subtitles (.srt): each caption is a number, a line of times, and what is said."""

from __future__ import annotations

import re

from copytaster.errors import RefusedError
from copytaster.model.article import Provenance
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.parser import Draft, Original

CAPTION = re.compile(r"\d+\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}[^\n]*\n(.+?)(?:\n\n|\Z)", re.DOTALL)


class SubtitleParser:
    """Makes one article of what is said."""

    format = "subtitles"

    def score(self, original: Original) -> float:
        """Return .9 where the file begins with a caption: more than plain text, which it is as well."""
        return 0.9 if CAPTION.match(decode(original.head).text.lstrip()) else 0.0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft: the first caption is the title, sentences run on from caption to caption."""
        decoded = decode(original.content)
        said = [" ".join(caption.split()) for caption in CAPTION.findall(decoded.text)]
        if not said:
            raise RefusedError(Reason.NO_TEXT, f"{original.name} has no caption: look whether it is whole.")
        origins = {name: Provenance(from_="subtitles:captions", confidence=0.7) for name in ("title", "text")}
        return [
            Draft(
                title=said[0],
                text=" ".join(said),
                format=self.format,
                charset=decoded.charset,
                provenance={"charset": decoded.provenance(), **origins},
            )
        ]
