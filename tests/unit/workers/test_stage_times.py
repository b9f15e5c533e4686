from __future__ import annotations

import multiprocessing

from copytaster.metrics import Stage
from copytaster_workers.stage_times import StageTimes


def test_the_times_of_all_processes_are_added_up() -> None:
    times = StageTimes(2)
    child = multiprocessing.get_context("fork").Process(target=times.add, args=(Stage.TAG, 0.5))

    child.start()
    child.join()
    times.add(Stage.TAG, 0.25)
    times.add(Stage.PARSE, 2)

    assert times.details() == {
        "stage_parse_runs": 1,
        "stage_parse_seconds": 2,
        "stage_tag_runs": 2,
        "stage_tag_seconds": 0.75,
    }
