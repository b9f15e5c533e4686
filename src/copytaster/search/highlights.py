"""The places of a query's words in an article, as what is found is remembered and sent."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import RootModel

from copytaster.model.article import FieldSpan

_Spans = RootModel[tuple[FieldSpan, ...]]


class Highlights:
    """Places in title and text, in this order; ``json`` is the list of their ``FieldSpan``.

    They are kept as JSON, in 40 bytes each, because pages of results are mostly sent to programs.
    """

    __slots__ = ("json",)

    def __init__(self, places: Iterable[tuple[str, int, int]]) -> None:
        spans = [b'{"start":%d,"end":%d,"field":"%b"}' % (start, end, name.encode()) for name, start, end in places]
        self.json = b"[%b]" % b",".join(spans)

    @property
    def spans(self) -> tuple[FieldSpan, ...]:
        """The places as models."""
        return _Spans.model_validate_json(self.json).root
