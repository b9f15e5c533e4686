from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.json_documents.field_map import PLAIN
from copytaster.parsing.json_documents.lines import JsonLinesParser
from copytaster.parsing.original import Frame
from copytaster.parsing.parser import BadItem, Draft, Group, Original

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def original(content: bytes, name: str = "stories.jsonl", limits: Limits | None = None) -> Original:
    return Original(content=content, name=name, now=NOW, frame=Frame(limits=limits or Limits()))


def line(number: int) -> bytes:
    return json.dumps({"headline": f"Story {number}", "body": "Text."}).encode() + b"\n"


def parsed(file: Original) -> Iterator[Draft | BadItem]:
    for each in JsonLinesParser(PLAIN).parse(file):
        yield from each.read() if isinstance(each, Group) else [each]


def outcomes(content: bytes, limits: Limits | None = None) -> list[str]:
    found = parsed(original(content, limits=limits))
    return [each.title if isinstance(each, Draft) else f"{each.locator}: {each.reason}" for each in found]


def test_each_line_is_an_item_and_a_bad_one_does_not_affect_the_others() -> None:
    content = line(1) + b'{"headline": "cut of\n\n[1]\n' + line(4) + line(5).strip()

    assert outcomes(content) == ["Story 1", "line 2: parse_failed", "line 4[1]: no_text", "Story 4", "Story 5"]


def test_lines_are_read_one_by_one() -> None:
    class Endless(io.BytesIO):
        lines = 0

        def readline(self, _size: int | None = -1, /) -> bytes:
            self.lines += 1
            return line(self.lines)

    stream = Endless(line(1) * 3)
    found: Iterator[Draft | BadItem] = parsed(Original(file=stream, name="x.jsonl", now=NOW))

    first = next(found)

    assert isinstance(first, Draft)
    assert stream.lines == 1


def test_a_line_that_is_too_long_is_skipped() -> None:
    long = json.dumps({"headline": "x" * 5_000}).encode() + b"\n"

    assert outcomes(line(1) + long + line(3), Limits(file_bytes=1_000)) == ["Story 1", "line 2: too_large", "Story 3"]


def test_lines_in_utf_16_are_read() -> None:
    assert outcomes((line(1) + line(2)).decode().encode("utf-16")) == ["Story 1", "Story 2"]


def test_a_line_of_any_known_kind_is_read_by_its_kind() -> None:
    ninjs = {"uri": "urn:x:1", "headlines": [{"value": "Bridge"}], "bodies": [{"value": "It opened."}]}
    [found] = parsed(original(json.dumps(ninjs).encode()))

    assert isinstance(found, Draft)
    assert (found.guid, found.provenance["title"].from_, found.format) == ("urn:x:1", "ninjs:headline", "json-lines")


@pytest.mark.parametrize(
    ("content", "name", "format_"),
    [
        (line(1) + line(2), "a.txt", "json-lines"),
        (line(1), "a.jsonl", "json-lines"),
        (line(1), "a.json", "json"),
        (b'{"headline":\n{"x": 1}}', "a.json", "json"),
        (b"[" + line(1).strip() + b"]", "a.json", "json"),
    ],
)
def test_json_lines_are_recognised_by_their_first_lines(content: bytes, name: str, format_: str) -> None:
    assert default_parsers().choose(original(content, name))[0].format == format_


def test_a_line_in_a_broken_charset_does_not_affect_the_others() -> None:
    found = list(parsed(original(line(1) + b'{"headline": "caf\xe9"}\n' + line(3))))

    assert [each.title for each in found if isinstance(each, Draft)] == ["Story 1", "caf\u00e9", "Story 3"]
    assert Reason.PARSE_FAILED not in {each.reason for each in found if isinstance(each, BadItem)}
