"""An invalid rules file causes a notice; the previous rules stay in force."""

from __future__ import annotations

from datetime import timedelta

from copytaster.monitoring.status import find_notices
from copytaster.store.ports.presence import Heartbeat, Part
from tests.factories import START


def worker(number: int, problem: str | None) -> Heartbeat:
    return Heartbeat(
        part=Part.WORKER,
        name=f"worker@desk:{number}",
        host="desk",
        pid=number,
        started_at=START,
        beat_at=START,
        details={"rules_fault": problem},
    )


def test_several_workers_with_the_same_problem_cause_one_notice() -> None:
    parts = [worker(1, "rules.yml:3: oh"), worker(2, "rules.yml:3: oh"), worker(3, None)]

    notices = find_notices(parts, now=START + timedelta(seconds=1))

    assert [each.code for each in notices] == ["rules_broken"]
    assert notices[0].message.endswith("the last valid rules stay active: rules.yml:3: oh")


def test_valid_rules_cause_no_notice() -> None:
    assert find_notices([worker(1, None)], now=START) == []
