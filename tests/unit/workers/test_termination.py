"""SIGTERM while a worker starts."""

from __future__ import annotations

import os
import signal

import pytest
from celery import signals

from copytaster_workers.__main__ import Termination


def test_a_request_takes_effect_at_the_next_step_of_the_start() -> None:
    termination = Termination()
    termination.request(signal.SIGTERM, None)
    signals.worker_ready.connect(termination.exit_if_requested, weak=False)

    try:
        with pytest.raises(SystemExit) as exit_:
            signals.worker_ready.send(sender="worker")
    finally:
        signals.worker_ready.disconnect(termination.exit_if_requested)

    assert exit_.value.code == os.EX_OK


def test_a_worker_without_a_request_starts() -> None:
    Termination().exit_if_requested(sender="worker")
