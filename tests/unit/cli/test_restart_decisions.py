from __future__ import annotations

import signal

import pytest

from copytaster_cli.processes.restarts import Death, GiveUp, History, Restart, after_death


def fault(started_at: float, died_at: float) -> Death:
    return Death(started_at=started_at, died_at=died_at, status=1)


def killed(started_at: float, died_at: float) -> Death:
    return Death(started_at=started_at, died_at=died_at, status=-signal.SIGKILL)


def verdicts(*deaths: Death) -> list[Restart | GiveUp]:
    history, given = History(), []
    for death in deaths:
        history, verdict = after_death(history, death)
        given.append(verdict)
    return given


def test_the_delay_doubles_with_each_death_and_never_exceeds_ten_seconds() -> None:
    deaths = [killed(100.0 * nth, 100.0 * nth + 1) for nth in range(7)]

    delays = [
        each.at - death.died_at
        for each, death in zip(verdicts(*deaths), deaths, strict=True)
        if isinstance(each, Restart)
    ]

    assert delays == [0.5, 1, 2, 4, 8, 10, 10]


def test_a_life_of_thirty_seconds_makes_the_next_restart_quick_again() -> None:
    last = verdicts(fault(0, 1), fault(2, 3), fault(4, 5), fault(10, 40))[-1]

    assert last == Restart(40.5)


def test_five_faults_within_thirty_seconds_of_the_start_are_given_up() -> None:
    given = verdicts(fault(0, 1), fault(2, 3), fault(4, 5), fault(7, 8), fault(12, 13))

    assert given[-1] == GiveUp(deaths=5, seconds=13)
    assert all(isinstance(each, Restart) for each in given[:-1])


@pytest.mark.parametrize(
    "deaths",
    [
        pytest.param(
            [fault(10.0 * nth, 10.0 * nth + 1) for nth in range(5)], id="the faults are spread over more time"
        ),
        pytest.param([killed(3.0 * nth, 3.0 * nth + 1) for nth in range(5)], id="it was killed from outside each time"),
        pytest.param(
            [fault(0, 60), *(fault(60 + 3.0 * nth, 61 + 3.0 * nth) for nth in range(6))],
            id="it had once lived for long",
        ),
    ],
)
def test_a_part_is_started_again_when(deaths: list[Death]) -> None:
    assert isinstance(verdicts(*deaths)[-1], Restart)
