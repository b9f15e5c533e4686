"""Parsers in a process of their own: a real fork, real limits, a real kernel."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import socket
import zipfile
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from copytaster.errors import PermanentError, ProcessKilledError, RefusedError, TransientError
from copytaster.model.disposition import Reason
from copytaster.model.limits import Limits
from copytaster.model.metadata import read_sidecar
from copytaster.model.outage import Resource
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.parser import BadItem, Draft
from copytaster.parsing.plain.parser import TextParser
from copytaster.parsing.reading import ParsingReader, Reading
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.protocol import Request, receive_answer, send_request
from copytaster.parsing.sandbox.reader import SandboxedReader
from copytaster.parsing.sandbox.worker import serve
from tests.integration.unruly_parser import MEBIBYTE, NOW, STORY, UnrulyParser, children, original, unruly, zipped


@pytest.fixture
def reader() -> Iterator[SandboxedReader]:
    reader = unruly(wall=60)
    yield reader
    reader.close()


def titles(readings: list[Reading]) -> list[str]:
    return [each.item.title for each in readings if isinstance(each.item, Draft)]


def test_the_sandbox_finds_what_the_parsers_find(tmp_path: Path) -> None:
    content = zipped(STORY, b"\x89PNG\r\n\x1a\n", STORY.replace(b"Ferry", b"Boat"))
    path = tmp_path / "day.zip"
    path.write_bytes(content)
    sandbox = SandboxedReader(
        default_parsers(), SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=5), wall=timedelta(seconds=10)
    )

    with path.open("rb") as file:
        found = list(sandbox.read(Original(file=file, name="day.zip", now=NOW)))
    sandbox.close()

    assert found == list(ParsingReader(default_parsers()).read(original(content, "day.zip")))


def test_sidecars_in_an_archive_are_read_inside_the_sandbox(tmp_path: Path) -> None:
    said = b'{"title": "Ferry", "published_at": "2026-05-05T22:00:00-07:00", "embargoed_until": "2030-01-01T00:00:00Z"}'
    path = tmp_path / "day.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, content in enumerate((said, b'{"titel": "Ferry"}', b'{"guid": "1", "guid": "2"}', b"{")):
            archive.writestr(f"{number}.txt", STORY)
            archive.writestr(f"{number}.txt.meta.json", content)
    sandbox = SandboxedReader(
        default_parsers(), SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=5), wall=timedelta(seconds=10)
    )

    with path.open("rb") as file, closing(sandbox):
        first, *others = sandbox.read(Original(file=file, name="day.zip", now=NOW))

    assert first.metadata == read_sidecar(said, path="0.txt.meta.json")
    assert [each.item.reason for each in others if isinstance(each.item, BadItem)] == [Reason.BAD_SIDECAR] * 3


@pytest.mark.parametrize("printed", [b"May 5, 2026 10:00 PM PDT", b"2026-05-05 22:00 America/Los_Angeles"])
def test_words_and_zones_of_a_date_are_read_inside_the_limits(reader: SandboxedReader, printed: bytes) -> None:
    (reading,) = reader.read(original(STORY.replace(b"\n\n", b"\n\n" + printed + b"\n\n")))

    assert isinstance(reading.item, Draft)
    assert reading.item.published_at == datetime(2026, 5, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("word", "reason", "said"),
    [
        (b"ABORT", Reason.PARSER_CRASH, "SIGABRT"),
        (b"EXIT", Reason.PARSER_CRASH, "status"),
        (b"SPIN", Reason.PARSER_TIMEOUT, "1 s of CPU time"),
        (b"GROW", Reason.PARSER_OOM, "memory"),
        (b"CONNECT", Reason.PARSE_FAILED, "PermissionError"),
        (b"RUN", Reason.PARSE_FAILED, "PermissionError"),
    ],
)
def test_what_a_file_does_to_its_parser_is_a_class_of_outcome(
    reader: SandboxedReader, word: bytes, reason: Reason, said: str
) -> None:
    with pytest.raises(PermanentError) as caught:
        list(reader.read(original(word)))

    assert caught.value.reason is reason
    assert said in caught.value.message
    assert titles(list(reader.read(original(STORY)))) == ["Ferry returns to Skerry Bay"]


def test_a_file_that_never_ends_is_given_up_by_the_clock_on_the_wall() -> None:
    reader = unruly(wall=0.5)

    with pytest.raises(PermanentError) as caught:
        list(reader.read(original(b"HANG")))

    assert caught.value.reason is Reason.PARSER_TIMEOUT
    assert "within 0.5 s" in caught.value.message


def test_a_parser_can_write_no_file(reader: SandboxedReader, tmp_path: Path) -> None:
    with pytest.raises(PermanentError) as caught:
        list(reader.read(original(b"WRITE " + os.fsencode(tmp_path / "big"))))

    assert caught.value.reason is Reason.PARSE_FAILED
    assert not (tmp_path / "big").exists()


def test_a_parser_has_none_of_its_workers_files_open(reader: SandboxedReader, tmp_path: Path) -> None:
    with (tmp_path / "secret").open("wb"):
        [reading] = reader.read(original(b"SPY"))

    assert isinstance(reading.item, Draft)
    assert reading.item.text == "2"  # its line to the worker, and the file that it reads


@pytest.mark.parametrize("word", [b"ABORT", b"SPIN", b"GROW"])
def test_one_item_that_kills_its_reader_does_not_spoil_the_others(reader: SandboxedReader, word: bytes) -> None:
    readings = list(reader.read(original(zipped(STORY, word, STORY, word, STORY), "day.zip")))

    assert titles(readings) == ["Ferry returns to Skerry Bay"] * 3
    assert [each.position[0] for each in readings] == [0, 1, 2, 3, 4]
    assert sum(isinstance(each.item, BadItem) for each in readings) == 2


def test_whoever_stops_in_the_middle_can_read_the_next_file(reader: SandboxedReader) -> None:
    readings = reader.read(original(zipped(STORY, STORY), "day.zip"))
    next(readings)
    assert isinstance(readings, Iterator)
    readings.close()  # type: ignore[attr-defined]

    assert titles(list(reader.read(original(STORY)))) == ["Ferry returns to Skerry Bay"]


def test_one_process_reads_many_files(reader: SandboxedReader) -> None:
    list(reader.read(original(STORY)))
    first = reader._worker
    for _ in range(20):
        list(reader.read(original(STORY)))

    assert first is not None
    assert reader._worker is first
    assert first.files == 21


def test_a_copy_of_the_worker_gets_a_process_of_its_own(reader: SandboxedReader) -> None:
    list(reader.read(original(STORY)))
    mine = reader._worker
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if titles(list(reader.read(original(STORY)))) and reader._worker is not mine else 1
            reader.close()
        finally:
            os._exit(status)

    assert os.waitpid(child, 0)[1] == 0
    assert titles(list(reader.read(original(STORY)))) == ["Ferry returns to Skerry Bay"]
    assert reader._worker is mine


class HalfParser(TextParser):
    """Returns text with half of a surrogate pair, which cannot be encoded."""

    def parse(self, original: Original) -> list[Draft]:
        """Return a draft that cannot be encoded, or refuse with a message that cannot."""
        if original.content.startswith(b"REFUSE"):
            raise RefusedError(Reason.PARSE_FAILED, "an odd key: \udfaa")
        return [Draft(title="half \ud800", text="half", format="text", charset="utf-8")]


@pytest.mark.parametrize("content", [b"REFUSE", b"DRAFT"])
def test_half_a_character_spoils_the_item_and_not_the_process(content: bytes) -> None:
    limits = SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=1)
    reader = SandboxedReader(ParserRegistry([HalfParser()]), limits, wall=timedelta(seconds=60))

    try:
        found = [each.item for each in reader.read(original(content))]
    except PermanentError as error:
        found = [BadItem.of("", error)]
    reader.close()

    assert [each.reason for each in found if isinstance(each, BadItem)] == [Reason.PARSE_FAILED]


def test_whatever_is_done_to_a_file_its_process_lives(seeds: Path) -> None:
    reader = SandboxedReader(
        default_parsers(), SandboxLimits(memory_bytes=1024 * MEBIBYTE, cpu_seconds=9), wall=timedelta(seconds=60)
    )
    list(reader.read(original(STORY)))
    worker, chance, ended = reader._worker, random.Random(2026), 0

    for file in sorted(each for each in seeds.rglob("*") if each.is_file()):
        for _ in range(MUTATIONS_EACH):
            with suppress(PermanentError):
                list(reader.read(original(mutated(file.read_bytes(), chance), file.name)))
            ended += 1

    assert ended >= MUTATIONS_EACH
    assert reader._worker is worker
    reader.close()


MUTATIONS_EACH = 6
"""Of each seed: a hundred are some seconds, and the seeds are of every format."""


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Return ``content`` with one to four pieces changed, doubled, cut out or cut off."""
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(content) + 1)
        piece = content[at : at + chance.choice((1, 2, 8, 64, 512))]
        noise = chance.choice(
            (chance.randbytes(len(piece)), piece * 2, b"", bytes(len(piece)), b"<![CDATA[", b'{"a":[')
        )
        content = content[:at] if chance.random() < 0.1 else content[:at] + noise + content[at + len(piece) :]
    return content


@pytest.fixture
def seeds() -> Path:
    return Path(__file__).parents[2] / "seeds"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_a_parser_that_is_killed_from_outside_is_not_blamed_on_the_file(
    reader: SandboxedReader, number: signal.Signals
) -> None:
    before = children()
    readings = reader.read(original(zipped(STORY, STORY)))
    next(readings)
    (child,) = children() - before
    os.kill(child, number)

    with pytest.raises(ProcessKilledError, match=f"killed from outside .{number.name}."):
        list(readings)
    assert len(list(reader.read(original(STORY)))) == 1


def test_a_process_that_kills_itself_by_a_signal_of_others_is_taken_for_killed_from_outside(
    reader: SandboxedReader,
) -> None:
    with pytest.raises(ProcessKilledError, match="SIGKILL"):
        list(reader.read(original(b"KILL\n\n" + STORY)))


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE])
def test_a_disk_that_does_not_return_the_bytes_is_an_outage_of_the_archive(
    reader: SandboxedReader, number: int
) -> None:
    with pytest.raises(TransientError, match=os.strerror(number)) as raised:
        list(reader.read(original(f"FAIL {number}\n\n".encode() + STORY)))

    assert raised.value.resource is Resource.ARCHIVE
    assert len(list(reader.read(original(STORY)))) == 1


def test_a_process_with_too_many_open_files_is_an_outage_of_the_worker_and_no_fault_of_the_file(
    reader: SandboxedReader,
) -> None:
    others = children()
    list(reader.read(original(STORY)))
    (process,) = children() - others
    resource.prlimit(process, resource.RLIMIT_NOFILE, (0, 64))

    with pytest.raises(TransientError, match=r"story\.txt.*too many open files; raise its limit") as raised:
        list(reader.read(original(STORY)))
    again = list(reader.read(original(STORY)))

    assert raised.value.resource is Resource.WORKER
    assert titles(again) == ["Ferry returns to Skerry Bay"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("misdeed", [f"FAIL {errno.EMFILE}", f"FAIL {errno.ENFILE}", "IMPORT", "FULL"])
def test_a_parser_that_can_open_no_file_is_an_outage_of_the_worker(
    reader: SandboxedReader, misdeed: str, packed: bool
) -> None:
    content = f"{misdeed}\n\n".encode() + STORY

    with pytest.raises(TransientError, match=r"(?i)too many open files") as raised:
        list(reader.read(original(zipped(STORY, content) if packed else content)))
    again = list(reader.read(original(STORY)))

    assert raised.value.resource is Resource.WORKER
    assert titles(again) == ["Ferry returns to Skerry Bay"]


def test_a_process_that_cannot_restrict_itself_is_an_outage_and_reads_no_file() -> None:
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
        serve(theirs, ParserRegistry([UnrulyParser()]), SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=1))
    theirs.close()
    send_request(ours, Request(name="story.txt", now=NOW, limits=Limits(), after=()), [ours.fileno()])
    answer = receive_answer(ours)
    ours.close()
    os.waitpid(child, 0)

    assert answer is not None
    assert isinstance(answer.error(), TransientError)
    assert "cannot restrict itself to read story.txt: [Errno 24] Too many open files" in str(answer.outage)


def test_descriptors_above_a_lowered_limit_are_closed_in_the_sandbox(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("wb") as secret, closing(unruly(wall=60)) as reader:
        high = 60
        os.dup2(secret.fileno(), high)
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (high, hard))
        try:
            (reading,) = reader.read(original(b"SPY\n\n" + STORY))
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
            os.close(high)

    assert isinstance(reading.item, Draft)
    assert int(reading.item.text) <= 2  # the connection and the file
