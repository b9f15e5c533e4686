"""A parser for SubRip subtitles (.srt): each caption is a number, a line of times, and the spoken text."""

from __future__ import annotations

import re

from copytaster.errors import RefusedError
from copytaster.model.article import Provenance
from copytaster.model.disposition import Reason
from copytaster.parsing.charset.decoding import decode
from copytaster.parsing.parser import Draft, Original

CAPTION = re.compile(r"\d+\n\d\d:\d\d:\d\d,\d{3} --> \d\d:\d\d:\d\d,\d{3}[^\n]*\n(.+?)(?:\n\n|\Z)", re.DOTALL)


class SubtitleParser:
    """Makes one article of the spoken text."""

    format = "subtitles"

    def score(self, original: Original) -> float:
        """Return .9 if the file begins with a caption: a higher score than that of plain text, which also matches."""
        return 0.9 if CAPTION.match(decode(original.head).text.lstrip()) else 0.0

    def parse(self, original: Original) -> list[Draft]:
        """Return one draft: the first caption is the title, and all captions are joined to the text."""
        decoded = decode(original.content)
        captions = [" ".join(caption.split()) for caption in CAPTION.findall(decoded.text)]
        if not captions:
            raise RefusedError(Reason.NO_TEXT, f"{original.name} has no caption. Check whether the file is complete.")
        origins = {name: Provenance(from_="subtitles:captions", confidence=0.7) for name in ("title", "text")}
        return [
            Draft(
                title=captions[0],
                text=" ".join(captions),
                format=self.format,
                charset=decoded.charset,
                provenance={"charset": decoded.provenance(), **origins},
            )
        ]
