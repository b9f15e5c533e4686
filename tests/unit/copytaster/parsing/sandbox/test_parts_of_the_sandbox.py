"""What needs no process: messages, the note of progress, kinds of deaths, the limit of CPU time."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.parsing.sandbox.call_messages import pack, unpack
from copytaster.parsing.sandbox.limits import RENEWAL_SECONDS, cpu_limit
from copytaster.parsing.sandbox.process_deaths import Death, death_of, describe_exit
from copytaster.parsing.sandbox.progress import CallProgress, decode


@given(st.lists(st.binary(max_size=300), max_size=16))
def test_the_parts_of_a_message_are_read_as_they_were_written(parts: list[bytes]) -> None:
    assert unpack(memoryview(pack(parts))) == parts


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4), st.data())
def test_a_message_that_is_cut_is_an_error_or_has_fewer_parts(parts: list[bytes], data: st.DataObject) -> None:
    whole = pack(parts)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    try:
        found = unpack(memoryview(cut))
    except ValueError:
        return

    assert found == parts[: len(found)]
    assert len(found) < len(parts)


@given(st.binary(max_size=40))
def test_any_bytes_are_parts_or_an_error(message: bytes) -> None:
    try:
        assert pack(unpack(memoryview(message))) == message
    except ValueError as error:
        assert str(error) == "the message is cut"  # noqa: PT017


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "progress"


def test_the_index_is_shared_through_the_file(file: Path) -> None:
    progress, other = CallProgress.create(file), CallProgress.create(file)
    other.begin(3)
    begun = progress.index(4), progress.index(3), decode(file.read_bytes(), 4)
    progress.end()

    assert begun == (3, None, 3)
    assert other.index(4) is None
    assert decode(file.read_bytes(), 4) is None


def test_a_new_note_has_no_index(file: Path) -> None:
    file.write_bytes(b"\x02")

    assert CallProgress.create(file).index(16) is None


def test_without_a_place_for_the_file_the_note_is_in_memory(tmp_path: Path) -> None:
    progress = CallProgress.create(tmp_path / "missing" / "progress")
    progress.begin(0)

    assert progress.index(1) == 0


@pytest.mark.parametrize("value", range(256))
def test_only_indexes_of_requests_are_accepted(value: int) -> None:
    assert decode(bytes([value]), 16) == (value - 1 if 1 <= value <= 16 else None)


@pytest.mark.parametrize(
    ("exitcode", "kind", "name"),
    [
        (0, Death.CRASH, "status 0"),
        (70, Death.CRASH, "status 70"),
        (-signal.SIGSEGV, Death.CRASH, "SIGSEGV"),
        (-signal.SIGSYS, Death.CRASH, "SIGSYS"),
        (-signal.SIGXCPU, Death.CPU_TIME, "SIGXCPU"),
        (-signal.SIGKILL, Death.OUTSIDE, "SIGKILL"),
        (-signal.SIGTERM, Death.OUTSIDE, "SIGTERM"),
    ],
)
def test_the_cause_of_a_death_is_in_its_status(exitcode: int, kind: Death, name: str) -> None:
    assert (death_of(exitcode), describe_exit(exitcode)) == (kind, name)


@given(st.floats(0, 20_000), st.floats(0, 0.999), st.integers(1, 60))
def test_each_item_has_its_cpu_time_also_just_before_the_next_renewal(used: float, share: float, seconds: int) -> None:
    begun = used + share * RENEWAL_SECONDS

    assert seconds <= cpu_limit(used, seconds) - begun <= seconds + 1 + RENEWAL_SECONDS
