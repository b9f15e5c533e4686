from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copytaster.intake.pressure import RESUME, RESUME_DISK, Cause, Gauges, Marks, backfill_rests, find_causes
from copytaster.store.ports.memory_gauge import MemoryUse
from copytaster.system.disk import DiskUse

MIB = 1024 * 1024
MARKS = Marks(queue_limit=5_000, memory_limit=0.8, disk_free_bytes=1_024 * MIB)


def with_free(mebibytes: int, **inodes: int) -> DiskUse:
    return DiskUse(used=9_000 * MIB, free=mebibytes * MIB, **inodes)


CALM = Gauges(queued=0, memory=MemoryUse(used=1, limit=100), disks={"inbox": with_free(5_000)})


def causes_over(*gauges: Gauges) -> list[set[Cause]]:
    """Return what each look in turn found."""
    found = list[set[Cause]]()
    before: Mapping[Cause, str] = {}
    for each in gauges:
        before = find_causes(each, MARKS, before)
        found.append(set(before))
    return found


def queued(*lengths: int | None) -> list[Gauges]:
    return [Gauges(queued=each) for each in lengths]


def memory(*percents: int) -> list[Gauges]:
    return [Gauges(memory=MemoryUse(used=each, limit=100)) for each in percents]


def free(*mebibytes: int) -> list[Gauges]:
    return [Gauges(disks={"inbox": with_free(each), "archive": with_free(9_000)}) for each in mebibytes]


def test_a_calm_system_pauses_nothing() -> None:
    assert find_causes(CALM, MARKS, {}) == {}


def test_old_files_are_taken_in_up_to_their_share_of_the_queue_and_again_at_its_low_mark() -> None:
    rests, answers = False, []

    for waiting in (1_000, 1_001, 801, None, 800, 1_000):
        rests = backfill_rests(Gauges(backfilling=waiting), MARKS, before=rests)
        answers.append(rests)

    assert answers == [False, True, True, True, False, False]


def test_old_files_that_wait_do_not_pause_the_intake() -> None:
    assert find_causes(Gauges(queued=0, backfilling=1_000_000), MARKS, {}) == {}


def test_a_queue_pauses_past_its_mark_and_resumes_at_the_low_one() -> None:
    assert causes_over(*queued(5_000, 5_001, 4_001, 4_000, 5_000)) == [
        set(),
        {Cause.QUEUE},
        {Cause.QUEUE},
        set(),
        set(),
    ]


def test_memory_pauses_past_its_share_and_resumes_at_the_low_one() -> None:
    assert causes_over(*memory(80, 81, 65, 64, 80)) == [set(), {Cause.MEMORY}, {Cause.MEMORY}, set(), set()]


def test_a_disk_pauses_below_its_mark_and_resumes_with_a_quarter_more() -> None:
    assert causes_over(*free(1_024, 1_023, 1_279, 1_280, 1_024)) == [set(), {Cause.DISK}, {Cause.DISK}, set(), set()]


def test_the_fullest_disk_counts_and_is_named() -> None:
    gauges = Gauges(disks={"inbox": with_free(2_000), "archive": with_free(100)})

    (sentence,) = find_causes(gauges, MARKS, {}).values()

    assert sentence == (
        "the disk of the archive has 100 MiB free; the minimum is 1,024 MiB, the intake resumes at 1,280 MiB"
    )


def test_a_disk_pauses_for_want_of_inodes_and_says_so() -> None:
    """Of 1,000 MiB each inode stands for 10: fifty are room for 500."""
    few = Gauges(disks={"archive": DiskUse(used=0, free=1_000 * MIB, used_inodes=50, free_inodes=50)})

    (sentence,) = find_causes(few, replace(MARKS, disk_free_bytes=600 * MIB), {}).values()

    assert sentence == (
        "the disk of the archive has 50 inodes free (`df -i` shows them), which count as 500 MiB; the minimum is"
        " 600 MiB, the intake resumes at 750 MiB"
    )
    assert find_causes(few, replace(MARKS, disk_free_bytes=500 * MIB), {}) == {}


def test_a_server_without_a_limit_is_never_full() -> None:
    gauges = Gauges(memory=MemoryUse(used=10**12, limit=0))

    assert find_causes(gauges, MARKS, {Cause.MEMORY: "it was full before its limit was lifted"}) == {}


def test_sentences_give_the_figures() -> None:
    gauges = Gauges(queued=6_120, memory=MemoryUse(used=450 * MIB, limit=512 * MIB))

    found = find_causes(gauges, MARKS, {})

    assert found == {
        Cause.QUEUE: "6,120 deliveries are in flight; the limit is 5,000, the intake resumes at 4,000",
        Cause.MEMORY: "the Redis server uses 450 of its 512 MiB (88%); the limit is 80%, the intake resumes at 64%",
    }


@pytest.mark.parametrize("cause", Cause)
def test_what_cannot_be_read_neither_pauses_nor_resumes(cause: Cause) -> None:
    paused = {cause: "as it was"}

    assert find_causes(Gauges(), MARKS, {}) == {}
    assert find_causes(Gauges(), MARKS, paused) == paused


@given(
    length=st.integers(0, 20_000),
    used=st.integers(0, 200),
    space=st.integers(0, 4_000),
    before=st.sets(st.sampled_from(Cause)),
)
def test_a_cause_holds_past_its_mark_and_never_beyond_its_low_one(
    length: int, used: int, space: int, before: set[Cause]
) -> None:
    gauges = Gauges(queued=length, memory=MemoryUse(used=used, limit=100), disks={"inbox": with_free(space)})

    found = find_causes(gauges, MARKS, dict.fromkeys(before, "before"))

    past = {Cause.QUEUE: length > 5_000, Cause.MEMORY: used > 80, Cause.DISK: space < 1_024}
    clear = {
        Cause.QUEUE: length <= 5_000 * RESUME,
        Cause.MEMORY: used / 100 <= 0.8 * RESUME,
        Cause.DISK: space >= 1_024 * RESUME_DISK,
    }
    for cause in Cause:
        if past[cause]:
            assert cause in found
        elif clear[cause]:
            assert cause not in found
        else:
            assert (cause in found) == (cause in before)
