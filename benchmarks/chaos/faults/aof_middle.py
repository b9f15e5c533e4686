"""The server's append-only file is damaged in its middle, so that the server does not start."""

from __future__ import annotations

from benchmarks.chaos.fault import Fault
from benchmarks.chaos.scene import Scene
from copytaster.system.remedies import explain_server_log
from copytaster_cli.processes.process import LAST_LINES

REFUSAL_SECONDS = 60.0
"""Timeout for the server to read its file and end."""

CURE = "move appendonlydir/ out of the server's folder"
"""The part of the system's message that says what to do; the fault does it."""


def _play(scene: Scene) -> None:
    tree = scene.tree
    with scene.in_the_middle():
        tree.kill("server")
        damaged = tree.server.damage()
        scene.drop_rest()
        tree.launch("server")
        status = tree.end_of("server", seconds=REFUSAL_SECONDS)
        # As `copytaster up` does when its server has ended.
        why = explain_server_log("\n".join(scene.new_lines("server")[-LAST_LINES:])) or "no explanation"
        scene.notes.append(f"{damaged} bytes damaged; the server ended with status {status}: {why}")
        if not status:
            scene.wrong.append(f"the server read the damaged file and ended with status {status}")
        if CURE not in why:
            scene.wrong.append(f"the explanation does not name the cure: {why}")
        tree.server.move_file_away()
    tree.start("server")
    scene.expect_message("watcher: ", "store.emptied")


FAULT = Fault(
    name="aof-middle",
    sentence="the server is killed, and a page amid its append-only file overwritten: it does not start",
    play=_play,
)
