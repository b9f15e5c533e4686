from __future__ import annotations

import subprocess
import sys

from copytaster.system.process_memory import memory_by_level

MEBIBYTE = 1024 * 1024

HOLDS_MEMORY = "kept = bytearray(b'x') * (40 * 1024 * 1024); print(flush=True); input()"


def test_a_child_is_measured_apart_and_one_that_has_ended_not_at_all() -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDS_MEMORY], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        alive = memory_by_level(("main", "pool"))
        alone = memory_by_level(("main",), pid=child.pid)
        child.communicate(b"\n")
    gone = memory_by_level(("main",), pid=child.pid)

    assert alive["main"] > MEBIBYTE
    assert alive["pool"] >= alone["main"] > 40 * MEBIBYTE
    assert gone == {"main": 0}
