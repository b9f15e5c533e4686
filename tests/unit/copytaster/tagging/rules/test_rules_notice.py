"""A broken file of rules is a notice: work goes on with the rules before it."""

from __future__ import annotations

from datetime import timedelta

from copytaster.monitoring.status import find_notices
from copytaster.store.ports.presence import Heartbeat, Part
from tests.factories import START


def worker(number: int, fault: str | None) -> Heartbeat:
    return Heartbeat(
        part=Part.WORKER,
        name=f"worker@desk:{number}",
        host="desk",
        pid=number,
        started_at=START,
        beat_at=START,
        details={"rules_fault": fault},
    )


def test_rules_that_cannot_be_used_are_told_once_however_many_workers_see_it() -> None:
    parts = [worker(1, "rules.yml:3: oh"), worker(2, "rules.yml:3: oh"), worker(3, None)]

    notices = find_notices(parts, now=START + timedelta(seconds=1))

    assert [each.code for each in notices] == ["rules_broken"]
    assert notices[0].message.endswith("stay in force: rules.yml:3: oh")


def test_sound_rules_are_not_worth_a_notice() -> None:
    assert find_notices([worker(1, None)], now=START) == []
