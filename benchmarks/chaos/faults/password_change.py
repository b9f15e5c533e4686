"""The server's password is changed while the parts have the former one."""

from __future__ import annotations

import http.client

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from benchmarks.chaos.tree import Setup
from copytaster_cli.processes.embedded_server import HOST

CAUSE = "the server does not accept the user or the password"

CURE = "correct the password in COPYTASTER_REDIS_URL"

SERVERS_WORDS = "invalid username-password pair"
"""What a worker's messages have in common: Celery's own if no task was at work when the password was changed."""

ANSWER_SECONDS = 10.0
"""Timeout of a request to the API: it answers an outage within a second, and the machine may be busy."""


def _play(scene: Scene) -> None:
    with scene.in_the_middle():
        scene.tree.server.change_password()
        scene.drop_rest()
        scene.last()
        scene.expect_message("watcher: ", CAUSE, CURE)
        scene.expect_message("worker: ", SERVERS_WORDS)
        readiness = _readiness(scene)
        if CAUSE not in readiness:
            scene.wrong.append(f"the API's readiness does not name the cause: {readiness}")
        scene.tree.server.restore_password()


def _readiness(scene: Scene) -> str:
    connection = http.client.HTTPConnection(HOST, scene.tree.settings.api_port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


FAULT = Fault(
    name="password-change",
    sentence="the server gets another password for some seconds, and its connections are closed",
    play=_play,
    setup=Setup(parts=("server", "watcher", "worker", "api"), password="the-first-password"),  # noqa: S106  # of this run
)
