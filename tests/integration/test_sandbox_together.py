"""Several plain files in one request to the parser's process: what one of them does is not charged to another."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator

import pytest

from copytaster.model.disposition import Reason
from copytaster.parsing.parser import Draft
from copytaster.parsing.reading import ParsingReader, Reading
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.protocol import LONGEST_COMMON_NAME, MAX_TOGETHER
from copytaster.parsing.sandbox.reader import COMMON_WALL_SECONDS, FILES_EACH, SandboxedReader
from copytaster.parsing.sandbox.worker import COMMON_SECONDS
from tests.integration.unruly_parser import STORY, UnrulyParser, children, original, unruly, zipped

TITLE = "Ferry returns to Skerry Bay"


@pytest.fixture
def reader() -> Iterator[SandboxedReader]:
    reader = unruly(wall=60)
    yield reader
    reader.close()


def titles(readings: list[Reading | None]) -> list[str | None]:
    return [each.item.title if each and isinstance(each.item, Draft) else None for each in readings]


def test_plain_files_are_read_as_if_each_were_read_alone(reader: SandboxedReader) -> None:
    files = [(b"Story %d\n\n" % number + STORY, f"{number}.txt") for number in range(5)]

    together = reader.read_together([original(*each) for each in files])

    alone = [reading for each in files for reading in reader.read(original(*each))]
    inside = ParsingReader(ParserRegistry([UnrulyParser()])).read_together([original(*each) for each in files])
    assert [each and each.item for each in together] == [each.item for each in alone]
    assert [each and each.item for each in inside] == [each.item for each in alone]
    assert [each and each.position for each in together] == [(0,)] * 5


def test_what_is_no_plain_file_is_left_to_be_read_alone_and_the_others_are_read(reader: SandboxedReader) -> None:
    several = zipped(STORY, STORY)
    files = [original(STORY), original(several, "day.zip"), original(b" "), original(b"CONNECT"), original(STORY)]

    found = reader.read_together(files)

    assert titles(found) == [TITLE, None, None, None, TITLE]


@pytest.mark.parametrize("word", [b"ABORT", b"KILL", b"EXIT", b"SPIN", b"GROW"])
def test_a_file_that_kills_the_process_is_charged_alone(reader: SandboxedReader, word: bytes) -> None:
    files = [original(STORY), original(word), original(STORY)]

    together = reader.read_together(files)

    assert titles(together) == [None] * 3
    assert titles([*reader.read(files[0])]) == [TITLE]
    assert titles(reader.read_together([files[0], files[2]])) == [TITLE] * 2


def test_a_file_that_never_ends_delays_the_others_by_two_seconds_at_most(reader: SandboxedReader) -> None:
    began = time.monotonic()

    together = reader.read_together([original(STORY), original(b"HANG")])

    assert titles(together) == [None] * 2
    assert time.monotonic() - began < 5 * COMMON_WALL_SECONDS
    assert titles(reader.read_together([original(STORY)])) == [TITLE]


def test_slow_files_are_left_to_the_next_request() -> None:
    reader = unruly(wall=60)
    slow = [original(f"WORK {int(COMMON_SECONDS * 1_000)}\n\n".encode() + STORY) for _ in range(3)]

    found = reader.read_together(slow)
    reader.close()

    assert len(found) == 1
    assert found[0]


def test_a_process_that_can_open_no_file_reads_none_of_them(reader: SandboxedReader) -> None:
    shortage = f"FAIL {errno.EMFILE}\n\n".encode() + STORY

    found = reader.read_together([original(STORY), original(shortage), original(b"FULL\n\n" + STORY), original(STORY)])

    assert titles(found) == [TITLE, None, None, None]


def test_a_request_has_a_largest_number_of_files_and_no_long_names(reader: SandboxedReader) -> None:
    many = [original(STORY) for _ in range(MAX_TOGETHER + 5)]
    long = "x" * LONGEST_COMMON_NAME

    assert titles(reader.read_together(many)) == [TITLE] * MAX_TOGETHER
    assert (
        titles(reader.read_together([original(STORY, '"' * LONGEST_COMMON_NAME)] * MAX_TOGETHER))
        == [TITLE] * MAX_TOGETHER
    )
    assert titles(reader.read_together([original(STORY), original(STORY, f"{long}.txt")])) == [None] * 2


def test_lone_surrogates_are_left_to_be_reported_alone(reader: SandboxedReader) -> None:
    files = [original(STORY), original(b"SURROGATE")]

    assert titles(reader.read_together(files)) == [TITLE, None]
    (bad,) = reader.read(files[1])
    assert bad.item.reason is Reason.PARSE_FAILED  # type: ignore[union-attr]


def test_the_process_is_replaced_after_a_number_of_files(reader: SandboxedReader) -> None:
    others = children()
    reader.read_together([original(STORY)])
    first = children() - others
    for _ in range(FILES_EACH // MAX_TOGETHER + 1):
        reader.read_together([original(STORY)] * MAX_TOGETHER)

    assert children() - others != first
    assert len(children() - others) == 1
