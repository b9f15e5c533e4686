from __future__ import annotations

from typing import TYPE_CHECKING

from copytaster.clock import ManualClock
from copytaster.monitoring.heartbeat import HeartbeatSender
from copytaster.store.ports.presence import Part

if TYPE_CHECKING:
    from tests.conftest import MakeStore


def test_a_heartbeat_names_a_folder_whose_name_is_not_utf_8(make_store: MakeStore, clock: ManualClock) -> None:
    store = make_store(clock)
    sender = HeartbeatSender(store.presence, clock, part=Part.WATCHER, name="watcher@one:1")

    sender.beat(watch="polling: /srv/Z\udcfcrich", waiting=3, paused=None)

    (beat,) = store.presence.present()
    details = {name: beat.details[name] for name in ("watch", "waiting", "paused")}
    assert details == {"watch": "polling: /srv/Z\\udcfcrich", "waiting": 3, "paused": None}
