"""The packages that only an older release needs."""

from __future__ import annotations

from benchmarks.chaos.older_release import lock_difference

KEPT = "anyio==4.16.0 \\\n    --hash=sha256:59bb\n    # via\n    #   httpx\n"
DROPPED = "watchfiles==1.1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:3ba0 \\\n    --hash=sha256:53fa\n"


def test_a_package_that_the_present_release_dropped_keeps_its_hashes_and_marker() -> None:
    assert lock_difference(KEPT + DROPPED, KEPT) == DROPPED


def test_a_package_of_another_version_is_needed() -> None:
    older = KEPT.replace("4.16.0", "4.9.0")

    assert lock_difference(older + DROPPED, KEPT + DROPPED) == older


def test_equal_locks_need_nothing() -> None:
    assert lock_difference(KEPT + DROPPED, DROPPED + KEPT) == ""
