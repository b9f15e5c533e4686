from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from copytaster.errors import PermanentError, RefusedError
from copytaster.model.disposition import Reason
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.parser import Draft, Original
from copytaster.parsing.reading import ParsingReader, Reading
from copytaster.parsing.registry import Choice, ParserRegistry

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def original(content: bytes, name: str = "story.bin") -> Original:
    return Original(content=content, name=name, now=NOW)


def read(parsers: ParserRegistry, file: Original) -> list[Reading]:
    return list(ParsingReader(parsers).read(file))


def choice(file: Original) -> Choice:
    return default_parsers().choose(file)[0]


@dataclass
class StubParser:
    format: str
    confidence: float
    error: Exception | None = None
    seen: list[str] = field(default_factory=list)

    def score(self, _original: Original) -> float:
        return self.confidence

    def parse(self, original: Original) -> list[Draft]:
        self.seen.append(original.name)
        if self.error:
            raise self.error
        return [Draft(title="t", text="t", format=self.format, charset="utf-8")]


def test_the_best_score_gets_the_file_and_the_rivals_are_shown() -> None:
    registry = ParserRegistry([StubParser("low", 0.3), StubParser("high", 0.8)])

    readings = read(registry, original(b"x"))

    assert [each.choice for each in readings] == [Choice("high", 0.8, {"low": 0.3})]
    assert [each.item.format for each in readings if isinstance(each.item, Draft)] == ["high"]


def test_the_earlier_parser_wins_a_tie() -> None:
    first = StubParser("first", 0.5)

    assert ParserRegistry([first, StubParser("second", 0.5)]).choose(original(b"x"))[1] is first


def test_below_the_floor_nobody_gets_the_file() -> None:
    parser = StubParser("unsure", 0.09)

    with pytest.raises(RefusedError, match="These formats are read: unsure") as caught:
        read(ParserRegistry([parser]), original(b"x"))

    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT
    assert parser.seen == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("x"), Reason.PARSE_FAILED),
        (RecursionError(), Reason.PARSE_FAILED),
    ],
)
def test_a_parser_that_breaks_fails_the_file_for_good(error: Exception, reason: Reason) -> None:
    with pytest.raises(PermanentError, match=r"story\.bin.*broken") as caught:
        read(ParserRegistry([StubParser("broken", 1, error)]), original(b"x"))

    assert caught.value.reason is reason
    assert not isinstance(caught.value, RefusedError)


def test_a_parser_that_runs_out_of_memory_fails_the_file_for_good() -> None:
    with pytest.raises(PermanentError, match=r"story\.bin needs more memory") as caught:
        read(ParserRegistry([StubParser("broken", 1, MemoryError())]), original(b"x"))

    assert caught.value.reason is Reason.PARSER_OOM


def test_a_refusal_passes_through_unchanged() -> None:
    refusal = RefusedError(Reason.NO_TEXT, "nothing in it")

    with pytest.raises(RefusedError) as caught:
        read(ParserRegistry([StubParser("strict", 1, refusal)]), original(b"x"))

    assert caught.value is refusal


@pytest.mark.parametrize("content", [b"", b" \r\n\t ", b"\xef\xbb\xbf", b"\xff\xfe \x00\n\x00"])
def test_an_empty_file_is_refused_as_empty(content: bytes) -> None:
    with pytest.raises(RefusedError, match=r"story\.bin") as caught:
        read(default_parsers(), original(content))

    assert caught.value.reason is Reason.EMPTY


@pytest.mark.parametrize(
    ("content", "looks"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "PNG image"),
        (b"7z\xbc\xaf\x27\x1crest", "7z archive"),
        (b'<newsItem xmlns="http://example.org/"><a/>', "XML document <newsItem>"),
        (b"\xff\xfe" + "<?xml version='1.0'?><menu/>".encode("utf-16-le"), "XML document <menu>"),
        (b"<STORY>Text</STORY>\n", "XML document <STORY>"),
        (b"%!PS-Adobe-3.0\n%%EOF\n", "PostScript document"),
        (bytes(range(1, 32)) * 3 + b"abc" * 60, "binary data: 29 % control bytes"),
    ],
)
def test_a_format_that_is_not_read_is_refused_by_its_name(content: bytes, looks: str) -> None:
    name = "story.bin"

    with pytest.raises(RefusedError) as caught:
        read(default_parsers(), original(content, name))

    assert caught.value.reason is Reason.UNSUPPORTED_FORMAT
    assert looks in caught.value.message
    assert name in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "Prices < 5 fell\n\nThe <html> tag was mentioned.",
        "{Correction} Bridge opens\n\nThe bridge opened.",
        "[Photo] Bridge opens\n\nThe bridge opened.",
        "<Harbour> Bridge opens\n\nThe bridge opened.",
        "From: the mayor\nSubject: the bridge\n\nIt opened.",
        "BM Motors sells\n\nIt sold.",
    ],
)
def test_text_that_merely_holds_signs_of_other_formats_is_text(text: str) -> None:
    assert choice(original(text.encode(), "story.txt")).format == "text"


@pytest.mark.parametrize(
    "content",
    [
        b"<!DOCTYPE html><title>Bridge</title><p>The bridge opened on Monday.",
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n<html lang="en"><p>The caf\xe9 opened on Monday.</p></html>',
        b"<!-- saved --><html><body><p>The bridge opened on Monday.</p></body></html>",
    ],
)
@pytest.mark.parametrize("name", ["page.html", "page.txt", "page.json"])
def test_html_is_known_by_its_content_whatever_its_name(content: bytes, name: str) -> None:
    made = choice(original(content, name))

    assert made.format == "html"
    assert made.score > made.rivals["text"]
